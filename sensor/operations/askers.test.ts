import { beforeEach, describe, expect, it } from 'vitest';
import type { CallPath } from '../runtime/frames.ts';
import { Askers } from './askers.ts';
import type { Shape } from './recorder.ts';
import type { RequestScope } from './repeats.ts';

/** A program of functions by their slots: `call` counts and puts them on a stack, as the runtime and V8 do. */
class Program {
  readonly #calls = new Map<number, number>();
  #stack: number[] = [];
  looks = 0;
  tokens = 0;
  share = 1;
  random: () => number;
  readonly #askers: Askers;
  readonly counts = { true: new Map<number, number>(), told: new Map<number, number>() };
  assumed = 0;
  wrong = 0;
  doubted = 0;

  constructor(seed = 1) {
    this.random = xorshift(seed);
    this.#askers = new Askers({
      capture: (_, limit) => {
        this.looks += 1;
        return this.#stack.slice(0, limit);
      },
      callsOf: (slot) => this.#calls.get(slot) ?? 0,
      captures: { share: () => this.share, spend: (tokens) => (this.tokens += tokens) },
      random: () => this.random(),
    });
  }

  call(slot: number, work: () => void): void {
    this.#calls.set(slot, (this.#calls.get(slot) ?? 0) + 1);
    this.resume([slot, ...this.#stack], work);
  }

  /** What an `await` does: the function goes on, on a stack of its own, and no call was counted. */
  resume(stack: number[], work: () => void): void {
    const before = this.#stack;
    this.#stack = stack;
    work();
    this.#stack = before;
  }

  query(shape: Shape, request?: RequestScope): CallPath {
    const { path, isAssumed, doubt } = this.#askers.asker(shape, () => undefined, request);
    const [told = -1] = path;
    const [truth = -1] = this.#stack;
    this.counts.true.set(truth, (this.counts.true.get(truth) ?? 0) + 1);
    this.counts.told.set(told, (this.counts.told.get(told) ?? 0) + 1);
    if (isAssumed) this.assumed += 1;
    if (doubt) this.doubted += 1;
    else if (told !== truth) this.wrong += 1;
    return path;
  }
}

const [list, one, other, helper] = [1, 2, 3, 4] as const;
const statement = (): Shape => ({ kind: 'db', attributes: [] });
let program: Program;
let shape: Shape;
beforeEach(() => {
  program = new Program();
  shape = statement();
});

describe('a statement that one function asks', () => {
  it.each([
    ['in a loop of its own', () => program.call(one, () => times(100, () => program.query(shape)))],
    [
      'once a call',
      () => program.call(list, () => times(100, () => program.call(one, () => void program.query(shape)))),
    ],
  ])('%s: most stacks are not looked at, and all is told right', (_, page) => {
    times(100, page);
    expect(program.counts.told).toEqual(program.counts.true);
    expect(program.wrong).toBe(0);
    expect(program.assumed + program.looks).toBe(10_000);
    expect(program.looks).toBeGreaterThan(150);
    expect(program.looks).toBeLessThan(800);
  });

  it('is looked at every time until 64 stacks have agreed', () => {
    program.call(one, () => times(65, () => program.query(shape)));
    expect(program.assumed).toBe(0);
  });

  it('is looked at by chance, not in a rhythm of the program', () => {
    const gaps = new Set<number>();
    let [looks, last] = [0, 0];
    program.call(one, () => {
      times(20_000, (turn) => {
        program.query(shape);
        if (turn > 10_000 && program.looks > looks) {
          gaps.add(turn - last);
          last = turn;
        }
        looks = program.looks;
      });
    });
    expect(gaps.size).toBeGreaterThan(30);
  });
});

describe('two functions that share a statement', () => {
  it('in turn, from one page: each has its own', () => {
    const page = () =>
      program.call(list, () => {
        times(100, (turn) => program.call(turn % 2 === 0 ? one : other, () => void program.query(shape)));
      });
    times(50, page);
    expect(program.counts.told).toEqual(program.counts.true);
    expect(program.wrong).toBe(0);
    expect(program.looks).toBeLessThan(1_000);
  });

  it('one after a thousand of the other: the first of the other is seen', () => {
    times(1_000, () => program.call(one, () => void program.query(shape)));
    times(1_000, () => program.call(other, () => void program.query(shape)));
    expect(program.counts.told).toEqual(program.counts.true);
  });

  it('one that is called and asks nothing before the other asks: seen by chance, and then never assumed again', () => {
    times(1_000, () => program.call(one, () => void program.query(shape)));
    const before = program.looks;
    times(2_000, () => {
      program.call(one, () => undefined);
      program.call(other, () => void program.query(shape));
    });
    expect(program.looks).toBeGreaterThan(before + 64);
    // At 1 in 64 the first that differs is seen after 64 of them on average.
    expect(program.wrong).toBeLessThan(400);
    expect(program.assumed).toBeGreaterThanOrEqual(program.wrong);
  });

  it('asked by chance, in loops of their own: what no number tells is not assumed', () => {
    const chance = xorshift(77);
    // Both are in calls that go on: nothing is called between two queries.
    program.call(one, () => undefined);
    program.call(other, () => undefined);
    times(5_000, () => program.resume([chance() < 0.5 ? one : other], () => void program.query(shape)));
    expect(program.assumed).toBeLessThan(50);
    expect(program.wrong).toBeLessThan(10);
  });

  it('where no stack may be looked at any more: totals are exact, shares are right, and none is told as certain', () => {
    const chance = xorshift(99);
    const asks = () => program.resume([chance() < 0.8 ? one : other], () => void program.query(shape));
    program.call(one, () => undefined);
    program.call(other, () => undefined);
    times(200, asks);
    program.share = 0.02;
    const [looks, doubted] = [program.looks, program.doubted];
    times(20_000, asks);
    expect(program.looks - looks).toBeLessThan(600);
    expect(program.doubted - doubted).toBeGreaterThan(15_000);
    const { told, true: truth } = program.counts;
    expect(sum(told)).toBe(sum(truth));
    expect((told.get(one) ?? 0) / sum(told)).toBeCloseTo(0.8, 1);
  });
});

describe('recursion', () => {
  it('is one path, however deep', () => {
    const walk = (depth: number): void =>
      program.call(one, () => {
        expect(program.query(shape)).toEqual([one, list]);
        if (depth > 0) walk(depth - 1);
      });
    times(100, (turn) => program.call(list, () => walk(turn % 6)));
    expect(program.looks).toBeLessThan(300);
  });

  it('of two functions through each other is never told as the wrong one', () => {
    const walk = (depth: number): void =>
      program.call(depth % 2 === 0 ? one : other, () => {
        program.query(shape);
        if (depth > 0) walk(depth - 1);
        // On the way back: asked by a function that was not called anew.
        program.query(shape);
      });
    times(300, () => program.call(list, () => walk(4)));
    expect(program.counts.told).toEqual(program.counts.true);
  });
});

describe('await between', () => {
  it('a function that goes on after another has asked the same is told right', () => {
    times(300, () => {
      const first: number[] = [one, list];
      const second: number[] = [other, list];
      program.call(list, () => {
        program.call(one, () => void program.query(shape));
        program.call(other, () => void program.query(shape));
      });
      // Both rest, and come back in this order.
      program.resume(first, () => void program.query(shape));
      program.resume(second, () => void program.query(shape));
    });
    expect(program.counts.told).toEqual(program.counts.true);
  });

  it('what comes back in any order is not told as certain', () => {
    const chance = xorshift(5);
    times(1_000, () => {
      program.call(one, () => undefined);
      program.call(other, () => undefined);
      const order = chance() < 0.5 ? [one, other] : [other, one];
      for (const slot of order) program.resume([slot], () => void program.query(shape));
    });
    expect(program.wrong / sum(program.counts.true)).toBeLessThan(0.03);
  });

  it('the request tells apart what no call does', () => {
    const [a, b] = [scope(), scope()];
    program.call(one, () => undefined);
    program.call(other, () => undefined);
    times(2_000, () => {
      program.resume([one], () => void program.query(shape, a));
      program.resume([one], () => void program.query(shape, a));
      program.resume([other], () => void program.query(shape, b));
      program.resume([other], () => void program.query(shape, b));
    });
    expect(program.counts.told).toEqual(program.counts.true);
    expect(program.looks).toBeLessThan(1_500);
  });
});

it('without any stack to look at the first of each statement is looked at all the same', () => {
  program.share = 0;
  program.call(one, () => times(100, () => program.query(shape)));
  program.call(other, () => times(100, () => program.query(statement())));
  expect(program.counts.told).toEqual(program.counts.true);
  expect(program.looks).toBe(101);
  // One stack is no evidence of who else may ask.
  expect(program.doubted).toBe(99);
});

it('nobody near is looked for further out, which costs more, and is assumed as well', () => {
  const deep = Array.from({ length: 20 }, () => 0);
  const askers = new Askers({
    capture: (_, limit) => (limit > 20 ? [helper] : []),
    callsOf: () => 1,
    captures: { share: () => 1, spend: (tokens) => deep.push(tokens) },
    random: xorshift(3),
  });
  const told = Array.from({ length: 1_000 }, () => askers.asker(shape, () => undefined, undefined));
  expect(new Set(told.map(({ path }) => path[0]))).toEqual(new Set([helper]));
  expect(sum(new Map(deep.entries()))).toBeLessThan(1_000);
  expect(told.filter(({ isAssumed }) => isAssumed).length).toBeGreaterThan(800);
});

it('a statement of very many callers stays bounded and right', () => {
  const chance = xorshift(11);
  times(5_000, () => program.call(10 + Math.floor(chance() * 200), () => void program.query(shape)));
  expect(program.wrong).toBe(0);
});

function scope(): RequestScope {
  return { groups: new Map(), ended: false, drain: 0 };
}

function times(count: number, work: (turn: number) => void): void {
  for (let turn = 0; turn < count; turn += 1) work(turn);
}

function sum(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}

function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
