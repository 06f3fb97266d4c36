import type { Operation } from '../recorder.ts';
import type { AnyFunction, Tools } from '../tools.ts';

/**
 * `pg`: it has no channels of its own. `Client.prototype.query` is wrapped to see what is asked and by whom; the end is
 * seen at the callback of the `Query` that the client has just put into its queue, which every way of asking (promise,
 * callback) has. So the promise that the program gets is the client's own: nobody else has looked at it, and a rejection that nobody
 * handles stays one.
 */
export function hookPgClient(clientClass: unknown, tools: Tools): void {
  tools.wrap(Reflect.get(Object(clientClass), 'prototype'), 'query', (original) => {
    function query(this: unknown, ...args: unknown[]): unknown {
      const operation = tools.safely(() => begin(this, args));
      const result = Reflect.apply(original, this, args);
      if (operation) tools.safely(() => watchEnd(this, args[0], operation, tools));
      return result;
    }
    function begin(client: unknown, [config, values]: readonly unknown[]): Operation | undefined {
      const text = textOf(config);
      if (text === undefined) return undefined;
      const host: unknown = Reflect.get(Object(client), 'host');
      const shape = tools.shapes.sql('postgresql', text, typeof host === 'string' ? host : '');
      return tools.begin(shape, tools.askerWith(values) ?? tools.asker(query, shape), {
        text,
        values: Array.isArray(values) ? values : Reflect.get(Object(config), 'values'),
      });
    }
    return query;
  });
}

/** `pg-pool`: `query` fetches a client first, so that nothing of the program is on the stack when that one is asked. */
export function hookPgPool(poolClass: unknown, tools: Tools): void {
  carryThroughPool(Reflect.get(Object(poolClass), 'prototype'), ['query'], 'connect', tools);
}

/** Methods of a pool that call `connect(callback)` and ask in the callback: who called them is who asks. */
export function carryThroughPool(pool: unknown, methods: readonly string[], connect: string, tools: Tools): void {
  for (const method of methods) {
    tools.wrap(pool, method, (original) => {
      function hooked(this: unknown, ...args: unknown[]): unknown {
        const asker = tools.safely(() => tools.asker(hooked));
        return tools.carry(asker, () => Reflect.apply(original, this, args));
      }
      return hooked;
    });
  }
  tools.wrap(
    pool,
    connect,
    (original) =>
      function hooked(this: unknown, ...args: unknown[]): unknown {
        const asker = tools.carried;
        const [callback] = args;
        if (!asker || typeof callback !== 'function') return Reflect.apply(original, this, args);
        const carrying = function (this: unknown, ...results: unknown[]): unknown {
          return tools.carry(asker, () => Reflect.apply(callback, this, results));
        };
        // What connecting itself runs at once is not asked by the program.
        return tools.carry(undefined, () => Reflect.apply(original, this, [carrying, ...args.slice(1)]));
      },
  );
}

function textOf(config: unknown): string | undefined {
  if (typeof config === 'string') return config;
  if (typeof config !== 'object' || config === null) return undefined;
  const text: unknown = Reflect.get(config, 'text') ?? Reflect.get(Object(Reflect.get(config, 'cursor')), 'text');
  return typeof text === 'string' ? text : undefined;
}

function watchEnd(client: unknown, config: unknown, operation: Operation, tools: Tools): void {
  const asked = newestQuery(client, config);
  const callback: unknown = asked && Reflect.get(asked, 'callback');
  if (!asked || typeof callback !== 'function') {
    // Not sent, or read in another way (a cursor): that it was asked is known, and no more.
    tools.end(operation);
    return;
  }
  let ended = false;
  const watching: AnyFunction = function (...args) {
    if (!ended) {
      ended = true;
      tools.safely(() => {
        const [error, result] = args;
        if (error) tools.failed(operation, error);
        else tools.end(operation, { rows: rowsOf(result) });
      });
    }
    return Reflect.apply(callback, this, args);
  };
  Reflect.set(asked, 'callback', watching);
}

/** The `Query` that was just made: the last in the queue, or the one that was sent at once. */
function newestQuery(client: unknown, config: unknown): object | undefined {
  const self = Object(client);
  if (typeof Reflect.get(Object(config), 'submit') === 'function') return Object(config);
  const text = textOf(config);
  for (const name of ['_queryQueue', 'queryQueue', '_sentQueryQueue', '_activeQuery', 'activeQuery']) {
    // Older versions have some of these as properties that warn when they are read.
    const value: unknown = Object.getOwnPropertyDescriptor(self, name)?.value;
    const found: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (typeof found === 'object' && found !== null && Reflect.get(found, 'text') === text) return found;
  }
  return undefined;
}

function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) return undefined;
  const { rows, fields }: { readonly rows?: unknown; readonly fields?: unknown } = Object(result);
  // Without columns there are no rows to speak of: BEGIN, or an INSERT.
  return Array.isArray(rows) && Array.isArray(fields) && fields.length > 0 ? rows.length : undefined;
}
