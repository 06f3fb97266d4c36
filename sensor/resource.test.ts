import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  deployVariables,
  environmentNameVariables,
  repositoryVariables,
  revisionVariables,
  versionVariables,
} from './deploy-variables.ts';
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
    [{ DD_VERSION: 'v7', GIT_COMMIT: 'abcdef1' }, {}, 'v7'],
    [{ AWS_LAMBDA_FUNCTION_VERSION: '$LATEST' }, { checkoutRevision: undefined }, '1.4.0'],
    [{ AWS_LAMBDA_FUNCTION_VERSION: '12' }, { checkoutRevision: undefined }, '1.4.0+12'],
  ])('a version that changes with each deploy: %j %j is %s', (environment, more, version) => {
    expect(of(environment as Record<string, string>, more)['service.version']).toBe(version);
  });

  it.each([...revisionVariables])('the commit in %s, which is also of the version', (variable) => {
    const told = of({ [variable]: 'ABCDEF1234567', GIT_BRANCH: 'main' });
    expect(told).toMatchObject({ 'vcs.ref.head.revision': 'abcdef1234567', 'service.version': '1.4.0+abcdef123456' });
  });

  it.each(['main', 'v1.2.3', '20260131', '202601311200', '0000000', 'abc12', `${'a'.repeat(65)}`, 'secret value'])(
    'no commit that is none: %s is refused with a note that does not repeat it',
    (value) => {
      const problems: string[] = [];
      const environment = { OTEL_RESOURCE_ATTRIBUTES: `vcs.ref.head.revision=${value}`, GIT_COMMIT: value };
      const told = Object.fromEntries(makeResource(environment, facts, problems));
      expect(told['vcs.ref.head.revision']).toBe(revision);
      expect(problems).toEqual([
        'vcs.ref.head.revision in OTEL_RESOURCE_ATTRIBUTES is no commit (7 to 64 hexadecimal digits); it is not used',
        'GIT_COMMIT is no commit (7 to 64 hexadecimal digits); it is not used',
      ]);
    },
  );

  it.each(['unknown', 'HEAD', '', '  ', 'none'])('a variable that says %j says nothing, without a note', (value) => {
    const problems: string[] = [];
    makeResource({ GIT_COMMIT: value, DD_GIT_REPOSITORY_URL: value }, facts, problems);
    expect(problems).toEqual([]);
  });

  it.each([
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'vcs.repository.url.full=https://me:pa55@git.example/a.git' },
      'https://git.example/a.git',
    ],
    [{ DD_GIT_REPOSITORY_URL: 'git@git.example:shop/web.git' }, 'https://git.example/shop/web.git'],
    [{ CIRCLE_REPOSITORY_URL: 'https://token@git.example/b.git?x=1' }, 'https://git.example/b.git'],
    [{ GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'o/r' }, 'https://git.example/o/r'],
    [{ GITHUB_REPOSITORY: 'o/r' }, 'https://git.example/shop.git'],
    [{ GIT_URL: 'not a url' }, 'https://git.example/shop.git'],
  ])('the repository, never with a password: %j is %s', (environment, url) => {
    expect(of(environment)['vcs.repository.url.full']).toBe(url);
  });

  it.each([
    [{ DD_ENV: 'prod', NODE_ENV: 'test' }, 'prod'],
    [{ VERCEL_ENV: 'preview', NODE_ENV: 'production' }, 'preview'],
    [{ NODE_ENV: 'production' }, 'production'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=old', DD_ENV: 'prod' }, 'old'],
  ])('the environment: %j is %s', (environment, expected) => {
    expect(of(environment)['deployment.environment.name']).toBe(expected);
  });

  it('the name of the function on platforms for functions, with what else they tell', () => {
    const lambda = {
      AWS_LAMBDA_FUNCTION_NAME: 'resize',
      AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
      AWS_LAMBDA_FUNCTION_VERSION: '12',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/[12]abc',
      AWS_REGION: 'eu-central-1',
    };
    expect(of(lambda)).toMatchObject({
      'service.name': 'resize',
      'cloud.platform': 'aws_lambda',
      'cloud.region': 'eu-central-1',
      'faas.name': 'resize',
      'faas.version': '12',
      'faas.instance': '2026/[12]abc',
    });
    expect(of({ ...lambda, OTEL_SERVICE_NAME: 'images' })['service.name']).toBe('images');
    expect(of({ AWS_LAMBDA_FUNCTION_NAME: 'resize' })['service.name']).toBe('shop');
    expect(of({ K_SERVICE: 'web', K_REVISION: 'web-3' })).toMatchObject({
      'service.name': 'web',
      'cloud.platform': 'gcp_cloud_run',
    });
    expect(
      of({ FUNCTIONS_WORKER_RUNTIME: 'node', AzureWebJobsScriptRoot: '/home/site/wwwroot', WEBSITE_SITE_NAME: 'site' }),
    ).toMatchObject({ 'service.name': 'site', 'cloud.platform': 'azure_functions' });
  });

  it('the variables that docs/deploys.md names, all of them in their order', () => {
    const text = readFileSync(new URL('../docs/deploys.md', import.meta.url), 'utf8');
    const named = [...text.matchAll(/`([A-Z][A-Za-z0-9_]+)`/g)].map(([, variable]) => variable ?? '');
    const all = [revisionVariables, versionVariables, deployVariables, environmentNameVariables, repositoryVariables];
    for (const variables of all) {
      const positions = variables.map((variable) => named.indexOf(variable));
      expect(positions).not.toContain(-1);
    }
    const revisions = named.filter((variable) => new Set<string>(revisionVariables).has(variable));
    expect([...new Set(revisions)]).toEqual([...revisionVariables]);
  });

  it("OpenTelemetry's own name for a service that has none", () => {
    expect(of({}, { packageName: undefined })['service.name']).toBe('unknown_service:node');
  });
});
