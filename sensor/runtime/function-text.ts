import { globalPrefix, localPrefix, restoreText } from '../transform/emitted.ts';

const installed = Symbol.for('runlens.sensor.function-text');

/**
 * Lets `fn.toString()` give the text as it was written: programs send functions to pages and workers as text, read
 * parameter names from it, compare it. The replacement does what the original does and takes out what the sensor put
 * in; it has no `prototype`, is no constructor, and calls itself native as the original does.
 *
 * What it cannot do: a copy of the original taken before, and one from another realm, give the text with what was put
 * in; and a stack that passes through it (`toString` of what is no function throws) has one frame more.
 */
export function restoreFunctionText(): void {
  const original = Function.prototype.toString;
  if (Reflect.has(original, installed)) return;
  const { apply } = Reflect;
  const { includes } = String.prototype;
  const has = (text: string, part: string): boolean => apply(includes, text, [part]);
  const replacement = {
    toString(this: unknown): string {
      if (this === replacement) return apply(original, original, []);
      const text: string = apply(original, this, []);
      return has(text, globalPrefix) || has(text, localPrefix) ? restoreText(text) : text;
    },
  }.toString;
  Object.defineProperty(replacement, installed, { value: true });
  Object.defineProperty(Function.prototype, 'toString', {
    value: replacement,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
