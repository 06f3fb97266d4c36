/** What the sensor told of a program's queries, to be held against the log of the database. */

import type { RecordedPoint } from '../otlp-decoder.ts';
import { OtlpRecorder } from '../otlp-recorder.ts';
import { type Ended, type RunOptions, runService } from '../service-process.ts';

export interface OperationsTold extends Ended {
  /** How many, by `function | statement | error or function around it`. */
  readonly counts: (metric: string) => Readonly<Record<string, number>>;
  /** The sum of their values. */
  readonly sums: (metric: string) => Readonly<Record<string, number>>;
  /** All bodies that left the process. */
  readonly sent: string;
}

/** One run to its end, the database's address in `DATABASE_URL`. */
export async function runWithOperations(
  options: Pick<RunOptions, 'node' | 'folder' | 'arguments' | 'preload'>,
  databaseUrl: string,
): Promise<OperationsTold> {
  await using recorder = await OtlpRecorder.start();
  const environment = { NODE_NO_WARNINGS: '1', DATABASE_URL: databaseUrl };
  const ended = await runService({ ...options, endpoint: recorder.url, environment });
  const gather = (metric: string, value: (point: RecordedPoint) => number): Record<string, number> => {
    const all: Record<string, number> = {};
    for (const point of recorder.of(metric)) {
      const key = keyOf(point);
      all[key] = (all[key] ?? 0) + value(point);
    }
    return all;
  };
  return {
    ...ended,
    counts: (metric) => gather(metric, ({ histogram }) => histogram?.count ?? 0),
    sums: (metric) => gather(metric, ({ histogram }) => histogram?.sum ?? 0),
    sent: recorder.requests.map(({ body }) => body.toString('latin1')).join('\n'),
  };
}

function keyOf({ attributes: of }: RecordedPoint): string {
  const isSql = of['db.system.name'] !== 'mongodb';
  const what = isSql ? of['db.query.text'] : [of['db.query.summary'], of['db.query.text']].filter(Boolean).join(' ');
  return [of['code.function.name'], what, of['error.type'], of['runlens.within.function.name']]
    .filter((part) => part !== undefined && part !== '')
    .join(' | ');
}
