/** Which version follows which, by when their instances ran. */
import { expect, test } from 'vitest';
import type { Instance, Scope } from '../../store/profile-store.ts';
import { runBefore, versionRuns } from './version-runs.ts';

const minute = 60_000;
type Times = readonly [from: number, to: number];

/** Instances in minutes; each is a sensor's, which says that it is there. */
function scope(version: string, ...instances: readonly (readonly Times[])[]): Scope {
  const all = instances.map((times): Instance => {
    const [from = 0, to = 0] = [times[0]?.[0], times.at(-1)?.[1]];
    const silences = times.slice(1).map(([next], i): Times => [(times[i]?.[1] ?? 0) * minute, next * minute]);
    return { firstSeen: from * minute, lastSeen: to * minute, saysItIsThere: true, silences };
  });
  return {
    ...{ id: Number(version.slice(1)), service: 'shop', environment: 'production', version, revision: undefined },
    ...{ repository: undefined, functions: 1 },
    firstSeen: Math.min(...all.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...all.map(({ lastSeen }) => lastSeen)),
    instances: new Map(all.map((each, i) => [`${version} ${i}`, each])),
  };
}

/** `v2 60-100 < v1`: when each ran, and what it is compared with; `again`: it came back. */
const told = (now: number, ...scopes: readonly Scope[]): readonly string[] => {
  const runs = versionRuns(scopes, now * minute);
  return runs.map((run) => {
    const base = runBefore(runs, run);
    const times = `${run.since / minute}-${run.until / minute}`;
    return `${run.scope.version} ${times}${run.isReturn ? ' again' : ''}${base ? ` < ${base.scope.version}` : ''}`;
  });
};

test('a deploy follows what ran when it came', () => {
  expect(told(100, scope('v1', [[0, 61]]), scope('v2', [[60, 100]]))).toEqual(['v2 60-100 < v1', 'v1 0-61']);
});

test('a roll-back is a run of its own, and follows what it took back', () => {
  const runs = told(100, scope('v1', [[0, 60]], [[80, 100]]), scope('v2', [[60, 80]]));
  expect(runs).toEqual(['v1 80-100 again < v2', 'v2 60-80 < v1', 'v1 0-60']);
  // Also by an instance that has the same name as before.
  expect(
    told(
      100,
      scope('v1', [
        [0, 60],
        [80, 100],
      ]),
      scope('v2', [[60, 80]]),
    )[0],
  ).toBe('v1 80-100 again < v2');
});

test('a restart is no deploy, nor a night in which nothing ran', () => {
  expect(told(100, scope('v1', [[0, 50]], [[51, 100]]))).toEqual(['v1 0-100']);
  expect(told(900, scope('v1', [[0, 50]], [[800, 900]]))).toEqual(['v1 0-900']);
});

test('of two canaries each follows the version that serves, and not the other', () => {
  const serving = scope('v1', [[0, 100]], [[0, 100]], [[0, 100]]);
  const runs = told(100, serving, scope('v2', [[40, 100]]), scope('v3', [[70, 100]]));
  expect(runs).toEqual(['v3 70-100 < v1', 'v2 40-100 < v1', 'v1 0-100']);
});

test('a version that comes long after another stopped follows the one that ran last', () => {
  const runs = told(500, scope('v1', [[0, 60]]), scope('v2', [[100, 200]]), scope('v3', [[400, 500]]));
  expect(runs[0]).toBe('v3 400-500 < v2');
});
