import { describe, expect, it } from 'vitest';
import { globalNames } from '../transform/emitted.ts';
import { transform } from '../transform/transform.ts';
import type { OpenCall } from './open-functions.ts';
import { createRuntime } from './runtime.ts';

/** A clock that only the test moves: milliseconds. */
let time = 1_000;
const pass = (milliseconds: number): void => {
  time += milliseconds;
};

/** A measured program: the body of a function that returns what the test calls. */
function run<T>(source: string) {
  const runtime = createRuntime({ now: () => time, cpuSeconds: () => time / 1000 });
  const { code, functions } = transform(source, {
    filename: 'case.js',
    sourceType: 'commonjs',
    language: 'javascript',
    firstSlot: 0,
  });
  runtime.reserve(functions.length);
  const names = Object.keys(runtime.emitted);
  const globals = names.map((name) => Reflect.get(globalNames, name));
  const values = names.map((name) => Reflect.get(runtime.emitted, name));
  const program = new Function(...globals, 'pass', code)(...values, pass) as T;
  const slotOf = (name: string): number => {
    const slot = functions.find((one) => one.name === name)?.slot;
    if (slot === undefined) throw new Error(`${name} is not there`);
    return slot;
  };
  const counted = (name: string): number =>
    runtime.drain().reduce((sum, { slot, calls }) => (slot === slotOf(name) ? sum + calls : sum), 0);
  return { runtime, program, slotOf, counted };
}

type Numbers = (n: number) => number;

