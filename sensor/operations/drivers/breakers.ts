import type { Breakers } from '../breakers.ts';
import type { AnyFunction, Tools } from '../tools.ts';

/** Each is listened to from its first call on: by then whoever made it has set it up, and the stack tells whom it is for. */
const known = new WeakSet<object>();
type Listen = (breaker: object, slot: number) => void;

/** `opossum`: its events `open` and `close`, which it emits as an EventEmitter. `fire` goes by `call`. */
export function hookOpossum(exports: unknown, tools: Tools, breakers: Breakers): void {
  followFromFirst(exports, 'call', tools, (breaker, slot) => {
    const told: unknown = Reflect.get(breaker, 'name');
    const name = typeof told === 'string' ? told : '';
    listen(breaker, 'on', ['open', () => breakers.opened(breaker, name, slot)]);
    listen(breaker, 'on', ['close', () => breakers.closed(breaker)]);
    if (Reflect.get(breaker, 'opened') === true) breakers.opened(breaker, name, slot);
  });
}

/** `cockatiel`: its policies' `onBreak` and `onReset`. They have no names. */
export function hookCockatiel(exports: unknown, tools: Tools, breakers: Breakers): void {
  followFromFirst(Reflect.get(Object(exports), 'CircuitBreakerPolicy'), 'execute', tools, (breaker, slot) => {
    listen(breaker, 'onBreak', [() => breakers.opened(breaker, '', slot)]);
    listen(breaker, 'onReset', [() => breakers.closed(breaker)]);
  });
}

function followFromFirst(breakerClass: unknown, method: string, tools: Tools, start: Listen): void {
  if (typeof breakerClass !== 'function') return;
  tools.wrap(breakerClass.prototype, method, (original: AnyFunction) => {
    function hooked(this: unknown, ...args: unknown[]): unknown {
      if (typeof this === 'object' && this !== null && !known.has(this)) {
        known.add(this);
        tools.safely(() => start(this, tools.asker(hooked).path[0] ?? -1));
      }
      return Reflect.apply(original, this, args);
    }
    return hooked;
  });
}

function listen(breaker: object, method: string, args: readonly unknown[]): void {
  const add: unknown = Reflect.get(breaker, method);
  if (typeof add === 'function') Reflect.apply(add, breaker, args);
}
