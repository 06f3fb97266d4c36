/** What a sensor does, as a sentence without an end: the same in the editor and in the terminal. */
import type { Measurement } from './api/profile.ts';
import type { SensorState } from './control.ts';
import { type SensorLevel, sensorLevels } from './control-names.ts';

const doing: Readonly<Record<SensorLevel, string>> = {
  full: 'measures all',
  'fewer-samples': 'fewer calls are timed',
  'no-details': 'calls, errors and times only, without callers and queries',
  'counts-only': 'counts only',
  'files-off': 'counts only, and some files not at all',
  off: 'off',
};

interface LimitedSensor {
  readonly version: string;
  readonly instance: string;
  readonly state: SensorState;
}

/** A line for each kind of state among the sensors of one environment, with how many are in it; at most three. */
export function limitedSensorLines(sensors: readonly LimitedSensor[] = []): readonly string[] {
  const bySentence = new Map<string, number>();
  for (const { state } of sensors) {
    const sentence = sensorStateSentence(state);
    bySentence.set(sentence, (bySentence.get(sentence) ?? 0) + 1);
  }
  return [...bySentence]
    .slice(0, mostLines)
    .map(
      ([sentence, count]) =>
        `${count === 1 ? 'The sensor of an instance' : `The sensors of ${count} instances`}: ${sentence}.`,
    );
}

/** How well an environment is measured, a sentence a line: by how many sensors, what they dropped, what is not measured. */
export function measurementLines(measurement: Measurement | undefined): readonly string[] {
  if (!measurement) return [];
  const { levels, cpuShare, dropped, unmeasured } = measurement;
  const present = sensorLevels.flatMap((level) => {
    const sensors = levels[level] ?? 0;
    return sensors > 0 ? [{ level, sensors }] : [];
  });
  const all = present.reduce((sum, { sensors }) => sum + sensors, 0);
  const cost = cpuShare === null ? '' : `, at a cost of ${all === 1 ? '' : 'at most '}${percent(cpuShare)} of CPU`;
  const [first, ...others] = present;
  const each =
    others.length === 0 ? '' : ` (${present.map(({ level, sensors }) => `${sensors}: ${whatIs(level)}`).join('; ')})`;
  const points = dropped.reduce((sum, one) => sum + one.points, 0);
  return [
    ...(first ? [`${counted(all, 'sensor')}${each === '' ? `: ${whatIs(first.level)}` : each}${cost}.`] : []),
    ...(points === 0
      ? []
      : [
          `${counted(points, 'point')} dropped by sensors in the last hour: ${dropped.map(({ reason, points: own }) => `${reason} (${own})`).join('; ')}.`,
        ]),
    ...(unmeasured === undefined
      ? []
      : [
          `Not measured: ${[
            ...(unmeasured.files > 0 ? [counted(unmeasured.files, 'file')] : []),
            ...(unmeasured.functions > 0 ? [counted(unmeasured.functions, 'function')] : []),
          ].join(
            ' and ',
          )} (${unmeasured.reasons.map(({ reason, files, functions }) => `${reason}: ${files + functions}`).join('; ')}).`,
        ]),
  ];
}

const whatIs = (level: SensorLevel): string => (level === 'full' ? 'all is measured' : doing[level]);

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Whether what is not told of a file may have happened all the same, as a sensor does not look. */
export const mayHaveMissed = (sensors: readonly LimitedSensor[] = [], file: string): boolean =>
  sensors.some(({ state }) => state.level === 'off' || state.filesOff.includes(file));

const mostLines = 3;

/** `1.2 %` */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** `steps back: counts only since 12:03 UTC, cost 4.1 % of CPU over its 3.0 % budget` */
export function sensorStateSentence({ level, since, offBy, cpuShare, cpuBudget, filesOff }: SensorState): string {
  const cost = cpuShare === null ? '' : `, cost ${percent(cpuShare)} of CPU`;
  if (level === 'full') return `${doing.full}${cost}`;
  const at = `since ${since.slice(11, 16)} UTC`;
  if (level === 'off') {
    const by = offBy.includes('signal')
      ? 'by a signal'
      : offBy.includes('collector')
        ? 'by the collector'
        : 'by its process';
    return `off ${at}, switched off ${by}: nothing is measured`;
  }
  const over = cpuShare !== null && cpuShare > cpuBudget ? 'over' : 'within';
  const files = filesOff.length === 0 ? '' : ` (${filesOff.join(', ')}; to leave it out for good: RUNLENS_EXCLUDE)`;
  return `steps back: ${doing[level]}${files} ${at}${cost} ${over} its ${percent(cpuBudget)} budget`;
}
