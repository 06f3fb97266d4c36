import { describe, expect, test } from 'vitest';
import { now, service, status } from '../test-data.ts';
import { afterPick, offers } from './picker-model.ts';

const services = [
  service('shop', { production: ['42', '41'], staging: ['43'] }),
  service('mail', { production: ['7'] }),
];
const labels = (key: Parameters<typeof offers>[0], of: Parameters<typeof status>[0]) =>
  offers(key, status({ services, ...of }), now).map((offer) => offer.label);

describe('the pickers', () => {
  test('offer the automatic choice first, and mark it while nothing is picked', () => {
    const [first] = offers('service', status({ services }), now);
    expect(first).toMatchObject({ value: undefined, chosen: true });
  });

  test('offer the environments of the service in force only', () => {
    expect(labels('environment', { selection: { service: 'mail', window: '15m' } }).slice(1)).toEqual(['production']);
  });

  test('offer each environment of all services once when no service is in force', () => {
    expect(labels('environment', { effective: null }).slice(1)).toEqual(['production', 'staging']);
  });

  test('offer the versions of the environment in force', () => {
    expect(labels('version', {}).slice(1)).toEqual(['v42', 'v41']);
    expect(
      labels('version', { selection: { service: 'shop', environment: 'staging', window: '15m' } }).slice(1),
    ).toEqual(['v43']);
  });

  test('a version has the name that the lens gives it, and is picked by its own', () => {
    const built = [service('shop', { production: ['0.1.0+41c5a024e95f'] })];
    expect(offers('version', status({ services: built }), now)[1]).toMatchObject({
      label: 'v0.1.0+41c5a02',
      description: expect.stringMatching(/^0\.1\.0\+41c5a024e95f · /),
      value: '0.1.0+41c5a024e95f',
    });
  });

  test('offer no version when the service cannot be known', () => {
    expect(labels('version', { effective: null })).toHaveLength(1);
  });

  test('mark the window in force', () => {
    const chosen = offers('window', status(), now).filter((offer) => offer.chosen);
    expect(chosen).toMatchObject([{ value: '15m', description: 'the last 15 minutes' }]);
  });
});

describe('picking', () => {
  const picked = { service: 'shop', environment: 'staging', version: '43', window: '1h' };

  test('another service drops the environment and version of the old one, and keeps the window', () => {
    expect(afterPick(picked, 'service', 'mail')).toEqual({ service: 'mail', window: '1h' });
  });
  test('another environment drops the version', () => {
    expect(afterPick(picked, 'environment', 'production')).toEqual({
      service: 'shop',
      environment: 'production',
      window: '1h',
    });
  });
  test('the automatic choice leaves no trace', () => {
    expect(afterPick(picked, 'version', undefined)).toEqual({ service: 'shop', environment: 'staging', window: '1h' });
  });
});
