/**
 * One of `bench/programs` in several cases, each run in several ways (plain, with the sensor, …) by fresh processes in turn, on a
 * core of their own; the sensor exports once a second to the shipped collector. Each program takes the case and a count, and
 * writes one line of JSON.
 */
import { start, stop } from './child.ts';
import { runCollector } from './collector.ts';
import { compilePrograms, program } from './compile.ts';
import { interleaved } from './interleaved.ts';
import { isWanted, readOptions } from './options.ts';
import { measuredCore, pinned, pinSelf } from './pinning.ts';
import { repository, sensorEntry } from './places.ts';
import { Report } from './report.ts';
import { table } from './table.ts';

export interface Way {
  readonly name: string;
  readonly sensor: boolean;
  /** Beside what all have. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a program writes at least. `outcome`: of its work, the same in every way. */
export interface Written {
  /** CPU time of the process for one of what is counted. */
  readonly microseconds: number;
  readonly outcome: number;
}

export interface CasesByWays<Line extends Written> {
  readonly name: string;
  readonly program: string;
  readonly cases: readonly string[];
  /** What each process does so many of. */
  readonly count: number;
  readonly ways: readonly Way[];
  readonly headings: readonly string[];
  /** The rows of one case; `of`: what the processes of a way wrote, in the order of the rounds. */
  readonly rows: (name: string, of: (way: string) => readonly Line[]) => readonly (readonly string[])[];
}

export async function runCasesByWays<Line extends Written>(bench: CasesByWays<Line>): Promise<void> {
  const options = readOptions();
  const report = new Report(bench.name, options);
  await compilePrograms();
  pinSelf();
  const collector = await runCollector();
  try {
    const { NODE_OPTIONS: _options, ...inherited } = process.env;
    const environment = {
      ...inherited,
      NODE_ENV: 'production',
      NODE_NO_WARNINGS: '1',
      OTEL_SERVICE_NAME: `bench-${bench.name}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      RUNLENS_ROOT: repository,
      RUNLENS_FLUSH_INTERVAL: '1s',
      RUNLENS_CACHE: 'off',
    };
    const rows: string[][] = [];
    for (const name of bench.cases.filter((one) => isWanted(options, one))) {
      const samples = await interleaved(
        bench.ways.map((way) => ({
          name: way.name,
          measure: async () => {
            const preload = way.sensor ? ['--import', sensorEntry] : [];
            const command = [process.execPath, ...preload, program(bench.program), name, String(bench.count)];
            const { child, line } = await start(pinned(measuredCore, command), {
              environment: { ...environment, ...way.environment },
            });
            await stop(child);
            // What the program writes.
            return JSON.parse(line) as Line;
          },
        })),
        { rounds: options.rounds ?? 5, warmUp: 0, seconds: options.seconds ?? 100 },
      );
      const outcomes = new Set([...samples.values()].flat().map(({ outcome }) => outcome));
      if (outcomes.size !== 1) throw new Error(`the ways came to ${outcomes.size} different results`);
      for (const row of bench.rows(name, (way) => samples.get(way) ?? [])) rows.push([...row]);
      report.keep(name, Object.fromEntries(samples));
    }
    report.say(table([...bench.headings], rows));
  } finally {
    await collector.stop();
  }
}
