import { runInThisContext } from 'node:vm';
import { bucketIndex, coarserIndex, conditionScale } from '@runlens/protocol/histogram';
import { attributes, metrics } from '@runlens/protocol/telemetry';
import { describe, expect, it } from 'vitest';
import type { RequestAtHand } from '../requests/request-at-hand.ts';
import { createRuntime } from '../runtime/runtime.ts';
import { globalNames } from '../transform/emitted.ts';
import { transform } from '../transform/transform.ts';
import { Callers, type Requests } from './callers.ts';

const source = `({
  leaf() { return this.often.length; },
  often() { return this.leaf(); },
  seldom() { return [0].map(() => this.leaf())[0]; },
  down(left) { return left === 0 ? 0 : this.down(left - 1); },
  wait(work) { return work(); },
  deep(left) { return left === 0 ? this.leaf() : [left].map(() => this.deep(left - 1))[0]; },
})`;
interface Program {
  leaf(): number;
  often(): number;
  seldom(): number;
  down(left: number): number;
  deep(left: number): number;
  wait(work: () => unknown): unknown;
}

const aRequest = (pattern: string | undefined, url = '/'): RequestAtHand => ({
  message: undefined,
  method: 'GET',
  url,
  pattern,
  mounted: undefined,
  ended: false,
  isLost: false,
});

let count = 0;
/** The program above with real counters and stacks, on a clock that only the test moves. */
function setUp({ seed = 1, followsAwait = true }: { seed?: number; followsAwait?: boolean } = {}) {
  count += 1;
  const path = `/callers-test-${count}.cjs`;
  let time = 1_000;
  const clock = { now: () => time, cpuSeconds: () => time / 1000 };
  const runtime = createRuntime({ ...clock, capacity: 64, seed });
  const planned = transform(source, { filename: path, sourceType: 'commonjs', language: 'javascript', firstSlot: 0 });
  runtime.reserve(planned.functions.length);
  const { emitted } = runtime;
  // The keys are those of its type.
  const names = Object.keys(emitted) as (keyof typeof emitted)[];
  // The text of a function whose parameters are the names that counters use.
  const make = runInThisContext(`((${names.map((name) => globalNames[name]).join(', ')}) => ${planned.code})`, {
    filename: path,
  });
  const before = `((${names.map((name) => globalNames[name]).join(', ')}) => `.length;
  const requests = {
    followsAwait,
    any: false,
    now: undefined as RequestAtHand | undefined,
    atHand: () => requests.now,
  };
  let state = seed * 7919;
  const callers = new Callers({
    ...clock,
    isFirstParty: (file) => file === path,
    callsOf: runtime.callsOf,
    requests: requests satisfies Requests,
    random: () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    },
  });
  callers.add({
    path,
    firstSlot: 0,
    functions: planned.functions,
    shifts: Int32Array.from([0, before, ...planned.insertions.flatMap(({ offset, length }) => [offset, length])]),
  });
  runtime.observeBy(
    {
      isDue: (slot) => callers.isDue(slot),
      observe: (slot, weight, below) => callers.observe(slot, weight, below),
      ended: (observation, milliseconds) => callers.ended(observation, milliseconds),
      began: () => 0,
      slow: () => Number.POSITIVE_INFINITY,
    },
    Number.POSITIVE_INFINITY,
  );
  const nameOf = (slot: number): string => planned.functions[slot]?.name ?? '?';
  return {
    program: make(...names.map((name) => emitted[name])) as Program,
    requests,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    /** `callee < caller, entry`. */
    told: (last = false): Record<string, number> => {
      const told: Record<string, number> = {};
      for (const { metric, slot, within, attributes: own, entrySlot = -1, numbers } of callers.drain(last)) {
        if (metric !== metrics.callers) continue;
        const kind = own.find(([key]) => key === attributes.entry)?.[1];
        const entry = kind === undefined ? '' : `, ${kind}${entrySlot < 0 ? '' : ` ${nameOf(entrySlot)}`}`;
        const key = `${nameOf(slot)} < ${within < 0 ? '-' : nameOf(within)}${entry}`;
        told[key] = (told[key] ?? 0) + Number(numbers);
      }
      return told;
    },
    /** By function and entry: the calls by duration, in seconds. */
    durations: (): Record<
      string,
      { readonly calls: number; readonly sum: number; readonly indexes: readonly number[] }
    > =>
      Object.fromEntries(
        callers.drain(true).flatMap(({ metric, slot, attributes: own, entrySlot = -1, numbers }) => {
          if (metric !== metrics.conditions || typeof numbers === 'number') return [];
          const entry = `${own[0]?.[1]}${entrySlot < 0 ? '' : ` ${nameOf(entrySlot)}`}`;
          const { histogram, sum } = numbers;
          const calls = histogram.counts.reduce((all, count) => all + count, histogram.zeroCount);
          return [[`${nameOf(slot)}, ${entry}`, { calls, sum, indexes: histogram.indexes }]];
        }),
      ),
  };
}

