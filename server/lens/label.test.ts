import type { FunctionState } from '@runlens/protocol/lsp';
import { describe, expect, it } from 'vitest';
import { aDuration, aProfile, aVersion, earlier, now } from '../testing/profiles.ts';
import { failingElsewhere } from './failing-elsewhere.ts';
import { heatMark, heatOf } from './heat.ts';
import { type LabelInput, LensText, lensLabel } from './label.ts';

const label = (state: FunctionState, given: Partial<LabelInput> = {}): string =>
  lensLabel({
    state,
    heat: null,
    failingElsewhere: [],
    showAbsent: true,
    window: '15m',
    now: Date.parse(now),
    ...given,
  });
const add = aProfile({ function: 'add' });
const measured = (profile = add): FunctionState => ({ kind: 'measured', mapping: 'exact', profile });

describe('the text of a lens', () => {
  it('has every part that is known', () => {
    const profile = aProfile({ function: 'add', versions: [aVersion({ errors: 6 })], callsPerMinute: 40_200 });
    expect(label(measured(profile), { heat: 4 })).toBe(
      '▲ 40.2k/min · p50 3 ms · p99 3 ms · 0.4 % errors · production v42',
    );
  });

  it('leaves out what is not known', () => {
    const untimed = aProfile({ function: 'add', duration: null });
    expect(label(measured(untimed))).toBe('100/min · production v42');
    const unnamed = aProfile({ function: 'add', duration: null, versions: [aVersion({ version: 'unknown' })] });
    expect(label(measured(unnamed))).toBe('100/min · production');
  });

  it('counts the other versions that were called, and no others', () => {
    const of = (...calls: readonly number[]) =>
      measured(
        aProfile({
          function: 'add',
          duration: null,
          versions: calls.map((each, i) => aVersion({ version: `v${42 - i}`, calls: each })),
        }),
      );
    expect(label(of(1_500, 0, 0))).toBe('100/min · production v42');
    expect(label(of(1_490, 10, 0))).toBe('100/min · production v42 +1');
  });

  it('says how few samples there are, and no 99th percentile of next to none', () => {
    const few = (samples: number) => measured(aProfile({ function: 'add', duration: aDuration(0.003, samples) }));
    expect(label(few(12))).toBe('100/min · p50 3 ms · n=12 · production v42');
    expect(label(few(50))).toBe('100/min · p50 3 ms · p99 3 ms · n=50 · production v42');
    expect(label(few(100))).toBe('100/min · p50 3 ms · p99 3 ms · production v42');
  });

  it('has a text of its own for each kind of absence', () => {
    const silent = aProfile({ function: 'add', versions: [aVersion({ calls: 0 })] });
    const states: readonly FunctionState[] = [
      { kind: 'notCalled', since: earlier, lastSeen: null, mapping: 'exact', profile: silent },
      { kind: 'changed', version: 'a'.repeat(40), profile: add },
      { kind: 'away', lastSeen: earlier, last: add },
      { kind: 'notMeasured', reason: 'notDeployed', message: '' },
      { kind: 'notMeasured', reason: 'skippedBySensor', message: '' },
      { kind: 'notMeasured', reason: 'ambiguous', message: '' },
    ];
    expect(states.map((state) => label(state))).toEqual([
      'not called in the last 15m · measured since 3 h ago · production v42 · Why?',
      'changed since aaaaaaa · before: 100/min · p50 3 ms · p99 3 ms · production v42 · Why?',
      '100/min · p50 3 ms · p99 3 ms · production v42 · collector away (last seen 3 h ago) · Why?',
      'not measured here · not in the deployed text · Why?',
      'not measured here · the sensor leaves it out · Why?',
      'not measured here · one of several of this name · Why?',
    ]);
    // Without numbers, an absence never reads like one.
    for (const state of [states[0], ...states.slice(3)]) if (state) expect(label(state)).not.toMatch(/\b0\b|min ·|%/);
  });

  it('what is not known is not said when that is not wanted, what changed is', () => {
    const silent = aProfile({ function: 'add', versions: [aVersion({ calls: 0 })] });
    const quiet = { showAbsent: false };
    expect(label({ kind: 'notMeasured', reason: 'notDeployed', message: '' }, quiet)).toBe('');
    expect(label({ kind: 'notCalled', since: earlier, lastSeen: null, mapping: 'exact', profile: silent }, quiet)).toBe(
      '',
    );
    expect(label({ kind: 'changed', version: 'v41', profile: add }, quiet)).toMatch(/^changed since v41/);
  });
});

