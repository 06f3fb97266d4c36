/**
 * The collector at 20,000 functions: ingest from OTLP to durable, and queries over 24 hours of minutes.
 * `node --conditions=runlens-source bench/collector.ts [hours [every]]`. Prints each figure beside its aim.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { startCollector } from '@runlens/collector';
import { catalogLimits, defaultRetention } from '@runlens/collector/defaults';
import { encodeHistogram, HistogramSum } from '@runlens/collector/store/histogram-blob';
import type { Batch, Delta, FunctionKey } from '@runlens/collector/store/profile-store';
import { SqliteStore } from '@runlens/collector/store/sqlite/sqlite-store';
import { CollectorProcess } from '@runlens/collector/testing/collector-process';
import { bucketIndex } from '@runlens/protocol/histogram';

const functions = 20_000;
const functionsOfFile = 60;
const hours = Number(process.argv[2] ?? 24);
/** Before the last hour, one minute of so many is filled: 1 for the whole proof (28.8 M rows), 30 for a quick look. */
const every = Number(process.argv[3] ?? 1);
const minute = 60_000;
const rows: { figure: string; measured: string; aim: string; ratio: string }[] = [];
const note = (figure: string, value: number, unit: string, aim: number, more: boolean): void => {
  const ratio = more ? value / aim : aim / value;
  rows.push({
    figure,
    measured: `${value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)} ${unit}`,
    aim: `${more ? '≥' : '≤'} ${aim.toLocaleString('en')} ${unit}`,
    ratio: `${ratio.toFixed(2)}× ${ratio >= 1 ? 'met' : 'missed'}`,
  });
};

/** A service in which every function is called all the time: calls by Zipf, durations log-normal about its own median. */
interface Shape {
  readonly key: FunctionKey;
  readonly calls: number;
  readonly median: number;
}
const random = seeded(20_261_121);
const shapes: readonly Shape[] = Array.from({ length: functions }, (_, i) => ({
  key: {
    functionName: `Module${i % 333}.function${i}`,
    filePath: `src/area${Math.floor(i / functionsOfFile) % 40}/file${Math.floor(i / functionsOfFile)}.ts`,
    lineNumber: 1 + (i % functionsOfFile) * 12,
  },
  calls: 1 + Math.floor(60_000 / (i + 1)),
  median: 10 ** (-5 + 4 * random()),
}));

interface Sampled {
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly max: number;
  readonly count: number;
}
const sum = new HistogramSum();
function sampled(shape: Shape, share: number): Sampled {
  const count = Math.max(1, Math.min(40, Math.round(shape.calls * share)));
  let total = 0;
  let max = 0;
  for (let i = 0; i < count; i += 1) {
    const gauss = Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random());
    const seconds = shape.median * Math.exp(0.6 * gauss);
    total += seconds;
    max = Math.max(max, seconds);
    sum.addBucket(bucketIndex(seconds), 1);
  }
  const { indexes, counts } = sum.take();
  return { indexes, counts, sum: total, max, count };
}

await ingest();
if (hours > 0) await queries();
console.table(Object.fromEntries(rows.map(({ figure, ...rest }) => [figure, rest])));

