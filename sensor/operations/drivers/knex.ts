import type { Asker } from '../askers.ts';
import type { Tools } from '../tools.ts';

/** Dialects that extend each other. */
const deepestDialect = 5;
/** Who made each builder: of a query, a schema, a raw statement. */
const makers = new WeakMap<object, Asker>();

/**
 * `knex`: a builder runs when somebody waits for it, which may be after the function that made it has returned it. So who
 * asks is who makes it, with `Client.prototype` or what a dialect has in its place.
 */
export function hookKnexClient(clientClass: unknown, tools: Tools): void {
  const prototype: unknown = Reflect.get(Object(clientClass), 'prototype');
  // The constructor makes one, of whichever dialect it is.
  const seen = new WeakSet<object>();
  watchMaking(prototype, 'raw', tools, (client) => {
    let own: unknown = Object.getPrototypeOf(client);
    if (typeof own !== 'object' || own === null || seen.has(own)) return;
    seen.add(own);
    for (let depth = 0; depth < deepestDialect && own !== null && own !== Object.prototype; depth += 1) {
      for (const way of ['queryBuilder', 'schemaBuilder', 'raw']) watchMaking(own, way, tools);
      own = Object.getPrototypeOf(own);
    }
  });
}

function watchMaking(prototype: unknown, way: string, tools: Tools, onMade?: (client: object) => void): void {
  tools.wrap(
    prototype,
    way,
    (original) =>
      function made(this: unknown, ...args: unknown[]): unknown {
        const builder: unknown = Reflect.apply(original, this, args);
        tools.safely(() => {
          if (onMade && typeof this === 'object' && this !== null) onMade(this);
          const asker = tools.asker(made);
          if (asker.path.length > 0 && typeof builder === 'object' && builder !== null) makers.set(builder, asker);
        });
        return builder;
      },
  );
}

/** `Runner.prototype.query`: reaches the driver before anything is waited for. */
export function hookKnexRunner(runnerClass: unknown, tools: Tools): void {
  tools.wrap(
    Reflect.get(Object(runnerClass), 'prototype'),
    'query',
    (original) =>
      function query(this: unknown, ...args: unknown[]): unknown {
        const builder: unknown = Reflect.get(Object(this), 'builder');
        const maker = typeof builder === 'object' && builder !== null ? makers.get(builder) : undefined;
        return tools.carry(maker ?? tools.carried, () => Reflect.apply(original, this, args));
      },
  );
}