describe('an open function', () => {
  it('is called as its twin from the next call on until it is closed, and every call is counted', () => {
    const { runtime, program, slotOf, counted } = run<Numbers>('return function pay(n) { const a = n + 1; return a; }');
    const gates: number[] = [];
    const values: unknown[] = [];
    runtime.onGate((_call, gate, read, value) => {
      gates.push(gate);
      values.push(gate === 1 ? value : read(0));
    });
    for (let n = 0; n < 1000; n += 1) program(n);
    expect(gates).toEqual([]);
    runtime.open(slotOf('pay'), 5)?.fill(1);
    expect(program(7)).toBe(8);
    expect(gates).toEqual([0, 3, 4, 1]);
    expect(values).toEqual([7, 7, 7, 8]);
    for (let n = 0; n < 99; n += 1) program(n);
    runtime.close(slotOf('pay'));
    gates.length = 0;
    for (let n = 0; n < 500; n += 1) program(n);
    expect(gates).toEqual([]);
    expect(counted('pay')).toBe(1600);
    expect(runtime.callsOf(slotOf('pay'))).toBe(1600);
  });

  it('is opened and closed at any moment without a call lost, counted only or timed', () => {
    const { runtime, program, slotOf, counted } = run<{ readonly timed: Numbers; readonly bare: Numbers }>(
      'return { timed(n) { return n.x; }, bare(n) { return n; } }',
    );
    let calls = 0;
    for (let turn = 0; turn < 60; turn += 1) {
      for (const name of ['timed', 'bare'] as const) {
        if (turn % 3 === 1) runtime.open(slotOf(name), 4);
        if (turn % 5 === 3) runtime.close(slotOf(name));
        for (let n = 0; n < turn * 7; n += 1) program[name](n);
      }
      calls += turn * 7;
      pass(turn);
      if (turn % 4 === 0) expect(runtime.callsOf(slotOf('bare'))).toBe(calls);
    }
    expect(runtime.callsOf(slotOf('timed'))).toBe(calls);
    expect(counted('timed')).toBe(calls);
  });

  it('has no durations of its calls, which the others stand for', () => {
    const { runtime, program, slotOf } = run<Numbers>('return function wait(n) { pass(n); return n.x; }');
    for (let n = 0; n < 10; n += 1) program(2);
    runtime.open(slotOf('wait'), 5);
    for (let n = 0; n < 10; n += 1) program(500);
    runtime.close(slotOf('wait'));
    for (let n = 0; n < 10; n += 1) program(2);
    const durations = runtime.drain()[0]?.durations;
    expect(durations).toMatchObject({ calls: 30, samples: 20 });
    expect(durations?.max).toBeCloseTo(0.002, 6);
  });

  it('gives nobody the time that its handler takes', () => {
    const { runtime, program, slotOf } = run<Numbers>(
      'function inner(n) { pass(1); return n.x; } return function outer(n) { return inner(n); }',
    );
    runtime.onGate(() => pass(300));
    runtime.open(slotOf('inner'), 5)?.fill(1);
    program(1);
    const outer = runtime.drain().find(({ slot }) => slot === slotOf('outer'));
    expect(outer?.durations?.max).toBeCloseTo(0.001, 6);
  });

  it('never sees what a handler throws', () => {
    const { runtime, program, slotOf } = run<Numbers>(
      'return function pay(n) { if (n < 0) throw new RangeError("n"); return n; }',
    );
    runtime.onGate(() => {
      throw new Error('of the handler');
    });
    runtime.open(slotOf('pay'), 10)?.fill(1);
    expect(program(3)).toBe(3);
    expect(() => program(-1)).toThrow(RangeError);
    const [delta] = runtime.drain();
    expect(delta?.calls).toBe(2);
    expect([...(delta?.errors ?? [])]).toEqual([['RangeError', 1]]);
  });

  it('tells what is thrown, at a gate of its own', () => {
    const { runtime, program, slotOf } = run<Numbers>('return function pay(n) { throw n; }');
    const thrown: unknown[] = [];
    runtime.onGate((_call, gate, _read, value) => {
      if (gate === 2) thrown.push(value);
    });
    runtime.open(slotOf('pay'), 4)?.fill(1);
    expect(() => program(5)).toThrow();
    expect(thrown).toEqual([5]);
  });

  it('passes over the gates that a handler itself comes by', () => {
    const { runtime, program, slotOf, counted } = run<Numbers>('return function pay(n) { return n + 1; }');
    let handled = 0;
    runtime.onGate(() => {
      handled += 1;
      program(1);
    });
    runtime.open(slotOf('pay'), 4)?.set([1], 3);
    program(1);
    expect(handled).toBe(1);
    expect(counted('pay')).toBe(2);
  });

  it('keeps calls of a recursion apart, and one call together', () => {
    const { runtime, program, slotOf } = run<Numbers>(
      'return function down(n) { const before = n; const below = n > 0 ? down(n - 1) : 0; return below + before; }',
    );
    const calls: OpenCall[] = [];
    runtime.onGate((call, gate, read) => {
      if (gate === 0) calls.push(call);
      if (gate === 0) call.state = read(0);
      else expect(call.state).toBe(read(0));
    });
    runtime.open(slotOf('down'), 6)?.fill(1);
    expect(program(4)).toBe(10);
    expect(new Set(calls).size).toBe(5);
  });

  it('closed by its own handler goes on with all gates off', () => {
    const { runtime, program, slotOf } = run<Numbers>(
      'return function pay(n) { let sum = 0; for (let i = 0; i < n; i++) sum += i; return sum; }',
    );
    let handled = 0;
    runtime.onGate(() => {
      handled += 1;
      if (handled === 10) runtime.close(slotOf('pay'));
    });
    runtime.open(slotOf('pay'), 8)?.fill(1);
    expect(program(100)).toBe(4950);
    expect(program(100)).toBe(4950);
    expect(handled).toBe(10);
  });

  it('reads a name before its declaration as not initialised, and later as it is', () => {
    const { runtime, program, slotOf } = run<Numbers>(
      'return function pay(n) { const first = n; const second = first + 1; return second; }',
    );
    const seen: unknown[] = [];
    runtime.onGate((_call, gate, read) => {
      if (gate < 3) return;
      for (const name of [1, 2]) {
        try {
          seen.push(read(name));
        } catch (error) {
          seen.push(error instanceof ReferenceError ? 'not yet' : error);
        }
      }
    });
    runtime.open(slotOf('pay'), 6)?.fill(1);
    program(1);
    expect(seen).toEqual(['not yet', 'not yet', 1, 'not yet', 1, 2]);
  });

  it('reads names that are like those in what is inserted', () => {
    const { runtime, program, slotOf } = run<Numbers>(
      'return function pay(i) { let e = 1, name = 2; for (let n = 0; n < 1; n++) { e += i; } return e; }',
    );
    const seen: unknown[][] = [];
    runtime.onGate((_call, gate, read) => {
      if (gate === 1) seen.push([read(0), read(1), read(2)]);
    });
    runtime.open(slotOf('pay'), 7)?.fill(1);
    program(40);
    expect(seen).toEqual([[40, 41, 2]]);
  });

  it('is closed when the sensor stops to measure, and cannot be opened then', () => {
    const { runtime, program, slotOf } = run<Numbers>('return function pay(n) { return n + 1; }');
    let handled = 0;
    runtime.onGate(() => {
      handled += 1;
    });
    runtime.open(slotOf('pay'), 4)?.fill(1);
    runtime.measure('off');
    program(1);
    expect(handled).toBe(0);
    expect(runtime.open(slotOf('pay'), 4)).toBeUndefined();
    expect(runtime.open(99, 4)).toBeUndefined();
    runtime.measure('timed');
    runtime.open(slotOf('pay'), 4)?.fill(1);
    program(1);
    expect(handled).toBe(3);
  });
});
