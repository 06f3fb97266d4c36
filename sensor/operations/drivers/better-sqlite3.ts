import type { Shape } from '../recorder.ts';
import type { Tools } from '../tools.ts';
import { lengthOf, nothing, oneOrNone } from './node-sqlite.ts';

/**
 * `better-sqlite3`: `lib/methods/wrappers.js` has what becomes `Database.prototype.prepare` and `exec`; the class of
 * statements is native and first seen when one is made.
 */
export function hookBetterSqlite3(wrappers: unknown, tools: Tools): void {
  const known = tools.shapes;
  const sourceOf = (self: unknown): Shape | undefined => {
    const sql: unknown = Reflect.get(Object(self), 'source');
    return typeof sql === 'string' ? known.sql('sqlite', sql) : undefined;
  };
  tools.wrapSynchronous(
    wrappers,
    'exec',
    (_, [sql]) => (typeof sql === 'string' ? known.sql('sqlite', sql) : undefined),
    nothing,
  );
  tools.wrap(
    wrappers,
    'prepare',
    (original) =>
      function prepare(this: unknown, ...args: unknown[]): unknown {
        const made = tools.orFailed(
          () => Reflect.apply(original, this, args),
          prepare,
          () => known.sql('sqlite', String(args[0])),
        );
        tools.safely(() => {
          const prototype: unknown =
            typeof made === 'object' && made !== null ? Object.getPrototypeOf(made) : undefined;
          tools.wrapSynchronous(prototype, 'all', sourceOf, lengthOf);
          tools.wrapSynchronous(prototype, 'get', sourceOf, oneOrNone);
          tools.wrapSynchronous(prototype, 'run', sourceOf, nothing);
          tools.wrapSynchronous(prototype, 'iterate', sourceOf, nothing);
        });
        return made;
      },
  );
}