describe('the text of a lens as the settings want it', () => {
  const profile = aProfile({ function: 'add', versions: [aVersion({ errors: 6 })], callsPerMinute: 40_200 });

  it('is short in compact style, with the environment', () => {
    const text = new LensText('compact', undefined);
    expect(label(measured(profile), { text })).toBe('40.2k/min · 3 ms · 0.4 % err · production');
    expect(label({ kind: 'changed', version: 'v41', profile }, { text })).toBe(
      'changed since v41 · before: 40.2k/min · 3 ms · 0.4 % err · production · Why?',
    );
  });

  it('follows a template, and the style where that is wrong', () => {
    const of = (template: string) => label(measured(profile), { text: new LensText('compact', template) });
    expect(of('{calls} calls · {failed} failed · max {max} · {service}@{version}')).toBe(
      '1.5k calls · 6 failed · max 3 ms · shop@v42 · production',
    );
    expect(of('{nothing}')).toBe('40.2k/min · 3 ms · 0.4 % err · production');
    const untimed = aProfile({ function: 'add', duration: null, timeShare: null });
    expect(label(measured(untimed), { text: new LensText('full', '{rate} · {p90} / {max} · {share}') })).toBe(
      '100/min · production',
    );
  });

  it('has the numbers of the environment beside it, each with its name', () => {
    const staging = aProfile({
      function: 'add',
      environment: 'staging',
      versions: [aVersion({ calls: 30, version: 'v43' })],
    });
    expect(label(measured(), { beside: staging })).toBe(
      '100/min · p50 3 ms · p99 3 ms · production v42 ┃ 2/min · p50 3 ms · p99 3 ms · n=30 · staging v43',
    );
    const silent = aProfile({ function: 'add', environment: 'staging', versions: [aVersion({ calls: 0 })] });
    expect(label(measured(), { beside: silent })).toMatch(/production v42 ┃ not called in staging$/);
    expect(label(measured(), { beside: null })).not.toContain('┃');
  });
});

describe('heat', () => {
  it.each([
    [0.3, 4],
    [0.05, 4],
    [0.049, 3],
    [0.01, 3],
    [0.001, 2],
    [0.0009, 1],
    [0, 1],
    [null, null],
  ])('a share of %s is %s', (timeShare, heat) => {
    expect(heatOf(aProfile({ function: 'add', timeShare }))).toBe(heat);
  });
  it('what was not called is cold, and only warm and hot have a mark', () => {
    expect(heatOf(aProfile({ function: 'add', versions: [aVersion({ calls: 0 })], timeShare: null }))).toBe(0);
    expect(([null, 0, 1, 2, 3, 4] as const).map(heatMark)).toEqual(['', '', '', '△', '▲', '▲']);
  });
});

describe('failing elsewhere', () => {
  const of = (environment: string, calls: number, errors: number) =>
    aProfile({ function: 'add', environment, versions: [aVersion({ calls, errors })] });
  const environments = (shown: readonly [number, number] | null, other: readonly [number, number]) =>
    failingElsewhere(shown && of('production', ...shown), [of('staging', ...other)]).map(
      ({ environment }) => environment,
    );

  it.each([
    ['clearly more', [10_000, 10], [1_000, 100], true],
    ['nothing called here', [0, 0], [10, 3], true],
    ['too few errors to tell', [10_000, 0], [4, 2], false],
    ['a rate that is low', [10_000, 0], [10_000, 50], false],
    ['not twice as much', [1_000, 60], [1_000, 100], false],
    ['chance explains it', [20, 1], [20, 3], false],
    ['the same', [1_000, 100], [1_000, 100], false],
  ] as const)('%s', (_, shown, other, warns) => {
    expect(environments(shown, other)).toEqual(warns ? ['staging'] : []);
  });
});
