import type { Asked, Shape } from '../recorder.ts';
import type { Tools } from '../tools.ts';

/**
 * What the synchronous drivers of SQLite have in common: a database with `exec` and `prepare`. `prepared` is told each
 * statement that was made, and its text.
 */
export function hookDatabase(
  database: unknown,
  tools: Tools,
  prepared: (statement: object, shape: Shape | undefined) => void,
): void {
  const shapeOf = (sql: unknown): Shape | undefined =>
    typeof sql === 'string' ? tools.shapes.sql('sqlite', sql) : undefined;
  tools.wrapSynchronous(database, 'exec', (_, [sql]) => shapeOf(sql), nothing);
  tools.wrap(
    database,
    'prepare',
    (original) =>
      function prepare(this: unknown, ...args: unknown[]): unknown {
        const made = tools.orFailed(
          () => Reflect.apply(original, this, args),
          prepare,
          () => tools.shapes.sql('sqlite', String(args[0])),
        );
        tools.safely(() => {
          if (typeof made === 'object' && made !== null) prepared(made, shapeOf(args[0]));
        });
        return made;
      },
  );
}

/** The methods by which a statement is run. */
export function hookStatement(statement: unknown, tools: Tools, shapeOf: (self: unknown) => Shape | undefined): void {
  tools.wrapSynchronous(statement, 'all', shapeOf, lengthOf, askedOf);
  tools.wrapSynchronous(statement, 'get', shapeOf, oneOrNone, askedOf);
  tools.wrapSynchronous(statement, 'run', shapeOf, nothing);
  // Counts when it is called; its rows are read later, at the program's pace.
  tools.wrapSynchronous(statement, 'iterate', shapeOf, nothing, askedOf);
}

/** `sourceSQL` is that of node:sqlite, `source` that of better-sqlite3. */
function askedOf(self: unknown, values: readonly unknown[]): Asked | undefined {
  const text: unknown = Reflect.get(Object(self), 'sourceSQL') ?? Reflect.get(Object(self), 'source');
  return typeof text === 'string' ? { text, values } : undefined;
}

const nothing = (): undefined => undefined;
const lengthOf = (rows: unknown): number | undefined => (Array.isArray(rows) ? rows.length : undefined);
const oneOrNone = (row: unknown): number => (row === undefined ? 0 : 1);
