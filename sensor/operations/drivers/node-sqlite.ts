import type { Shape } from '../recorder.ts';
import type { Tools } from '../tools.ts';
import { hookDatabase, hookStatement } from './sqlite.ts';

/**
 * `node:sqlite`: the prototypes of its two classes are wrapped, since a diagnostics channel of its own is not in Node 22
 * and 24.
 */
export function hookNodeSqlite(module: unknown, tools: Tools): void {
  const shapes = new WeakMap<object, Shape>();
  const prototypeOf = (name: string): unknown => Reflect.get(Object(Reflect.get(Object(module), name)), 'prototype');
  hookDatabase(prototypeOf('DatabaseSync'), tools, (statement, shape) => {
    if (shape) shapes.set(statement, shape);
  });
  hookStatement(prototypeOf('StatementSync'), tools, (self) => {
    if (typeof self !== 'object' || self === null) return undefined;
    const shape = shapes.get(self);
    if (shape) return shape;
    // Prepared before the sensor was there, or by a tag store.
    const sql: unknown = Reflect.get(self, 'sourceSQL');
    if (typeof sql !== 'string') return undefined;
    const made = tools.shapes.sql('sqlite', sql);
    shapes.set(self, made);
    return made;
  });
}
