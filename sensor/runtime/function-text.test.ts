import { runInThisContext } from 'node:vm';
import { expect, it } from 'vitest';
import { transform } from '../transform/transform.ts';
import { installRuntime } from './install.ts';

const native = Function.prototype.toString;
const runtime = installRuntime();

/** The value of an expression whose functions are measured. */
function measured(expression: string): unknown {
  const first = runtime.reserve(50) ?? 0;
  const result = transform(`(${expression})`, {
    filename: 'x.js',
    sourceType: 'script',
    language: 'javascript',
    firstSlot: first,
  });
  expect(result.unreadable).toBeUndefined();
  expect(result.code).not.toBe(`(${expression})`);
  return runInThisContext(result.code);
}

it.each([
  'function f(a) { return a.b; }',
  '(a, b) => a + b',
  'async (a) => (await a.b())',
  'function* g() { yield* this.x }',
  'class A extends Array { #x = () => this.y; static m() { return } get z() { throw this } }',
  'function (text) { return text + "$rl" + `${text.map((x) => x.y)}` }',
])('the text of %s is the one that was written', (expression) => {
  expect(String(measured(expression))).toBe(expression);
});

it('a second copy of the sensor finds the runtime that is there', () => {
  expect(installRuntime()).toBe(runtime);
});

it('toString itself looks and behaves as it did', () => {
  const replaced = Function.prototype.toString;
  expect(replaced).not.toBe(native);
  expect(String(replaced)).toBe('function toString() { [native code] }');
  expect([replaced.name, replaced.length, 'prototype' in replaced]).toEqual(['toString', 0, false]);
  expect(Object.getOwnPropertyDescriptor(Function.prototype, 'toString')).toMatchObject({
    writable: true,
    enumerable: false,
    configurable: true,
  });
  expect(String(Math.max)).toBe('function max() { [native code] }');
  expect(() => replaced.call({})).toThrow(TypeError);
});

it('the globals of emitted code are not seen by who looks through globalThis', () => {
  expect(Object.keys(globalThis).filter((name) => name.includes('rlX7'))).toEqual([]);
});
