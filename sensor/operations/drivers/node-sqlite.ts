import type { Shape } from '../recorder.ts';
import type { Tools } from '../tools.ts';

/**
 * `node:sqlite`: the prototypes of its two classes are wrapped, since a diagnostics channel of its own is not in Node 22
 * and 24. `iterate` counts when it is called; its rows are read later, at the program's pace.
 */
export function hookNodeSqlite(module: unknown, tools: Tools): void {
  const shapes = new WeakMap<object, Shape>();
  const { shapes: known } = tools;
  const database: unknown = Reflect.get(Object(Reflect.get(Object(module), 'DatabaseSync')), 'prototype');
  const statement: unknown = Reflect.get(Object(Reflect.get(Object(module), 'StatementSync')), 'prototype');
  tools.wrapSynchronous(
    database,
    'exec',
    (_, [sql]) => (typeof sql === 'string' ? known.sql('sqlite', sql) : undefined),
    nothing,
  );
  tools.wrap(
    database,
    'prepare',
    (original) =>
      function prepare(this: unknown, ...args: unknown[]): unknown {
        const made = tools.orFailed(
          () => Reflect.apply(original, this, args),
          prepare,
          () => known.sql('sqlite', String(args[0])),
        );
        const [sql] = args;
        tools.safely(() => {
          if (typeof sql === 'string' && typeof made === 'object' && made !== null)
            shapes.set(made, known.sql('sqlite', sql));
        });
        return made;
      },
  );
  const shapeOf = (self: unknown): Shape | undefined => {
    if (typeof self !== 'object' || self === null) return undefined;
    const shape = shapes.get(self);
    if (shape) return shape;
    // Prepared before the sensor was there, or by a tag store.
    const sql: unknown = Reflect.get(self, 'sourceSQL');
    if (typeof sql !== 'string') return undefined;
    const made = known.sql('sqlite', sql);
    shapes.set(self, made);
    return made;
  };
  tools.wrapSynchronous(statement, 'all', shapeOf, lengthOf);
  tools.wrapSynchronous(statement, 'get', shapeOf, oneOrNone);
  tools.wrapSynchronous(statement, 'run', shapeOf, nothing);
  tools.wrapSynchronous(statement, 'iterate', shapeOf, nothing);
}

export const nothing = (): undefined => undefined;
export const lengthOf = (rows: unknown): number | undefined => (Array.isArray(rows) ? rows.length : undefined);
export const oneOrNone = (row: unknown): number => (row === undefined ? 0 : 1);
