import type { ServicesResponse } from '@runlens/protocol';
import { expect, it } from 'vitest';
import { neverLoaded } from './never-loaded.ts';

const now = Date.parse('2026-01-31T12:00:00Z');
const shop = (name: string, repository: string | undefined): ServicesResponse['services'][number] => ({
  name,
  ...(repository === undefined ? {} : { repository }),
  lastSeen: '2026-01-31T11:59:00.000Z',
  environments: ['production', 'staging'].map((environment) => ({
    name: environment,
    lastSeen: '2026-01-31T11:59:00.000Z',
    versions: ['v42', 'v41'].map((version, at) => ({
      version,
      firstSeen: `2026-01-${31 - at * 10}T09:00:00.000Z`,
      lastSeen: '2026-01-31T11:59:00.000Z',
      instances: 1,
      functions: 3,
    })),
  })),
});
const own = 'git@git.example:team/shop.git';
const here = shop('shop', 'https://git.example/team/shop');

it('a file that nobody has loaded is told with what runs, and since when', () => {
  expect(neverLoaded([here], { window: '15m', environment: 'production' }, own, now)).toBe(
    'by no process of shop v42 in production (first seen 3 h ago)',
  );
  expect(neverLoaded([here], { window: '15m', environment: 'production', version: 'v41' }, own, now)).toBe(
    'by no process of shop v41 in production (first seen 10 days ago)',
  );
});

it('of many only the first are named', () => {
  expect(neverLoaded([here, shop('jobs', own)], { window: '15m' }, own, now)).toBe(
    'by no process of shop v42 in production (first seen 3 h ago), shop v42 in staging (first seen 3 h ago) and 2 more',
  );
});

it('nothing is said of a file by services of another repository, or of one that is not known', () => {
  const selection = { window: '15m' };
  expect(neverLoaded([shop('other', 'https://git.example/team/other')], selection, own, now)).toBeUndefined();
  expect(neverLoaded([shop('other', undefined)], selection, own, now)).toBeUndefined();
  expect(neverLoaded([here], selection, undefined, now)).toBeUndefined();
  expect(neverLoaded([here], { ...selection, version: 'v1' }, own, now)).toBeUndefined();
});
