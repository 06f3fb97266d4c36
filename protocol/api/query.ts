/** Read-only SQL over profiles: what no fixed question foresaw. */
import { z } from 'zod';
import { windowSchema } from './profile.ts';

const name = z.string().min(1).max(1_000).optional();

export const mostSqlCharacters = 4_000;

/** `GET /api/v1/query`. Service, environment, version and window say what the tables hold. */
export const sqlQuerySchema = z.object({
  sql: z.string().min(1).max(mostSqlCharacters),
  service: name,
  environment: name,
  version: name,
  since: z.string().max(40).optional(),
  until: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});
export type SqlQuery = z.input<typeof sqlQuerySchema>;
export type SqlRequest = z.output<typeof sqlQuerySchema>;

const place = ['service', 'environment', 'file', 'function'] as const;

/**
 * The tables and their columns. Durations and totals are seconds, shares 0 to 1, instants ISO 8601 in UTC; NULL is unknown.
 * Column names are part of the API: only ever append.
 */
export const queryTables = {
  functions: [
    ...place,
    'line',
    'calls',
    'calls_per_minute',
    'errors',
    'error_rate',
    'p50',
    'p90',
    'p95',
    'p99',
    'max',
    'mean',
    'total',
    'time_share',
    'instances',
    'measured_since',
    'last_seen',
  ],
  versions: [...place, 'version', 'revision', 'calls', 'errors', 'p50', 'p99', 'total', 'measured_since', 'last_seen'],
  function_entries: [...place, 'entry', 'calls', 'p50', 'p99'],
  callers: [...place, 'caller', 'caller_file', 'calls'],
  queries: [...place, 'system', 'statement', 'calls', 'calls_per_call', 'total', 'errors', 'repeats'],
  outgoing: [...place, 'target', 'calls', 'errors', 'total'],
  exceptions: [...place, 'type', 'message', 'cause', 'count', 'caught_here', 'first_seen', 'last_seen', 'new_in'],
  entries: [
    'service',
    'environment',
    'entry',
    'calls',
    'calls_per_minute',
    'errors',
    'p50',
    'p99',
    'total',
    'last_seen',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type QueryTable = keyof typeof queryTables;

/** `functions(service, environment, …)`, a table a line. */
export const queryTablesText = Object.entries(queryTables)
  .map(([table, columns]) => `${table}(${columns.join(', ')})`)
  .join('\n');

export const sqlResponseSchema = z.object({
  window: windowSchema,
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  /** True when there were more rows than `limit`, or than fit. */
  truncated: z.boolean(),
  /** When the tables were made: they are kept for some seconds. */
  asOf: z.iso.datetime(),
  /** In the tables. */
  functions: z.int().nonnegative(),
  /** Files whose functions are not in them: too many, or too slow to read. */
  filesLeftOut: z.int().nonnegative(),
  milliseconds: z.number().nonnegative(),
});
export type SqlResponse = z.infer<typeof sqlResponseSchema>;
