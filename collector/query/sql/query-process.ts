/**
 * A process of its own in which SQL of others runs, over tables in memory and nothing else: a statement that does not end
 * can only be killed with its process, since node:sqlite runs it in one call, and so can one that wants all memory. Started by `query-runner.ts`, without an environment, and without rights to files where Node can say so.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Cell, FromQueryProcess, Table, ToQueryProcess } from './messages.ts';

/** Of one value: a blob of a gigabyte is made within a second. Tables of 50,000 functions with their details take some 40 MB in all. */
const valueBytes = 16 * 2 ** 20;

const databases = new Map<string, DatabaseSync>();

process.on('message', (message: ToQueryProcess) => {
  switch (message.kind) {
    case 'load':
      load(message.key, message.tables);
      answer({ kind: 'loaded', key: message.key });
      break;
    case 'drop':
      databases.get(message.key)?.close();
      databases.delete(message.key);
      break;
    case 'run':
      answer(run(message));
      break;
  }
});
process.on('disconnect', () => process.exit(0));

function answer(message: FromQueryProcess): void {
  process.send?.(message);
}

function load(key: string, tables: readonly Table[]): void {
  databases.get(key)?.close();
  // A name in double quotes that is no name would silently be a string.
  const database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: false, allowExtension: false });
  databases.set(key, database);
  // A table that must go to disk could not: there is none. SQLite's own limit of its heap does nothing in Node's build, which
  // does not count it: `query-runner.ts` looks at the process from outside.
  database.exec('PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; BEGIN');
  for (const { name, columns, rows } of tables) {
    database.exec(`CREATE TABLE "${name}" (${columns.map((column) => `"${column}"`).join(', ')})`);
    const insert = database.prepare(`INSERT INTO "${name}" VALUES (${columns.map(() => '?').join(', ')})`);
    for (const row of rows) insert.run(...row);
  }
  database.exec('COMMIT; PRAGMA query_only = ON');
  restrict(database);
}

/** Since Node 24.10 and later; the types are those of an older one. */
interface Restrictable {
  readonly limits: { length: number };
  setAuthorizer(decide: (action: number, first: string | null, second: string | null) => number): void;
}
/** Action and result codes of SQLite (sqlite.org/c3ref/c_alter_table.html). */
const action = { read: 20, select: 21, function: 31, recursive: 33 } as const;
const result = { ok: 0, deny: 1 } as const;
const allowed: ReadonlySet<number> = new Set(Object.values(action));

/** What is not allowed here by SQLite's own reading of the statement does not run, whatever its text looked like. */
function restrict(database: DatabaseSync & Partial<Restrictable>): void {
  if (database.limits) database.limits.length = valueBytes;
  database.setAuthorizer?.((asked, _first, second) =>
    allowed.has(asked) && !(asked === action.function && second === 'load_extension') ? result.ok : result.deny,
  );
}

function run({
  id,
  key,
  sql,
  rows: most,
  bytes,
  cellCharacters,
}: Extract<ToQueryProcess, { kind: 'run' }>): FromQueryProcess {
  const database = databases.get(key);
  if (database === undefined) return { kind: 'refused', id, reason: 'The tables are gone: ask again.' };
  try {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const columns = statement.columns().map(({ name }) => name);
    if (columns.length === 0) return { kind: 'refused', id, reason: 'The statement gives no rows: write a SELECT.' };
    const rows: Cell[][] = [];
    let left = bytes;
    let truncated = false;
    for (const row of statement.iterate()) {
      if (rows.length >= most || left <= 0) {
        truncated = true;
        break;
      }
      // setReturnArrays makes a row an array, which the types of node:sqlite do not say.
      const cells = (row as unknown as unknown[]).map((value) => cellOf(value, cellCharacters));
      left -= cells.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 0);
      rows.push(cells);
    }
    return { kind: 'rows', id, columns, rows, truncated };
  } catch (error) {
    return { kind: 'refused', id, reason: error instanceof Error ? error.message : String(error) };
  }
}

function cellOf(value: unknown, characters: number): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  const text = String(value);
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}
