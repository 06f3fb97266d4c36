/** A service of 20,000 functions in a store: an hour of one version, then a deploy that changed a few of them. */
import { catalogLimits, defaultRetention } from '@runlens/collector/defaults';
import { exceptionLabel } from '@runlens/collector/store/exception-label';
import { encodeHistogram, HistogramSum } from '@runlens/collector/store/histogram-blob';
import type { Batch, Delta, Detail, FunctionKey } from '@runlens/collector/store/profile-store';
import { SqliteStore } from '@runlens/collector/store/sqlite/sqlite-store';
import { bucketIndex } from '@runlens/protocol/histogram';

export const largeService = 'large';
export const functionCount = 20_000;
const functionsOfFile = 60;
/** Of so many is told what they ask, throw and are called by. */
const detailed = 600;
const minutesBefore = 60;
const minutesAfter = 30;
const minute = 60_000;

interface Shape {
  readonly key: FunctionKey;
  /** A minute. */
  readonly calls: number;
  readonly median: number;
}

export const shapes: readonly Shape[] = Array.from({ length: functionCount }, (_, i) => ({
  key: {
    functionName: `Module${i % 333}.function${i}`,
    filePath: `src/area${Math.floor(i / functionsOfFile) % 40}/file${Math.floor(i / functionsOfFile)}.ts`,
    lineNumber: 1 + (i % functionsOfFile) * 12,
  },
  calls: 1 + Math.floor(60_000 / (i + 1)),
  median: 10 ** (-5 + 4 * ((i * 0.618) % 1)),
}));

/** Changed by the deploy: every hundredth of the first 3,000 is half as slow again, every 150th fails. */
const isSlower = (i: number): boolean => i < 3_000 && i % 100 === 7;
const fails = (i: number): boolean => i < 3_000 && i % 150 === 11;

/** Fills the store of a data folder up to now. */
export async function fillLargeService(dataFolder: string, random: () => number): Promise<void> {
  const end = Math.floor(Date.now() / minute) * minute;
  let clock = end - (minutesBefore + minutesAfter) * minute;
  const store = new SqliteStore({
    folder: dataFolder,
    now: () => clock,
    retention: defaultRetention,
    limits: catalogLimits,
  });
  for (let i = 0; i < minutesBefore + minutesAfter; i += 1) {
    clock += minute;
    await store.append([batchOf(clock, i >= minutesBefore, random)]);
    await store.maintain();
  }
  await store.close();
}

function batchOf(time: number, deployed: boolean, random: () => number): Batch {
  return {
    instance: {
      service: largeService,
      environment: 'production',
      version: deployed ? 'v2' : 'v1',
      revision: undefined,
      repository: undefined,
      instance: deployed ? 'two' : 'one',
    },
    arrival: time,
    sources: [],
    unmeasured: [],
    exemplars: [],
    deltas: shapes.map((shape, i) => deltaOf(shape, i, time, deployed, random)),
    details: shapes.slice(0, detailed).flatMap((shape, i) => detailsOf(shape, i, time, deployed)),
  };
}

const sum = new HistogramSum();
const samplesOfMinute = 30;

function deltaOf(
  { key, calls, median }: Shape,
  i: number,
  time: number,
  deployed: boolean,
  random: () => number,
): Delta {
  const samples = Math.min(samplesOfMinute, calls);
  const weight = Math.max(1, Math.round(calls / samples));
  let seconds = 0;
  let max = 0;
  for (let k = 0; k < samples; k += 1) {
    const gauss = Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random());
    const each = median * Math.exp(0.6 * gauss) * (deployed && isSlower(i) ? 1.5 : 1);
    sum.addBucket(bucketIndex(each), weight);
    seconds += each * weight;
    max = Math.max(max, each);
  }
  return {
    key,
    ...{ start: time - minute, time, calls },
    errors: Math.floor(calls * (fails(i) ? (deployed ? 0.05 : 0.001) : 0)),
    seconds,
    maxSeconds: max,
    samples: samples * weight,
    histogram: encodeHistogram(sum.take()),
  };
}

function detailsOf({ key, calls }: Shape, i: number, time: number, deployed: boolean): Detail[] {
  const caller = shapes[(i * 7 + 1) % detailed]?.key;
  const error = {
    ...{ type: 'RangeError', shape: deployed ? 'no rate for {s}' : 'no such item: {n}', cause: '' },
    ...{ file: key.filePath, function: key.functionName, line: key.lineNumber, handled: 'no' },
  };
  return [
    { key, time, kind: 'entry', label: `GET /area${i % 40}/:id`, count: calls },
    { key, time, kind: 'caller', label: `${caller?.filePath}\n${caller?.functionName}`, count: calls },
    ...(i % 3 === 0
      ? [
          {
            ...{ key, time, kind: 'query' as const, count: calls * 2, seconds: calls * 0.002 },
            label: `postgresql\nSELECT id, name FROM table${i} WHERE id = ?`,
          },
        ]
      : []),
    ...(fails(i) ? [{ key, time, kind: 'thrown' as const, label: exceptionLabel(error), count: 3 }] : []),
  ];
}
