/**
 * The collector at 20,000 functions: ingest from OTLP to durable, queries over 24 hours of minutes, and its memory. The
 * shipped collector runs in a process of its own. Wall times are also those of what else the machine does; so the
 * collector's CPU time is told beside them, and for ingest what two bare steps of the same work take in turn with it.
 *
 *     npm run bench -- collector [--rounds 60] [--json FILE]
 *
 * `RUNLENS_BENCH_HOURS` (24) is how much is filled; before its last hour one minute of `RUNLENS_BENCH_EVERY` (10): 1 fills
 * all 28.8 million rows and takes some 10 minutes. Hours and days are as large either way.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { catalogLimits, defaultRetention } from '@runlens/collector/defaults';
import { encodeHistogram, HistogramSum } from '@runlens/collector/store/histogram-blob';
import type { Batch, Delta, FunctionKey } from '@runlens/collector/store/profile-store';
import { SqliteStore } from '@runlens/collector/store/sqlite/sqlite-store';
import { bucketIndex } from '@runlens/protocol/histogram';
import { type RunningCollector, runCollector } from './frame/collector.ts';
import { readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { quantile } from './frame/statistics.ts';
import { table } from './frame/table.ts';

const functions = 20_000;
const functionsOfFile = 60;
const hours = Number(process.env.RUNLENS_BENCH_HOURS ?? 24);
const every = Number(process.env.RUNLENS_BENCH_EVERY ?? 10);
const minute = 60_000;
const aims = { rowsPerSecond: 200_000, file: 10, top: 50, mebibytes: 200 };
const options = readOptions();
const rounds = options.rounds ?? 60;
const report = new Report('collector', options);
const met = (value: number, aim: number, more: boolean): string => {
  const ratio = more ? value / aim : aim / value;
  return `${more ? '≥' : '≤'} ${aim.toLocaleString('en')}: ${ratio >= 1 ? 'met' : 'missed'} (${ratio.toFixed(2)}×)`;
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
await queries();

/** Rows a second from an HTTP request on loopback to its acknowledgement, which comes when it is durable. */
async function ingest(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-'));
  const collector = await runCollector();
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
    const bare = new DatabaseSync(join(folder, 'bare.sqlite'));
    bare.exec('PRAGMA journal_mode = WAL; CREATE TABLE body (id INTEGER PRIMARY KEY, bytes BLOB)');
    const insert = bare.prepare('INSERT INTO body (bytes) VALUES (?)');
    const samples: { wall: number; cpu: number; gunzip: number; sqlite: number; load: number }[] = [];
    for (let round = -2; round < Math.ceil(rounds / 3); round += 1) {
      const group = [0, 1, 2].map((j) => new Uint8Array(bodies[(Math.abs(round) * 3 + j) % bodies.length] ?? []));
      const cpu = cpuSeconds(collector.pid);
      const began = performance.now();
      await Promise.all(group.map(post));
      const wall = (performance.now() - began) / 1_000 / group.length;
      const used = (cpuSeconds(collector.pid) - cpu) / group.length;
      const before = performance.now();
      const plain = gunzipSync(group[0] ?? new Uint8Array());
      const between = performance.now();
      insert.run(plain);
      const sqlite = (performance.now() - between) / 1_000;
      const gunzip = (between - before) / 1_000;
      if (round >= 0) samples.push({ wall, cpu: used, gunzip, sqlite, load: loadavg()[0] ?? 0 });
    }
    bare.close();
    const perSecond = (seconds: readonly number[], q: number): number => functions / quantile(seconds, q);
    const row = (name: string, seconds: readonly number[], aimed: boolean): readonly string[] => [
      name,
      ...[0.5, 0].map((q) => Math.round(perSecond(seconds, q)).toLocaleString('en')),
      aimed ? met(perSecond(seconds, 0.5), aims.rowsPerSecond, true) : '',
    ];
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    report.say(
      table(
        ['function rows/s, requests of 20,000 functions', 'p50', 'best', 'aim'],
        [
          row(
            'from OTLP to durable, wall',
            samples.map(({ wall }) => wall),
            true,
          ),
          [
            'the same by the CPU time of the collector, all threads',
            Math.round(functions / mean(samples.map(({ cpu }) => cpu))).toLocaleString('en'),
            '',
            '',
          ],
          row(
            'baseline: gunzip alone, wall',
            samples.map(({ gunzip }) => gunzip),
            false,
          ),
          row(
            'baseline: gunzip and a bare SQLite insert of its bytes, wall',
            samples.map(({ gunzip, sqlite }) => gunzip + sqlite),
            false,
          ),
        ],
      ),
    );
    report.say(
      `load average ${quantile(
        samples.map(({ load }) => load),
        0.5,
      ).toFixed(1)}\n`,
    );
    report.keep('ingest', samples);
  } finally {
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Queries of a store in which every function was called in every minute that is filled: the worst case. */
async function queries(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'runlens-bench-'));
  await fill(join(home, 'data'));
  const collector = await runCollector(home);
  try {
    const token = readFileSync(join(home, 'token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}` };
    const ask = async (path: string): Promise<number> => {
      const started = performance.now();
      const answer = await fetch(collector.url + path, { headers });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
      return performance.now() - started;
    };
    const lines: string[][] = [];
    const measure = async (name: string, path: (i: number) => string, aim: number | undefined): Promise<void> => {
      const first = await ask(path(0));
      const cpu = cpuSeconds(collector.pid);
      const taken: number[] = [];
      for (let i = 1; i <= rounds; i += 1) taken.push(await ask(path(i)));
      const used = ((cpuSeconds(collector.pid) - cpu) / rounds) * 1_000;
      const figures = [first, ...[0, 0.5, 0.95].map((q) => quantile(taken, q)), used];
      lines.push([
        name,
        ...figures.map((value) => value.toFixed(1)),
        aim === undefined ? '' : met(quantile(taken, 0.95), aim, false),
      ]);
      report.keep(name, { first, taken, cpu: used });
    };
    const file = (i: number): string => encodeURIComponent(shapes[(i * 601) % functions]?.key.filePath ?? '');
    const profiles = (i: number, since: string) => `/api/v1/profiles?service=bench&file=${file(i)}&since=${since}`;
    await measure('nothing (health)', () => '/health', undefined);
    await measure('a file, 15 minutes', (i) => profiles(i, '15m'), aims.file);
    await measure('a file, 1 hour', (i) => profiles(i, '1h'), aims.file);
    await measure('a file, 24 hours', (i) => profiles(i, '24h'), aims.file);
    await measure('top 50, 15 minutes', () => '/api/v1/hot?service=bench', aims.top);
    await measure('top 50, 24 hours', () => '/api/v1/hot?service=bench&since=24h', aims.top);
    await measure('top 50 by impact, 24 hours', () => '/api/v1/hot?service=bench&since=24h&by=impact', aims.top);
    await measure('top 50 by p99, 24 hours', () => '/api/v1/hot?service=bench&since=24h&by=p99', undefined);
    report.say(table(['a query, ms', 'first', 'least', 'p50', 'p95', 'CPU', 'aim at p95'], lines));
    const metrics = await (await fetch(`${collector.url}/metrics`, { headers })).text();
    const resident = Number(/^process_resident_memory_bytes (\d+)/m.exec(metrics)?.[1]) / 2 ** 20;
    report.say(
      `\nmemory of the collector after all of it: ${resident.toFixed(0)} MiB, ${met(resident, aims.mebibytes, false)}; load average ${(loadavg()[0] ?? 0).toFixed(1)}`,
    );
    report.keep('memory', resident);
  } finally {
    await collector.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function fill(folder: string): Promise<void> {
  const end = Math.floor(Date.now() / minute) * minute;
  const began = performance.now();
  let clock = end - hours * 60 * minute;
  const store = new SqliteStore({ folder, now: () => clock, retention: defaultRetention, limits: catalogLimits });
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
  const bytes = statSync(join(folder, 'profiles.sqlite')).size;
  report.say(
    `filled: ${hours} h × ${functions} functions, ${filled.toLocaleString('en')} minute rows (one minute of ${every}, the last hour whole): ${Math.round(filled / seconds).toLocaleString('en')} rows/s into all tiers, ${(bytes / 1e9).toFixed(2)} GB\n`,
  );
}

/** CPU seconds of all threads of a process since it began; NaN where the system does not tell (proc(5), "stat"). */
function cpuSeconds(pid: RunningCollector['pid']): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const ticksPerSecond = 100;
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return Number.NaN;
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
  return { instance, arrival, sources: [], unmeasured: [], details: [], exemplars: [], deltas };
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
