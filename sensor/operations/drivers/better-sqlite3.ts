import type { Shape } from '../recorder.ts';
import type { Tools } from '../tools.ts';
import { hookDatabase, hookStatement } from './sqlite.ts';

/**
 * `better-sqlite3`: `lib/methods/wrappers.js` has what becomes `Database.prototype.prepare` and `exec`; the class of
 * statements is native and first seen when one is made.
 */
export function hookBetterSqlite3(wrappers: unknown, tools: Tools): void {
  const sourceOf = (self: unknown): Shape | undefined => {
    const sql: unknown = Reflect.get(Object(self), 'source');
    return typeof sql === 'string' ? tools.shapes.sql('sqlite', sql) : undefined;
  };
  hookDatabase(wrappers, tools, (statement) => hookStatement(Object.getPrototypeOf(statement), tools, sourceOf));
}
