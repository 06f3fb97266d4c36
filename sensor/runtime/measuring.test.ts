import { expect, it } from 'vitest';
import { createRuntime, type Measuring, type Runtime } from './runtime.ts';

/** A clock that only the test moves: milliseconds, and CPU seconds that follow it. */
function testClock() {
  let time = 1_000;
  return { now: () => time, cpuSeconds: () => time / 1000, pass: (milliseconds: number) => (time += milliseconds) };
}

/** What emitted code does in a function; true: the call was timed. */
function call({ emitted }: Runtime, slot: number, pass: () => void = () => {}): boolean {
  const left = (emitted.countdown[slot] ?? 0) - 1;
  emitted.countdown[slot] = left;
  const token = left === 0 ? emitted.start(slot) : 0;
  pass();
  if (token !== 0) emitted.finish(token);
  return token !== 0;
}

const callsIn = (runtime: Runtime): number => runtime.drain().reduce((sum, { calls }) => sum + calls, 0);

it('each call is told once, through any switching, but those while it is off', () => {
  const clock = testClock();
  const runtime = createRuntime({ ...clock, capacity: 64, seed: 11 });
  runtime.reserve(4);
  let random = 12345;
  const next = (below: number): number => {
    random = (random * 1103515245 + 12345) & 0x7fffffff;
    return random % below;
  };
  const ways: readonly Measuring[] = ['timed', 'counted', 'off'];
  let how: Measuring = 'timed';
  let made = 0;
  let told = 0;
  for (let turn = 0; turn < 300; turn += 1) {
    how = ways[next(3)] ?? 'timed';
    runtime.measure(how);
    for (let calls = next(400); calls > 0; calls -= 1) {
      call(runtime, next(4), () => clock.pass(0.01));
      if (how !== 'off') made += 1;
    }
    if (next(3) === 0) {
      clock.pass(next(2_000));
      told += callsIn(runtime);
    }
  }
  runtime.measure('timed');
  told += callsIn(runtime);
  expect(told).toBe(made);
});

it.each(['counted', 'off'] as const)('nothing is timed while it is %s, and again afterwards', (how) => {
  const clock = testClock();
  const runtime = createRuntime({ ...clock, capacity: 64 });
  const first = runtime.reserve(1) ?? 0;
  runtime.measure(how);
  // Of a file that was loaded before, of one that is loaded now.
  const second = runtime.reserve(1) ?? 0;
  const timed = (slot: number): number => {
    let count = 0;
    for (let turn = 0; turn < 1_000; turn += 1) if (call(runtime, slot, () => clock.pass(1))) count += 1;
    return count;
  };
  expect([timed(first), timed(second)]).toEqual([0, 0]);
  expect(callsIn(runtime)).toBe(how === 'off' ? 0 : 2_000);
  runtime.measure('timed');
  expect(timed(first)).toBeGreaterThan(0);
  expect(timed(second)).toBeGreaterThan(0);
  expect(callsIn(runtime)).toBe(2_000);
});

it('errors are counted unless it is off', () => {
  const runtime = createRuntime({ ...testClock(), capacity: 64 });
  const slot = runtime.reserve(1) ?? 0;
  const failures = (): number => runtime.drain().reduce((sum, { errors }) => sum + (errors.get('RangeError') ?? 0), 0);
  for (const [how, expected] of [
    ['timed', 1],
    ['off', 0],
    ['counted', 1],
    ['timed', 1],
  ] as const) {
    runtime.measure(how);
    const thrown = new RangeError('x');
    call(runtime, slot);
    expect(runtime.emitted.fail(slot, thrown, 0)).toBe(thrown);
    expect([how, failures()]).toEqual([how, expected]);
  }
});

it('an async function gives its own promise, which is watched for errors unless it is off', async () => {
  const runtime = createRuntime({ ...testClock(), capacity: 64 });
  const slot = runtime.reserve(1) ?? 0;
  const rejected = async (how: Measuring): Promise<number> => {
    runtime.measure(how);
    call(runtime, slot);
    const promise = Promise.reject(new TypeError('x'));
    expect(runtime.emitted.asyncReturn(slot, 0, promise)).toBe(promise);
    await promise.catch(() => {});
    return runtime.drain().reduce((sum, { errors }) => sum + (errors.get('TypeError') ?? 0), 0);
  };
  expect([await rejected('counted'), await rejected('off'), await rejected('timed')]).toEqual([1, 0, 1]);
});

it('a call that was being timed when it was switched off counts, with its duration', () => {
  const clock = testClock();
  const runtime = createRuntime({ ...clock, capacity: 64 });
  const slot = runtime.reserve(1) ?? 0;
  const { countdown, start, finish } = runtime.emitted;
  countdown[slot] = 0;
  const token = start(slot);
  expect(token).not.toBe(0);
  runtime.measure('off');
  expect(callsIn(runtime)).toBe(1);
  clock.pass(3_000);
  finish(token);
  runtime.measure('timed');
  const [delta] = runtime.drain();
  expect(delta?.durations?.sum).toBeCloseTo(3, 6);
});

it('calls that were only counted are not stood for by later samples', () => {
  const clock = testClock();
  const runtime = createRuntime({ ...clock, capacity: 64 });
  const slot = runtime.reserve(1) ?? 0;
  runtime.drain();
  runtime.measure('counted');
  for (let turn = 0; turn < 10_000; turn += 1) call(runtime, slot, () => clock.pass(0.001));
  expect(callsIn(runtime)).toBe(10_000);
  runtime.measure('timed');
  for (let turn = 0; turn < 10; turn += 1) call(runtime, slot, () => clock.pass(100));
  const [delta] = runtime.drain();
  expect({ calls: delta?.calls, stoodFor: delta?.durations?.calls }).toEqual({ calls: 10, stoodFor: 10 });
});

it('a slot that is left out is silent while the others go on', () => {
  const runtime = createRuntime({ ...testClock(), capacity: 64 });
  const dear = runtime.reserve(2) ?? 0;
  const other = runtime.reserve(1) ?? 0;
  runtime.measure('counted');
  runtime.leaveOut(dear, 2, true);
  for (const slot of [dear, dear + 1, other]) for (let turn = 0; turn < 5; turn += 1) call(runtime, slot);
  expect(runtime.drain().map(({ slot, calls }) => [slot, calls])).toEqual([[other, 5]]);
  runtime.leaveOut(dear, 2, false);
  for (const slot of [dear, dear + 1, other]) call(runtime, slot);
  expect(runtime.drain().map(({ slot, calls }) => [slot, calls])).toEqual([
    [dear, 1],
    [dear + 1, 1],
    [other, 1],
  ]);
});

it('fewer samples: a share of what the budget gives', () => {
  const timedOf = (share: number): number => {
    const clock = testClock();
    const runtime = createRuntime({
      ...clock,
      capacity: 64,
      burst: 100,
      samplesPerCpuSecond: 0,
      samplesPerWallSecond: 1_000,
    });
    const slots = runtime.reserve(60) ?? 0;
    runtime.limitSamples(share);
    let timed = 0;
    for (let turn = 0; turn < 600_000; turn += 1)
      if (call(runtime, slots + (turn % 60), () => clock.pass(0.02))) timed += 1;
    return timed / 12;
  };
  const whole = timedOf(1);
  const quarter = timedOf(0.25);
  expect(whole).toBeLessThanOrEqual(1_010);
  expect(quarter).toBeLessThanOrEqual(255);
  expect(quarter).toBeGreaterThan(0.1 * whole);
});
