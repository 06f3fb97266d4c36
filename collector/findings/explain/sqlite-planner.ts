/** Plans of SQLite, by a connection of its own that can only read. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Plan, PlanOutcome } from './plan.ts';

/** For a lock that somebody holds. */
const waitMilliseconds = 250;

/** `EXPLAIN QUERY PLAN`: parameters count as NULL, and nothing is run (https://sqlite.org/eqp.html). */
export function planOfSqlite(file: string, sql: string): PlanOutcome {
  if (!existsSync(file)) return { kind: 'failed', reason: 'the database file of runlens.yml is not there' };
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: waitMilliseconds });
    database.exec('PRAGMA query_only = ON');
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    return { kind: 'plan', plan: planOf(steps.map(({ detail }) => String(detail))) };
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) };
  } finally {
    database?.close();
  }
}

/** Messages of SQLite name tables and columns, and no value: shapes have none. */
const reasonOf = (error: unknown): string =>
  `SQLite would not plan it: ${(error instanceof Error ? error.message : String(error)).slice(0, 200)}`;

export function planOf(steps: readonly string[]): Plan {
  return {
    // `SCAN items`, `SCAN items AS i`; `SCAN 2 CONSTANT ROWS` and the like read no table, `USING COVERING INDEX` all of an index.
    scans: steps.flatMap((step) => {
      const [, table] = /^SCAN (?:TABLE )?(\S+)(?: AS \S+)?(?: VIRTUAL TABLE.*)?$/.exec(step) ?? [];
      return table === undefined || /^\(|^json_each$|^json_tree$|^generate_series$/.test(table) ? [] : [{ table }];
    }),
    sorts: steps.some((step) => /^USE TEMP B-TREE FOR .*ORDER BY/.test(step)),
    indexes: steps.flatMap((step) => /^SEARCH .* USING (?:COVERING )?INDEX (\S+)/.exec(step)?.[1] ?? []),
  };
}
