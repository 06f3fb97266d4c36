/** Plans of MySQL (5.7 and newer) and MariaDB (10.3 and newer), by a connection of its own that may only read. */
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Plan, PlanOutcome, Scan } from './plan.ts';
import { type ColumnTypes, comparedColumns, withSupposedValues } from './supposed-values.ts';

const connectMilliseconds = 3_000;
const statementMilliseconds = 2_000;
/** All of it: a server that answers each question late is not waited for. */
const patienceMilliseconds = 8_000;
const goodbyeMilliseconds = 500;
const mostColumns = 1_000;
const mostNodes = 2_000;

const columnsSchema = z.array(z.object({ name: z.string(), type: z.string() }));
/** Rights by which more than reading is possible; a role that has them is not used, whatever its transaction may do. */
const mayWrite = /\b(?:ALL PRIVILEGES|SUPER|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|FILE|EXECUTE)\b/i;

type Ask = (sql: string, values?: readonly string[]) => Promise<readonly unknown[]>;

/** `url` holds a password: no message of the driver goes further, only its code. */
export async function planOfMysql(url: string, sql: string): Promise<PlanOutcome> {
  // Loaded only where a database is named.
  const { default: mysql } = await import('mysql2');
  let connection: ReturnType<typeof mysql.createConnection>;
  try {
    const { protocol } = new URL(url);
    if (!/^(?:mysql|mariadb):$/.test(protocol)) throw new Error('another database');
    connection = mysql.createConnection({ uri: url, connectTimeout: connectMilliseconds });
  } catch {
    return failed('the address of the database cannot be read: mysql://role:password@host/database');
  }
  // A connection that breaks afterwards tells nobody else.
  connection.on('error', () => undefined);
  const ask: Ask = (asked, values = []) =>
    new Promise((resolve, reject) => {
      connection.query({ sql: asked, values: [...values], timeout: connectMilliseconds }, (error, rows) => {
        if (error) reject(error);
        else resolve(Array.isArray(rows) ? rows : []);
      });
    });
  const ending = new AbortController();
  try {
    const late = wait(patienceMilliseconds, failed('MySQL would not plan it (no answer)'), {
      ref: false,
      signal: ending.signal,
    });
    late.catch(() => undefined);
    return await Promise.race([planned(ask, sql), late]);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no answer';
    return failed(`MySQL would not plan it (${code.slice(0, 40)})${remedies[code] ?? ''}`);
  } finally {
    ending.abort();
    // A server that does not close its end is not waited for.
    const ended = new Promise<void>((resolve) => connection.end(() => resolve()));
    await Promise.race([ended, wait(goodbyeMilliseconds, undefined, { ref: false })]);
    connection.destroy();
  }
}

async function planned(ask: Ask, sql: string): Promise<PlanOutcome> {
  await ask('SET SESSION TRANSACTION READ ONLY');
  const [server] = await ask('SELECT VERSION() AS version');
  const isMariadb = /mariadb/i.test(String(Object(server).version));
  await ask(
    isMariadb
      ? `SET SESSION max_statement_time = ${statementMilliseconds / 1_000}`
      : `SET SESSION max_execution_time = ${statementMilliseconds}`,
  );
  const grants = (await ask('SHOW GRANTS')).flatMap((row) => Object.values(Object(row)).map(String));
  // What stands behind TO names the role, and may be a hash of its password. MariaDB gives everybody a database for trying.
  const own = grants.filter((grant) => !/ TO `?PUBLIC`?$/.test(grant));
  if (own.some((grant) => mayWrite.test(grant.split(/ TO /)[0]?.replaceAll(/`[^`]*`/g, '') ?? '')))
    return failed('its role may do more than read: name one that may only (GRANT SELECT ON shop.* TO …)');
  const types = await typesOf(ask, sql);
  await ask('START TRANSACTION READ ONLY');
  const [row] = await ask(`EXPLAIN FORMAT=JSON ${withSupposedValues(sql, types)}`);
  const [text] = Object.values(Object(row));
  return { kind: 'plan', plan: planOf(JSON.parse(String(text))) };
}

/** Of the columns that placeholders are compared with, in tables that the statement names. */
async function typesOf(ask: Ask, sql: string): Promise<ColumnTypes> {
  const columns = comparedColumns(sql);
  if (columns.length === 0) return new Map();
  const words = new Set(sql.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu));
  const rows = await ask(
    `SELECT LOWER(COLUMN_NAME) AS name, LOWER(DATA_TYPE) AS type, LOWER(TABLE_NAME) AS owner FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() AND LOWER(COLUMN_NAME) IN (${columns.map(() => '?').join(', ')}) LIMIT ${mostColumns}`,
    columns,
  );
  const named = rows.filter((row) => words.has(String(Object(row).owner)));
  return new Map(columnsSchema.parse(named).map(({ name, type }) => [name, type]));
}

const failed = (reason: string): PlanOutcome => ({ kind: 'failed', reason });

/** By the names of https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, or the system's code. */
const remedies: Readonly<Record<string, string>> = {
  ER_TABLEACCESS_DENIED_ERROR: ': its role may not read a table of it',
  ER_COLUMNACCESS_DENIED_ERROR: ': its role may not read a column of it',
  ER_DBACCESS_DENIED_ERROR: ': its role may not read that database',
  ER_ACCESS_DENIED_ERROR: ': the password is wrong',
  ER_NO_SUCH_TABLE: ': a table of it is not in that database',
  ER_NO_DB_ERROR: ': the address names no database',
  ER_QUERY_TIMEOUT: ': it took too long',
  ER_STATEMENT_TIMEOUT: ': it took too long',
  ECONNREFUSED: ': nobody listens there',
};

/** Both write each table with `table_name` and `access_type`, at any depth. */
export function planOf(answer: unknown): Plan {
  const scans: Scan[] = [];
  const indexes: string[] = [];
  let sorts = false;
  const open: unknown[] = [answer];
  for (let read = 0; open.length > 0 && read < mostNodes; read += 1) {
    const node = open.shift();
    if (typeof node !== 'object' || node === null) continue;
    const { table_name: table, access_type: access, possible_keys: keys, key, ...rest } = Object(node);
    // `<derived2>` and the like are none of the database.
    if (typeof table === 'string' && typeof access === 'string' && !table.startsWith('<')) {
      const rows = rest.rows_examined_per_scan ?? rest.rows;
      if (access === 'ALL')
        scans.push({
          table,
          rows: typeof rows === 'number' ? rows : undefined,
          weighed: Array.isArray(keys) ? keys.map(String) : undefined,
        });
      else if (typeof key === 'string') indexes.push(key);
    }
    // `using_filesort` of MySQL is false where an index gives the order; `filesort` of MariaDB is there or not.
    sorts ||= rest.using_filesort === true || 'filesort' in rest;
    open.push(...Object.values(node));
  }
  return { scans, sorts, indexes };
}
