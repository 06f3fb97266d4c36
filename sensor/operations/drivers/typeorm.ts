import type { Tools } from '../tools.ts';

/**
 * `typeorm`: `query` of a class of query runners is reached before anything is waited for; then it waits for a connection
 * and for listeners. The list of values that goes with the statement is what the driver gets too, and tells who asked.
 */
export function hookTypeormRunner(exports: unknown, className: string, tools: Tools): void {
  const prototype: unknown = Reflect.get(Object(Reflect.get(Object(exports), className)), 'prototype');
  tools.wrap(
    prototype,
    'query',
    (original) =>
      function query(this: unknown, ...args: unknown[]): unknown {
        const [, values] = args;
        if (Array.isArray(values)) tools.safely(() => tools.askedBy(values, query));
        return Reflect.apply(original, this, args);
      },
  );
}
