/** Plans of PostgreSQL (12 and newer), by a connection of its own, in a transaction that may only read. */
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Plan, PlanOutcome } from './plan.ts';

const connectMilliseconds = 3_000;
const statementMilliseconds = 2_000;
const goodbyeMilliseconds = 500;
/** `plan_cache_mode`: https://www.postgresql.org/docs/12/runtime-config-query.html */
const leastVersion = 120_000;

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string | undefined;
  readonly 'Index Name'?: string | undefined;
  readonly 'Plan Rows'?: number | undefined;
  readonly Plans?: readonly Node[] | undefined;
}
const nodeSchema: z.ZodType<Node> = z.lazy(() =>
  z.object({
    'Node Type': z.string(),
    'Relation Name': z.string().optional(),
    'Index Name': z.string().optional(),
    'Plan Rows': z.number().optional(),
    Plans: z.array(nodeSchema).optional(),
  }),
);
const answerSchema = z.array(z.object({ Plan: nodeSchema })).min(1);
const roleSchema = z.object({ version: z.coerce.number(), superuser: z.boolean() });

/** `url` holds a password: no message of the driver goes further, only its code. */
export async function planOfPostgresql(url: string, sql: string): Promise<PlanOutcome> {
  // Loaded only where a database is named.
  const { default: pg } = await import('pg');
  const socket = new Socket();
  let client: InstanceType<typeof pg.Client>;
  try {
    client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectMilliseconds,
      query_timeout: connectMilliseconds,
      application_name: 'runlens explain',
      stream: () => socket,
    });
  } catch {
    return {
      kind: 'failed',
      reason: 'the address of the database cannot be read: postgresql://role:password@host/database',
    };
  }
  // A connection that breaks afterwards tells nobody else.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN TRANSACTION READ ONLY');
    await client.query(`SET LOCAL statement_timeout = ${statementMilliseconds}`);
    await client.query(`SET LOCAL lock_timeout = ${statementMilliseconds}`);
    const role = await client.query(
      "SELECT current_setting('server_version_num') AS version, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user",
    );
    const { version, superuser } = roleSchema.parse(role.rows[0]);
    if (superuser)
      return failed('its role may do everything: name one that may only read (GRANT pg_read_all_data TO …)');
    if (version < leastVersion)
      return failed('it is older than PostgreSQL 12, which plans no statement without its values');
    // A generic plan looks at no value, so it does not matter that there are none. EXECUTE below EXPLAIN runs nothing.
    await client.query('SET LOCAL plan_cache_mode = force_generic_plan');
    await client.query(`PREPARE runlens_explained AS ${sql}`);
    const values = Array.from({ length: parametersOf(sql) }, () => 'NULL').join(', ');
    const answer = await client.query(
      `EXPLAIN (FORMAT JSON) EXECUTE runlens_explained${values === '' ? '' : ` (${values})`}`,
    );
    const [first] = answerSchema.parse(Object(answer.rows[0])['QUERY PLAN']);
    return first === undefined ? failed('PostgreSQL gave no plan') : { kind: 'plan', plan: planOf(first.Plan) };
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no answer';
    return failed(`PostgreSQL would not plan it (${code.slice(0, 32)})${remedies[code] ?? ''}`);
  } finally {
    // A server that does not close its end is not waited for.
    await Promise.race([client.end().catch(() => undefined), wait(goodbyeMilliseconds, undefined, { ref: false })]);
    socket.destroy();
  }
}

/** The highest of `$1`, `$2`…, which is how many there are. */
const parametersOf = (sql: string): number =>
  [...sql.matchAll(/\$(\d{1,5})/g)].reduce((most, [, number]) => Math.max(most, Number(number)), 0);

const failed = (reason: string): PlanOutcome => ({ kind: 'failed', reason });

/** By SQLSTATE, or the system's code. */
const remedies: Readonly<Record<string, string>> = {
  '42501': ': its role may not read a table of it, or it changes rows, which that role may not',
  '42P01': ': a table of it is not in that database',
  '28P01': ': the password is wrong',
  '57014': ': it took too long',
  ECONNREFUSED: ': nobody listens there',
};

export function planOf(root: Node): Plan {
  const nodes: Node[] = [];
  const visit = (node: Node, depth: number): void => {
    nodes.push(node);
    if (depth < 50) for (const child of node.Plans ?? []) visit(child, depth + 1);
  };
  visit(root, 0);
  const isScan = (type: string): boolean => /^(?:Parallel )?Seq Scan$/.test(type);
  return {
    scans: nodes.flatMap((node) => {
      const table = node['Relation Name'];
      return isScan(node['Node Type']) && table !== undefined ? [{ table, rows: node['Plan Rows'] }] : [];
    }),
    sorts: nodes.some((node) => /^(?:Incremental )?Sort$/.test(node['Node Type'])),
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
  };
}
