import { expect, it } from 'vitest';
import type { SensorState } from './control.ts';
import { limitedSensorLines, mayHaveMissed, measurementLines, sensorStateSentence } from './sensor-text.ts';

const state = (more: Partial<SensorState> = {}): SensorState => ({
  level: 'counts-only',
  since: '2026-01-31T12:03:04.000Z',
  offBy: [],
  cpuShare: 0.041,
  cpuBudget: 0.03,
  filesOff: [],
  ...more,
});
const of = (one: SensorState) => ({ version: '1', instance: 'a', state: one });

it.each([
  [state(), 'steps back: counts only since 12:03 UTC, cost 4.1 % of CPU over its 3.0 % budget'],
  [state({ level: 'full', cpuShare: null }), 'measures all'],
  [
    state({ level: 'fewer-samples', cpuShare: 0.01 }),
    'steps back: fewer calls are timed since 12:03 UTC, cost 1.0 % of CPU within its 3.0 % budget',
  ],
  [
    state({ level: 'off', offBy: ['signal', 'collector'] }),
    'off since 12:03 UTC, switched off by a signal: nothing is measured',
  ],
  [
    state({ level: 'files-off', filesOff: ['src/a.ts'] }),
    'steps back: counts only, and some files not at all (src/a.ts; to leave it out for good: RUNLENS_EXCLUDE) since 12:03 UTC, cost 4.1 % of CPU over its 3.0 % budget',
  ],
])('%o', (given, sentence) => expect(sensorStateSentence(given)).toBe(sentence));

it('sensors that do the same are one line', () => {
  expect(limitedSensorLines([of(state()), of(state())])).toEqual([
    'The sensors of 2 instances: steps back: counts only since 12:03 UTC, cost 4.1 % of CPU over its 3.0 % budget.',
  ]);
  expect(limitedSensorLines(undefined)).toEqual([]);
});

it('calls are missed where a sensor is off or leaves that file out, and not where it counts', () => {
  expect(mayHaveMissed([of(state())], 'src/a.ts')).toBe(false);
  expect(mayHaveMissed([of(state()), of(state({ level: 'off' }))], 'src/a.ts')).toBe(true);
  const leavesOut = [of(state({ level: 'files-off', filesOff: ['src/a.ts'] }))];
  expect([mayHaveMissed(leavesOut, 'src/a.ts'), mayHaveMissed(leavesOut, 'src/b.ts')]).toEqual([true, false]);
});

it('how well an environment is measured is told in sentences, and nothing where nothing is known', () => {
  expect(measurementLines(undefined)).toEqual([]);
  expect(measurementLines({ levels: {}, cpuShare: null, dropped: [] })).toEqual([]);
  expect(measurementLines({ levels: { full: 1 }, cpuShare: null, dropped: [] })).toEqual([
    '1 sensor: all is measured.',
  ]);
  expect(
    measurementLines({
      levels: { off: 1, full: 2 },
      cpuShare: 0.012,
      dropped: [
        { reason: 'could not be written', points: 7 },
        { reason: 'refused', points: 1 },
      ],
      unmeasured: {
        files: 1,
        functions: 3,
        reasons: [
          { reason: 'it is too long', files: 1, functions: 0 },
          { reason: 'eval', files: 0, functions: 3 },
        ],
      },
    }),
  ).toEqual([
    '3 sensors (2: all is measured; 1: off), at a cost of at most 1.2 % of CPU.',
    '8 points dropped by sensors in the last hour: could not be written (7); refused (1).',
    'Not measured: 1 file and 3 functions (it is too long: 1; eval: 3).',
  ]);
});