const coarse = (seconds: number): number => coarserIndex(bucketIndex(seconds), conditionScale);

/** What a call for `/buy` took on average in the load of the test without bias, in milliseconds. */
function buyMean(seed: number): number {
  let state = seed;
  let calls = 0;
  let sum = 0;
  for (let i = 0; i < 20_000; i += 1) {
    state = (state * 16807) % 2147483647;
    if (state % 10 >= 3) continue;
    calls += 1;
    sum += state % 7 === 0 ? 4 : 0.2;
  }
  return sum / calls;
}

const sumOf = (told: Record<string, number>, callee: string): number =>
  Object.entries(told).reduce((sum, [key, value]) => (key.startsWith(`${callee} <`) ? sum + value : sum), 0);

describe('callers', () => {
  it('of a function that is called rarely are exact, and the next first-party function outwards', () => {
    const { program, told } = setUp();
    for (let i = 0; i < 5; i += 1) program.often();
    program.seldom();
    expect(told()).toEqual({
      'often < -, job often': 5,
      'leaf < often, job often': 5,
      'seldom < -, job seldom': 1,
      'seldom.map(#1) < seldom, job seldom': 1,
      'leaf < seldom.map(#1), job seldom': 1,
    });
    expect(told()).toEqual({});
  });

  it('of a function that calls itself are the call from outside and those by itself', () => {
    const { program, told } = setUp();
    program.down(7);
    const { 'down < -, job down': outside, ...rest } = told();
    expect(outside).toBe(1);
    expect(rest).toEqual({ 'down < down, job down': 7 });
  });

  it('are told of a stack that is too deep to be looked through, and the entry is not', () => {
    const { program, told } = setUp();
    program.deep(60);
    const { 'leaf < deep': leaf } = told();
    expect(leaf).toBe(1);
  });

  it('add up to the calls and are without bias where a function is hot', () => {
    const shares: number[] = [];
    for (let seed = 1; seed <= 40; seed += 1) {
      const { program, pass, told } = setUp({ seed });
      let often = 0;
      let seldom = 0;
      let state = seed;
      for (let i = 0; i < 20_000; i += 1) {
        state = (state * 16807) % 2147483647;
        if (state % 10 < 3) {
          program.seldom();
          seldom += 1;
        } else {
          program.often();
          often += 1;
        }
        pass(0.1);
      }
      const all = told(true);
      expect(sumOf(all, 'leaf')).toBe(20_000);
      const bySeldom = Object.entries(all).filter(([key]) => key.startsWith('leaf < seldom'));
      shares.push(bySeldom.reduce((sum, [, value]) => sum + value, 0) / 20_000 - seldom / (often + seldom));
    }
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1);
    expect(Math.abs(mean)).toBeLessThan(3 * Math.sqrt(variance / shares.length));
    // With some hundred captures a share is off by a few hundredths; without any sampling it would not be at all.
    expect(Math.sqrt(variance)).toBeGreaterThan(0);
    expect(Math.sqrt(variance)).toBeLessThan(0.06);
  });
});

