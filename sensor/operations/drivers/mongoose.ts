import type { Asker } from '../askers.ts';
import type { Tools } from '../tools.ts';

/** Ways to ask; each has a twin, `_find` for `find`, that is run when the query is waited for. */
const ways = [
  'find',
  'findOne',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
  'countDocuments',
  'estimatedDocumentCount',
  'distinct',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
] as const;

/**
 * `mongoose`: a `Query` runs when somebody waits for it, which may be after the function that made it has returned it. So
 * who asks is who makes it; the twin hands that on to the driver, which is reached before anything is waited for.
 */
export function hookMongooseQuery(queryClass: unknown, tools: Tools): void {
  const prototype: unknown = Reflect.get(Object(queryClass), 'prototype');
  const askers = new WeakMap<object, Asker>();
  for (const way of ways) {
    tools.wrap(
      prototype,
      way,
      (original) =>
        function asked(this: unknown, ...args: unknown[]): unknown {
          tools.safely(() => {
            const asker = tools.asker(asked);
            if (asker.path.length > 0 && typeof this === 'object' && this !== null) askers.set(this, asker);
          });
          return Reflect.apply(original, this, args);
        },
    );
    tools.wrap(
      prototype,
      `_${way}`,
      (original) =>
        function run(this: unknown, ...args: unknown[]): unknown {
          const asker = typeof this === 'object' && this !== null ? askers.get(this) : undefined;
          return tools.carry(asker ?? tools.carried, () => Reflect.apply(original, this, args));
        },
    );
  }
}