/** Rows a second from an HTTP request on loopback to its acknowledgement, which comes when it is durable. */
async function ingest(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'runlens-bench-'));
  const collector = await startCollector({ home, port: 0, foldMilliseconds: 5_000 });
  const loop = monitorEventLoopDelay({ resolution: 2 });
  try {
    const start = Date.now();
    const bodies = Array.from({ length: 6 }, (_, i) => gzipSync(otlp(start - i * 10_000), { level: 1 }));
    const post = async (body: Uint8Array<ArrayBuffer>): Promise<void> => {
      const answer = await fetch(`${collector.url}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
        body,
      });
      const text = await answer.text();
      if (answer.status !== 200 || text !== '') throw new Error(`${answer.status} ${text}`);
    };
    for (const body of bodies) await post(new Uint8Array(body));
    loop.enable();
    const began = performance.now();
    const cpu = process.cpuUsage();
    const requests = 60;
    for (let i = 0; i < requests; i += 3) {
      await Promise.all([0, 1, 2].map((j) => post(new Uint8Array(bodies[(i + j) % bodies.length] ?? Buffer.alloc(0)))));
    }
    const seconds = (performance.now() - began) / 1_000;
    const used = process.cpuUsage(cpu);
    loop.disable();
    note('ingest, function rows/s from OTLP to durable', (requests * functions) / seconds, 'rows/s', 200_000, true);
    note(
      'ingest, function rows per CPU second (with gunzip and the sender)',
      (requests * functions) / ((used.user + used.system) / 1e6),
      'rows/s',
      200_000,
      true,
    );
    console.log(
      `event loop delay while ingesting: p50 ${(loop.percentile(50) / 1e6).toFixed(1)} ms, p99 ${(loop.percentile(99) / 1e6).toFixed(1)} ms, max ${(loop.max / 1e6).toFixed(1)} ms`,
    );
  } finally {
    await collector.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Queries of a store that holds 24 hours in which every function was called in every minute: the worst case. */
async function queries(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'runlens-bench-'));
  const dataFolder = join(home, 'data');
  const end = Math.floor(Date.now() / minute) * minute;
  const began = performance.now();
  let clock = end - hours * 60 * minute;
  const store = new SqliteStore({
    folder: dataFolder,
    now: () => clock,
    retention: defaultRetention,
    limits: catalogLimits,
  });
  const patterns = Array.from({ length: 4 }, () => shapes.map((shape) => deltaOf(shape)));
  let filled = 0;
  for (let i = 0; clock < end; i += 1) {
    clock += clock < end - 60 * minute ? every * minute : minute;
    filled += functions;
    const deltas = (patterns[i % patterns.length] ?? []).map((delta) => ({
      ...delta,
      start: clock - minute,
      time: clock,
    }));
    await store.append([batchOf(deltas, clock)]);
    await store.maintain();
  }
  await store.close();
  const seconds = (performance.now() - began) / 1_000;
  const bytes = statSync(join(dataFolder, 'profiles.sqlite')).size;
  console.log(
    `${hours} h × ${functions} functions: ${(filled / seconds).toFixed(0)} minute rows/s into all tiers, ${(bytes / 1e9).toFixed(2)} GB`,
  );

  const collector = await CollectorProcess.start(home, minute);
  const token = readFileSync(join(home, 'token'), 'utf8').trim();
  try {
    const ask = async (path: string): Promise<number> => {
      const started = performance.now();
      const answer = await fetch(collector.url + path, { headers: { authorization: `Bearer ${token}` } });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
      return performance.now() - started;
    };
    const measure = async (name: string, path: (i: number) => string, aim: number, times: number): Promise<void> => {
      const first = await ask(path(0));
      const taken: number[] = [];
      for (let i = 1; i <= times; i += 1) taken.push(await ask(path(i)));
      taken.sort((one, other) => one - other);
      const p95 = taken[Math.floor(times * 0.95)] ?? 0;
      note(
        `${name}, p95 (p50 ${(taken[times >> 1] ?? 0).toFixed(1)} ms, first ${first.toFixed(0)} ms)`,
        p95,
        'ms',
        aim,
        false,
      );
    };
    const file = (i: number): string => encodeURIComponent(shapes[(i * 601) % functions]?.key.filePath ?? '');
    await measure('a file, 15 minutes', (i) => `/api/v1/profiles?service=bench&file=${file(i)}`, 10, 200);
    await measure('a file, 1 hour', (i) => `/api/v1/profiles?service=bench&file=${file(i)}&since=1h`, 10, 60);
    await measure('a file, 24 hours', (i) => `/api/v1/profiles?service=bench&file=${file(i)}&since=24h`, 10, 60);
    await measure('top 50, 15 minutes', () => '/api/v1/hot?service=bench', 50, 60);
    await measure('top 50, 24 hours', () => '/api/v1/hot?service=bench&since=24h', 50, 60);
    await measure('top 50 by impact, 24 hours', () => '/api/v1/hot?service=bench&since=24h&by=impact', 50, 60);
    const metrics = await fetch(`${collector.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const resident = /^process_resident_memory_bytes (\d+)/m.exec(await metrics.text())?.[1];
    note('resident memory after all of it', Number(resident) / 2 ** 20, 'MiB', 200, false);
  } finally {
    await collector.kill('SIGTERM');
    rmSync(home, { recursive: true, force: true });
  }
}

function deltaOf(shape: Shape): Omit<Delta, 'start' | 'time'> {
  const { indexes, counts, sum: seconds, max, count } = sampled(shape, 1);
  const histogram = encodeHistogram({ zeroCount: 0, indexes, counts });
  return { key: shape.key, calls: shape.calls, errors: 0, seconds, maxSeconds: max, samples: count, histogram };
}

function batchOf(deltas: readonly Delta[], arrival: number): Batch {
  const instance = {
    service: 'bench',
    environment: 'production',
    version: 'v1',
    revision: undefined,
    repository: undefined,
    instance: 'one',
  };
  return { instance, arrival, sources: [], unmeasured: [], details: [], deltas };
}

/** An export of all functions: calls and durations of ten seconds. */
function otlp(time: number): Uint8Array {
  const writer = new BinaryWriter();
  const message = (field: number, write: () => void): void => {
    writer.tag(field, WireType.LengthDelimited).fork();
    write();
    writer.join();
  };
  const text = (field: number, value: string): void => {
    writer.tag(field, WireType.LengthDelimited).string(value);
  };
  const attribute = (field: number, key: string, value: string | number): void =>
    message(field, () => {
      text(1, key);
      message(2, () => {
        if (typeof value === 'string') text(1, value);
        else writer.tag(3, WireType.Varint).int64(value);
      });
    });
  const named = (field: number, key: FunctionKey): void => {
    attribute(field, 'code.function.name', key.functionName);
    attribute(field, 'code.file.path', key.filePath);
    attribute(field, 'code.line.number', key.lineNumber);
  };
  const times = (): void => {
    writer.tag(2, WireType.Bit64).fixed64(BigInt(time - 10_000) * 1_000_000n);
    writer.tag(3, WireType.Bit64).fixed64(BigInt(time) * 1_000_000n);
  };
  message(1, () => {
    message(1, () => {
      attribute(1, 'service.name', 'bench');
      attribute(1, 'service.version', 'v1');
      attribute(1, 'service.instance.id', 'one');
    });
    message(2, () => {
      message(2, () => {
        text(1, 'code.function.calls');
        message(7, () => {
          for (const shape of shapes) {
            message(1, () => {
              named(7, shape.key);
              times();
              writer.tag(6, WireType.Bit64).sfixed64(Math.ceil(shape.calls / 6));
            });
          }
          writer.tag(2, WireType.Varint).int32(1);
        });
      });
      message(2, () => {
        text(1, 'code.function.duration');
        text(3, 's');
        message(10, () => {
          for (const shape of shapes) {
            const { indexes, counts, sum: seconds, max, count } = sampled(shape, 1 / 6);
            const offset = indexes[0] ?? 0;
            const dense = new Array<number>((indexes.at(-1) ?? 0) - offset + 1).fill(0);
            for (const [i, index] of indexes.entries()) dense[index - offset] = counts[i] ?? 0;
            message(1, () => {
              named(1, shape.key);
              times();
              writer.tag(4, WireType.Bit64).fixed64(count);
              writer.tag(5, WireType.Bit64).double(seconds);
              writer.tag(6, WireType.Varint).sint32(5);
              message(8, () => {
                writer.tag(1, WireType.Varint).sint32(offset);
                message(2, () => {
                  for (const each of dense) writer.uint32(each);
                });
              });
              writer.tag(13, WireType.Bit64).double(max);
            });
          }
          writer.tag(2, WireType.Varint).int32(1);
        });
      });
    });
  });
  return writer.finish();
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