describe('entries', () => {
  it('wait for the route of a request, and are told with its calls', () => {
    const { program, requests, told } = setUp();
    const request = aRequest(undefined, '/orders/12?token=secret');
    requests.now = request;
    program.often();
    expect(told()).toEqual({});
    request.pattern = '/orders/:id';
    program.often();
    expect(told()).toEqual({
      'often < -, GET /orders/:id': 2,
      'leaf < often, GET /orders/:id': 2,
    });
  });

  it('are the shape of the path where no framework knows a route, once the request has ended', () => {
    const { program, requests, told } = setUp();
    const request = aRequest(undefined, '/orders/12345?token=secret');
    requests.now = request;
    program.leaf();
    request.ended = true;
    expect(told()).toEqual({ 'leaf < -, GET /orders/{id}': 1 });
  });

  it('are none where there is nothing at the address', () => {
    const { program, requests, told } = setUp();
    requests.now = { ...aRequest(undefined, '/.git/config'), ended: true, isLost: true };
    program.often();
    expect(told()).toEqual({ 'leaf < often': 1 });
  });

  it('behind await are learned from what ran before it, where the request cannot be followed', () => {
    const { program, requests, told } = setUp({ followsAwait: false });
    requests.any = true;
    requests.now = aRequest('/often');
    program.often();
    requests.now = undefined;
    program.often();
    expect(told()).toEqual({ 'often < -, GET /often': 2, 'leaf < often, GET /often': 2 });
  });

  it('in doubt are left out: of a function that several routes lead to, and of one that none was seen to lead to', () => {
    const { program, requests, told } = setUp({ followsAwait: false });
    requests.any = true;
    for (const route of ['/one', '/other']) {
      requests.now = aRequest(route);
      program.often();
    }
    requests.now = undefined;
    program.often();
    program.seldom();
    expect(told()).toEqual({
      'often < -, GET /one': 1,
      'often < -, GET /other': 1,
      'leaf < often, GET /one': 1,
      'leaf < often, GET /other': 1,
      'leaf < often': 1,
      'leaf < seldom.map(#1)': 1,
      'seldom.map(#1) < seldom': 1,
    });
  });

  it('of an interval that a request has set are its own once the request is answered', async () => {
    const { program, requests, told } = setUp();
    requests.any = true;
    requests.now = aRequest('/orders');
    await new Promise<void>((resolve) => {
      setTimeout(() => {
        program.often();
        if (requests.now) requests.now.ended = true;
        setTimeout(() => {
          program.seldom();
          resolve();
        }, 1);
      }, 1);
    });
    expect(told()).toMatchObject({
      'often < -, GET /orders': 1,
      'seldom < -, timer seldom': 1,
      'leaf < seldom.map(#1), timer seldom': 1,
    });
  });

  it('have durations of their own, also where the route or the end of the call is known later than the other', () => {
    const { program, requests, told, durations, pass } = setUp();
    const first = aRequest(undefined, '/quick');
    requests.now = first;
    program.wait(() => pass(2));
    first.pattern = '/quick';
    const second = aRequest('/slow');
    requests.now = second;
    program.wait(() => {
      pass(150);
      // An interval ends while the call goes on.
      told();
      pass(150);
    });
    expect(durations()).toEqual({
      'wait, GET /quick': { calls: 1, sum: expect.closeTo(0.002, 9), indexes: [coarse(0.002)] },
      'wait, GET /slow': { calls: 1, sum: expect.closeTo(0.3, 9), indexes: [coarse(0.3)] },
    });
    expect(durations()).toEqual({});
  });

  it('have durations without bias where a function is hot', () => {
    const means: number[] = [];
    for (let seed = 1; seed <= 40; seed += 1) {
      const { program, requests, pass, durations } = setUp({ seed });
      let state = seed;
      for (let i = 0; i < 20_000; i += 1) {
        state = (state * 16807) % 2147483647;
        const isBuy = state % 10 < 3;
        requests.now = aRequest(isBuy ? '/buy' : '/show');
        const milliseconds = isBuy ? (state % 7 === 0 ? 4 : 0.2) : 0.05;
        program.wait(() => pass(milliseconds));
      }
      const { 'wait, GET /buy': buy } = durations();
      means.push(((buy?.sum ?? 0) / (buy?.calls ?? 1)) * 1_000 - buyMean(seed));
    }
    const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
    const variance = means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (means.length - 1);
    expect(Math.abs(mean)).toBeLessThan(3 * Math.sqrt(variance / means.length));
    expect(Math.sqrt(variance)).toBeGreaterThan(0);
  });

  it('are not more than a process may have of them', () => {
    const { program, requests, told, pass } = setUp();
    const names = new Set<string>();
    for (let i = 0; i < 700; i += 1) {
      requests.now = aRequest(`/route-${i}`);
      program.leaf();
      pass(50);
    }
    for (const key of Object.keys(told(true))) names.add(key);
    expect(names.size).toBeGreaterThan(30);
    expect(names.size).toBeLessThanOrEqual(65);
  });
});
