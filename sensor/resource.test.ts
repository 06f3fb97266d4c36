import { describe, expect, it } from 'vitest';
import { makeResource, type ServiceFacts } from './resource.ts';

const revision = '3f2a91c0d4e5b6a7980123456789abcdef012345';
const facts: ServiceFacts = {
  packageName: 'shop',
  packageVersion: '1.4.0',
  checkoutRevision: revision,
  repositoryUrl: 'https://git.example/shop.git',
  instanceId: 'instance',
  sensorVersion: '0.1.0',
  processId: 7,
  nodeVersion: '24.0.0',
  threadId: 0,
};
const of = (environment: Record<string, string>, more: Partial<ServiceFacts> = {}) =>
  Object.fromEntries(makeResource(environment, { ...facts, ...more }));

describe('a service is told by', () => {
  it('its package and checkout when nothing else is said', () => {
    expect(of({})).toMatchObject({
      'service.name': 'shop',
      'service.version': '1.4.0+3f2a91c0d4e5',
      'vcs.ref.head.revision': revision,
      'vcs.repository.url.full': 'https://git.example/shop.git',
    });
    expect(of({})).not.toHaveProperty('deployment.environment.name');
  });

  it("OpenTelemetry's variables before anything that was found", () => {
    const told = of({
      OTEL_SERVICE_NAME: 'checkout',
      OTEL_RESOURCE_ATTRIBUTES:
        'service.name=other,service.version=v42,deployment.environment.name=production,team=a%2Cb',
      NODE_ENV: 'test',
    });
    expect(told).toMatchObject({
      'service.name': 'checkout',
      'service.version': 'v42',
      'deployment.environment.name': 'production',
      team: 'a,b',
    });
  });

  it('the commit that a host leaves in its variables, unless that is no commit', () => {
    expect(of({ RENDER_GIT_COMMIT: 'ABCDEF1234567' })['vcs.ref.head.revision']).toBe('abcdef1234567');
    expect(of({ GIT_COMMIT: 'main', SOURCE_VERSION: 'unknown' })['vcs.ref.head.revision']).toBe(revision);
  });

  it.each([
    [{}, { packageVersion: '0.0.0' }, '3f2a91c0d4e5'],
    [{}, { packageVersion: undefined }, '3f2a91c0d4e5'],
    [{}, { checkoutRevision: undefined }, '1.4.0'],
    [{ K_REVISION: 'shop-00042' }, { checkoutRevision: undefined }, '1.4.0+shop-00042'],
    [{}, { checkoutRevision: undefined, packageVersion: undefined }, undefined],
  ])('a version that changes with each deploy: %j %j is %s', (environment, more, version) => {
    expect(of(environment as Record<string, string>, more)['service.version']).toBe(version);
  });

  it("OpenTelemetry's own name for a service that has none", () => {
    expect(of({}, { packageName: undefined })['service.name']).toBe('unknown_service:node');
  });
});
