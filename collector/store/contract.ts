/** What every store must do. Call it from the test file of a store with a way to open one. */

import { bucketIndex } from '@runlens/protocol/histogram';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entries, hot, profiles, services } from '../query/queries.ts';
import { batch, delta, shop } from '../testing/batches.ts';
import { entryKey, mostEntries } from './entries.ts';
import { type ExceptionFacts, exceptionLabel } from './exception-label.ts';
import { encodeHistogram } from './histogram-blob.ts';
import type { Exemplar, ProfileStore } from './profile-store.ts';

export interface StoreUnderTest {
  /** A clock that the test moves. */
  readonly clock: { now: number };
  readonly store: ProfileStore;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<ProfileStore>;
  dispose(): Promise<void>;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Within a minute, an hour and a day, not at their edges. */
export const noon = Date.UTC(2026, 5, 15, 12, 30, 30);

export function profileStoreContract(open: () => Promise<StoreUnderTest>): void {
  let under: StoreUnderTest;
  let store: ProfileStore;
  beforeEach(async () => {
    under = await open();
    store = under.store;
    under.clock.now = noon;
  });
  afterEach(() => under.dispose());

  const last = (length: number) => ({ since: under.clock.now - length, until: under.clock.now });
  const profileOf = (name: string, length = 15 * minute, version?: string) =>
    profiles(store, { service: 'shop', version }, last(length)).profiles.find((each) => each.function === name);

  test('a service that was never seen has no functions, not an error', () => {
    expect(profiles(store, { service: 'none' }, last(hour)).profiles).toEqual([]);
  });

  test('a function that is measured and was not called is there with 0 calls', async () => {
    await store.append([batch(noon, [{ name: 'idle', calls: 0 }])]);
    expect(profileOf('idle')).toMatchObject({ calls: 0, errorRate: null, duration: null, lastSeen: null });
  });

  test('a request that was appended is known by its id, also after opening again; one that was not is not', async () => {
    await store.append([batch(noon, [{ name: 'pay' }])], 'one/a.1');
    expect(store.appended('one/a.2')).toBeUndefined();
    expect(await store.appended('one/a.1')).toEqual(new Map());
    store = await under.reopen();
    expect(await store.appended('one/a.1')).toEqual(new Map());
    under.clock.now += 3 * day;
    await store.maintain();
    expect(store.appended('one/a.1')).toBeUndefined();
  });

  test('two instances of a version merge', async () => {
    await store.append([batch(noon, [{ name: 'pay', calls: 3, errors: 1, seconds: 0.01 }])]);
    await store.append([
      batch(noon, [{ name: 'pay', calls: 5, seconds: 0.02 }], { instance: { ...shop, instance: 'two' } }),
    ]);
    const pay = profileOf('pay');
    expect(pay).toMatchObject({ calls: 8, errors: 1, instances: 2, duration: { samples: 8, max: 0.02 } });
    expect(pay?.versions).toHaveLength(1);
  });

  test('two versions stay apart, and are one function in sum', async () => {
    await store.append([batch(noon - minute, [{ name: 'pay', line: 10, calls: 3 }], { arrival: noon - minute })]);
    await store.append([batch(noon, [{ name: 'pay', line: 14, calls: 5 }], { instance: { ...shop, version: 'v2' } })]);
    const pay = profileOf('pay');
    expect(pay).toMatchObject({ calls: 8, line: 14 });
    expect(pay?.versions.map(({ version, calls, line }) => [version, calls, line])).toEqual([
      ['v2', 5, 14],
      ['v1', 3, 10],
    ]);
    expect(profileOf('pay', hour, 'v1')).toMatchObject({ calls: 3, line: 10 });
  });

  test('two environments and two services stay apart', async () => {
    await store.append([
      batch(noon, [{ name: 'pay', calls: 3 }]),
      batch(noon, [{ name: 'pay', calls: 5 }], { instance: { ...shop, environment: 'staging' } }),
      batch(noon, [{ name: 'pay', calls: 7 }], { instance: { ...shop, service: 'bank' } }),
    ]);
    const all = profiles(store, {}, last(hour)).profiles;
    expect(all.map(({ service, environment, calls }) => `${service} ${environment} ${calls}`).sort()).toEqual([
      'bank production 7',
      'shop production 3',
      'shop staging 5',
    ]);
  });

  test('twins in one text are told apart by line, and found again by order after an edit above them', async () => {
    const at = (line: number, calls: number) => ({ name: 'handler', line, calls });
    await store.append([batch(noon - minute, [at(10, 1), at(20, 2)], { arrival: noon - minute })]);
    await store.append([batch(noon, [at(13, 10), at(23, 20)], { instance: { ...shop, version: 'v2' } })]);
    const twins = profiles(store, { file: 'src/shop.ts' }, last(hour)).profiles;
    expect(twins.map(({ line, calls }) => [line, calls]).sort()).toEqual([
      [13, 11],
      [23, 22],
    ]);
  });

  test('an edited file under the same version is another text of it: its moved functions are no twins', async () => {
    const text = (blob: string) => ({ sources: [{ filePath: 'src/shop.ts', blob: blob.repeat(40) }] });
    await store.append([
      batch(noon - minute, [{ name: 'pay', line: 10, calls: 1 }], { ...text('a'), arrival: noon - minute }),
    ]);
    await store.append([
      batch(noon, [{ name: 'pay', line: 12, calls: 2 }], { ...text('b'), instance: { ...shop, instance: 'two' } }),
    ]);
    const found = profiles(store, { file: 'src/shop.ts' }, last(hour));
    expect(found.profiles.map(({ line, calls }) => [line, calls])).toEqual([[12, 3]]);
    expect(found.profiles[0]?.versions[0]).toMatchObject({ version: 'v1', blob: 'b'.repeat(40) });
    expect(found.files.map(({ blob }) => blob?.charAt(0))).toEqual(['b', 'a']);
  });

  test.each([
    ['memory', 15 * minute],
    ['minute', 2 * hour],
    ['hour', day],
    ['hour', 40 * day],
  ] as const)(
    'from %s over %i ms every call is counted once, before and after a fold and a restart',
    async (from, length) => {
      const times = [0, 9, 10, 14, 30, 59, 60, 61, 110, 200, 1_000, 1_439, 20_000].map(
        (ago) => noon - ago * minute - 1,
      );
      for (const time of times) {
        await store.append([batch(time, [{ name: 'pay', calls: 1, errors: 1, seconds: 0.01 }], { arrival: noon })]);
      }
      const expected = times.filter((time) => time > noon - length).length;
      const check = () => {
        const answer = profiles(store, { service: 'shop' }, last(length));
        expect(answer.resolution).toBe(from);
        const pay = answer.profiles[0];
        // Coarser tiers move the edge out, so they may hold what lies just before.
        const since = Date.parse(answer.window.since);
        const within = times.filter((time) => time > since).length;
        expect(within).toBeGreaterThanOrEqual(expected);
        expect(pay).toMatchObject({ calls: within, errors: within, duration: { samples: within } });
      };
      check();
      await store.maintain();
      check();
      store = await under.reopen();
      check();
    },
  );

  test('whole minutes are exact wherever a window begins and ends, also while the clock goes on', async () => {
    const minutes = 200;
    const start = Math.floor(noon / minute) * minute;
    for (let i = 0; i < minutes; i += 1) {
      under.clock.now = start + (i + 1) * minute;
      await store.append([batch(under.clock.now, [{ name: 'pay', calls: 1, seconds: 0.01 }])]);
      if (i % 7 === 0) await store.maintain();
    }
    const check = () => {
      for (const from of [0, 9, 41, 97, 133, 139, 140, 141, 150, 178, 186]) {
        for (const to of [minutes, 199, 190, 187, 183, 178, 140].filter((each) => each > from)) {
          const window = { since: start + from * minute, until: start + to * minute };
          const [pay] = profiles(store, {}, window).profiles;
          expect(pay, `minutes ${from} to ${to}`).toMatchObject({ calls: to - from, duration: { samples: to - from } });
        }
      }
    };
    check();
    await store.maintain();
    check();
    store = await under.reopen();
    check();
  });

  test('a late point goes to its own minute', async () => {
    await store.append([batch(noon - 3 * hour, [{ name: 'pay', calls: 7 }], { arrival: noon })]);
    expect(profileOf('pay', 15 * minute)).toMatchObject({ calls: 0 });
    const { profiles: then } = profiles(
      store,
      {},
      { since: noon - 3 * hour - minute, until: noon - 3 * hour + minute },
    );
    expect(then[0]).toMatchObject({ calls: 7 });
  });

  test('a rate is over the part of the window in which the function was measured', async () => {
    await store.append([batch(noon, [{ name: 'new', calls: 20 }])]);
    // Measured since ten seconds: 20 calls are 120 a minute.
    expect(profileOf('new', 15 * minute)?.callsPerMinute).toBeCloseTo(120, 6);
    under.clock.now = noon + 30 * minute;
    await store.append([batch(under.clock.now, [{ name: 'new', calls: 60 }])]);
    const later = profileOf('new', 15 * minute);
    const { since, until } = profiles(store, {}, last(15 * minute)).window;
    expect(later?.callsPerMinute).toBeCloseTo(60 / ((Date.parse(until) - Date.parse(since)) / minute), 6);
  });

  /** What a sensor tells of `pay` over the ten seconds before `time`; `one` call a second. */
  const heard = (time: number, instance: string, version = 'v1', ofSensor = true) =>
    batch(time, [{ name: 'pay', calls: 10 }], {
      instance: { ...shop, instance, version },
      sources: ofSensor ? [{ filePath: 'src/shop.ts', blob: 'a'.repeat(40) }] : [],
    });
  /** A sensor that is there from one instant to the other. */
  const running = async (from: number, to: number, instance: string, version?: string) => {
    for (let time = from + 10_000; time <= to; time += 10_000) await store.append([heard(time, instance, version)]);
  };

  test.each([
    ['another process', 'two', 'v1'],
    ['the same instance id', 'one', 'v1'],
    ['the next version', 'two', 'v2'],
  ])('while a service was down it had no rate: it starts again as %s', async (_, instance, version) => {
    await running(noon - 7 * minute, noon - 4 * minute, 'one');
    await running(noon - 2 * minute, noon, instance, version);
    const check = () => expect(profileOf('pay')).toMatchObject({ calls: 300, callsPerMinute: 60 });
    check();
    await store.maintain();
    store = await under.reopen();
    check();
  });

  test('a service that has ended had the rate of the time in which it ran; so has each of its versions', async () => {
    await running(noon - 9 * minute, noon - 7 * minute, 'one', 'v1');
    await running(noon - 7 * minute, noon - 4 * minute, 'two', 'v2');
    const pay = profileOf('pay');
    expect(pay?.callsPerMinute).toBe(60);
    expect(pay?.versions.map(({ version, callsPerMinute }) => [version, callsPerMinute])).toEqual([
      ['v2', 60],
      ['v1', 60],
    ]);
  });

  test('instances beside each other are counted together, over the time of either', async () => {
    await running(noon - 4 * minute, noon, 'one');
    await running(noon - 2 * minute, noon, 'two');
    expect(profileOf('pay')).toMatchObject({ calls: 360, callsPerMinute: 90, instances: 2 });
  });

  test('an instance is known from what it counted first on, not from the first arrival on', async () => {
    await store.append([heard(noon, 'one')]);
    expect(profileOf('pay')?.callsPerMinute).toBe(60);
    under.clock.now = noon + 1_000;
    expect(profileOf('pay')?.callsPerMinute).toBe(60);
  });

  test('a function is measured from what it counted first on, also where it was told before that', async () => {
    // As a sensor does: what there is to measure comes before the numbers of the first interval.
    const told = { ...delta(noon, { name: 'pay', calls: 0 }), start: noon };
    await store.append([{ ...heard(noon, 'one'), deltas: [told] }]);
    await store.append([heard(noon, 'one')]);
    const check = () =>
      expect(profileOf('pay')).toMatchObject({
        callsPerMinute: 60,
        measuredSince: new Date(noon - 10_000).toISOString(),
      });
    check();
    await store.maintain();
    store = await under.reopen();
    check();
  });

  test('who does not say that it is there is taken to be for a while after its last call', async () => {
    await store.append([heard(noon - 14 * minute, 'one', 'v1', false)]);
    // Ten seconds until the arrival, and five minutes.
    expect(profileOf('pay')?.callsPerMinute).toBeCloseTo(10 / (5 + 1 / 6), 6);
    await store.append([heard(noon, 'one', 'v1', false)]);
    expect(profileOf('pay')?.callsPerMinute).toBeCloseTo(20 / (14 + 1 / 6), 6);
  });

  test('processes that are started for a piece of work are not down between them', async () => {
    // A job of some seconds every five minutes, for an hour.
    for (let run = 12; run > 0; run -= 1) await store.append([heard(noon - (5 * run - 2) * minute, `run ${run}`)]);
    const check = () => {
      const { since, until } = profiles(store, {}, last(15 * minute)).window;
      const minutes = (Date.parse(until) - Date.parse(since)) / minute;
      expect(profileOf('pay')?.calls).toBe(30);
      expect(profileOf('pay')?.callsPerMinute).toBeCloseTo(30 / minutes, 6);
    };
    check();
    under.clock.now = noon + minute;
    // The next run is due later: nothing has ended.
    check();
  });

  test('one short run is taken for a service while it was heard a moment ago, then for a piece of work', async () => {
    await store.append([heard(noon, 'one')]);
    under.clock.now = noon + 30_000;
    expect(profileOf('pay')?.callsPerMinute).toBe(60);
    under.clock.now = noon + 2 * minute;
    expect(profileOf('pay')?.callsPerMinute).toBeCloseTo(10 / (2 + 1 / 6), 6);
    under.clock.now = noon + 10 * minute;
    expect(profileOf('pay')?.callsPerMinute).toBeCloseTo(10 / (5 + 1 / 6), 6);
  });

  test('a sensor that could not reach the collector for a while was there meanwhile', async () => {
    await running(noon - 10 * minute, noon - 8 * minute, 'one');
    const late = { ...delta(noon, { name: 'pay', calls: 480 }), start: noon - 8 * minute };
    await store.append([{ ...heard(noon, 'one'), deltas: [late] }]);
    expect(profileOf('pay')).toMatchObject({ calls: 600, callsPerMinute: 60 });
  });

  test('percentiles of merged instances are within 1.1 % of the exact ones', async () => {
    const durations = Array.from({ length: 2_000 }, (_, i) => 0.0001 * 1.004 ** i);
    for (const [i, seconds] of durations.entries()) {
      const instance = { ...shop, instance: `i${i % 7}` };
      void store.append([{ ...batch(noon, []), instance, deltas: [delta(noon, { name: 'pay', seconds })] }]);
    }
    await store.append([batch(noon, [])]);
    const duration = profileOf('pay')?.duration;
    for (const [q, value] of [
      [0.5, duration?.p50],
      [0.9, duration?.p90],
      [0.99, duration?.p99],
    ] as const) {
      const exact = durations[Math.ceil(q * durations.length) - 1] ?? 0;
      expect(Math.abs((value ?? 0) / exact - 1), `p${q * 100}`).toBeLessThan(0.011);
    }
  });

  test('shares of time are of the whole service, also when one file is asked for', async () => {
    await store.append([
      batch(noon, [
        { name: 'a', file: 'a.ts', calls: 1, seconds: 3 },
        { name: 'b', file: 'b.ts', calls: 1, seconds: 1 },
      ]),
    ]);
    expect(profiles(store, { file: 'b.ts' }, last(hour)).profiles[0]?.timeShare).toBeCloseTo(0.25, 6);
  });

  test('exceptions, callers and entries are counted', async () => {
    const key = { functionName: 'pay', filePath: 'src/shop.ts', lineNumber: 1 };
    const detail = { key, time: noon };
    const details = [
      { ...detail, kind: 'exception', label: 'TypeError', count: 2 },
      { ...detail, kind: 'caller', label: 'src/a#b.ts\norder', count: 5 },
      { ...detail, kind: 'entry', label: 'POST /orders', count: 4 },
    ] as const;
    await store.append([batch(noon, [{ name: 'pay', calls: 5, errors: 2 }], { details })]);
    const check = () =>
      expect(profileOf('pay')).toMatchObject({
        exceptions: [{ type: 'TypeError', count: 2 }],
        callers: [{ function: 'order', file: 'src/a#b.ts', calls: 5 }],
        entries: [{ name: 'POST /orders', calls: 4 }],
      });
    check();
    await store.maintain();
    check();
    store = await under.reopen();
    check();
  });

  const served = (time: number, name: string, calls: number, seconds: number, errors = 0) => ({
    ...delta(time, { name, calls, seconds, errors }),
    key: entryKey(name),
  });

  test('entries have calls, errors and durations of their own, and are no functions', async () => {
    const orders = 'GET /orders/:id';
    await store.append([
      batch(noon, [{ name: 'pay', calls: 5, seconds: 0.01 }], {
        deltas: [
          delta(noon, { name: 'pay', calls: 5, seconds: 0.01 }),
          served(noon, orders, 3, 0.02),
          served(noon, orders, 1, 0.5, 1),
          served(noon, 'POST /pay', 1, 0.001),
        ],
      }),
    ]);
    const other = { instance: { ...shop, instance: 'two' }, deltas: [served(noon, orders, 4, 0.02)] };
    await store.append([batch(noon, [], other)]);
    const check = (length: number) => {
      const answer = entries(store, { service: 'shop' }, last(length), 10);
      expect(answer.entries.map(({ name, calls, errors }) => [name, calls, errors])).toEqual([
        [orders, 8, 1],
        ['POST /pay', 1, 0],
      ]);
      expect(answer.entries[0]?.duration).toMatchObject({ samples: 8, max: 0.5 });
      expect(answer.entries[0]?.duration?.p50).toBeCloseTo(0.02, 3);
      expect(entries(store, { service: 'shop' }, last(length), 1)).toMatchObject({ truncated: true });
      expect(entries(store, { service: 'none' }, last(length), 10).entries).toEqual([]);
      const all = profiles(store, {}, last(length)).profiles;
      expect(all.map((each) => [each.function, each.timeShare])).toEqual([['pay', 1]]);
      const ranked = hot(store, {}, last(length), { by: 'time', limit: 10 });
      expect([ranked.functions.map((each) => each.function), ranked.measuredFunctions]).toEqual([['pay'], 1]);
      expect(services(store, noon).services[0]?.environments[0]?.versions[0]?.functions).toBe(1);
    };
    check(15 * minute);
    await store.maintain();
    for (const length of [15 * minute, 2 * hour, 2 * day]) check(length);
    store = await under.reopen();
    check(2 * hour);
  });

  test('entries are not more than are kept, and those that are go on', async () => {
    const deltas = Array.from({ length: mostEntries + 5 }, (_, i) => served(noon, `GET /a${i}`, 1, 0.001));
    const refusals = await store.append([batch(noon, [], { deltas })]);
    expect([...refusals.values()]).toEqual([5]);
    expect(await store.append([batch(noon, [], { deltas: [served(noon, 'GET /a0', 1, 0.001)] })])).toEqual(new Map());
    expect(entries(store, {}, last(hour), 5_000).entries).toHaveLength(mostEntries);
  });

  test('queries, calls of other services and repeats are counted by function, in whole hours', async () => {
    const key = { functionName: 'pay', filePath: 'src/shop.ts', lineNumber: 1 };
    const detail = { key, time: noon };
    const query = 'sqlite\nSELECT * FROM t WHERE id = ?';
    const details = [
      { ...detail, kind: 'query', label: query, count: 48, seconds: 0.5 },
      { ...detail, kind: 'queryError', label: query, count: 2 },
      { ...detail, kind: 'call', label: 'POST pay.example:443/charges', count: 7, seconds: 1.5 },
      { ...detail, kind: 'callError', label: 'POST pay.example:443/charges', count: 3 },
      { ...detail, kind: 'repeats', label: `16\nsrc/shop.ts\nlist\n${query}`, count: 2, seconds: 46 },
      { ...detail, kind: 'repeats', label: `1\n\n\n${query}`, count: 2, seconds: 2 },
    ] as const;
    // A call long before, in the same hour as no query.
    await store.append([batch(noon - 2 * hour, [{ name: 'pay', calls: 1_000 }], { arrival: noon - 2 * hour })]);
    await store.append([batch(noon, [{ name: 'pay', calls: 12 }], { details })]);
    // And calls of a time in which the sensor told of no queries.
    const undetailed = { ...detail, kind: 'undetailed', label: '', count: 100 } as const;
    await store.append([batch(noon, [{ name: 'pay', calls: 112 }], { details: [...details, undetailed] })]);
    const check = () =>
      expect(profileOf('pay')).toMatchObject({
        queries: [
          {
            statement: 'SELECT * FROM t WHERE id = ?',
            system: 'sqlite',
            calls: 96,
            callsPerCall: 4,
            totalSeconds: 1,
            errors: 4,
            repeats: {
              of: 8,
              mean: 12,
              distribution: [
                { least: 1, of: 4 },
                { least: 16, of: 4 },
              ],
              within: { file: 'src/shop.ts', function: 'list' },
            },
          },
        ],
        outgoing: [{ target: 'POST pay.example:443/charges', calls: 14, errors: 6, totalSeconds: 3 }],
      });
    check();
    await store.maintain();
    check();
    store = await under.reopen();
    check();
  });

  describe('errors', () => {
    const key = { functionName: 'pay', filePath: 'src/shop.ts', lineNumber: 1 };
    const thrown = (handled: string, line: number, other: Partial<ExceptionFacts> = {}) =>
      exceptionLabel({
        type: 'RangeError',
        handled,
        cause: '',
        shape: 'no such card: {n}',
        file: 'src/card.ts',
        function: 'check',
        line,
        ...other,
      });
    const at = (time: number, version: string, details: readonly [label: string, count: number][], calls = 10) => {
      const told = details.map(([label, count]) => ({ key, time, kind: 'thrown' as const, label, count }));
      return batch(time, [{ name: 'pay', calls }], {
        instance: { ...shop, version },
        arrival: time,
        details: told,
      });
    };
    const iso = (time: number) => new Date(time).toISOString();

    test('are told by what they say and where they were thrown, with what became of them', async () => {
      await store.append([
        at(noon - minute, 'v1', [
          [thrown('caller', 7), 3],
          [thrown('no', 7), 2],
          [thrown('here', 7), 1],
          [thrown('unknown', 7), 1],
        ]),
        at(noon, 'v1', [[thrown('caller', 7, { shape: '', file: '', function: '', cause: 'ECONNREFUSED' }), 9]]),
      ]);
      const check = () =>
        expect(profileOf('pay')?.exceptions).toEqual([
          {
            type: 'RangeError',
            cause: 'ECONNREFUSED',
            count: 9,
            caughtHere: 0,
            caughtByCaller: 9,
            uncaught: 0,
            firstSeen: iso(noon),
            lastSeen: iso(noon),
            versions: [{ version: 'v1', count: 9, firstSeen: iso(noon), lastSeen: iso(noon) }],
          },
          {
            type: 'RangeError',
            message: 'no such card: {n}',
            thrown: { file: 'src/card.ts', function: 'check', line: 7 },
            count: 6,
            caughtHere: 1,
            caughtByCaller: 3,
            uncaught: 2,
            firstSeen: iso(noon - minute),
            lastSeen: iso(noon - minute),
            versions: [{ version: 'v1', count: 7, firstSeen: iso(noon - minute), lastSeen: iso(noon - minute) }],
          },
        ]);
      check();
      await store.maintain();
      check();
      store = await under.reopen();
      check();
    });

    test('are one kind over versions though their line moves; the first time is kept beyond the window', async () => {
      const before = noon - 30 * day;
      await store.append([at(before, 'v1', [[thrown('no', 7), 5]])]);
      await store.maintain();
      await store.append([at(noon, 'v2', [[thrown('no', 9), 2]])]);
      const check = () =>
        expect(profileOf('pay')?.exceptions).toMatchObject([
          {
            thrown: { line: 9 },
            count: 2,
            firstSeen: iso(before),
            lastSeen: iso(noon),
            versions: [{ version: 'v2', count: 2, firstSeen: iso(noon) }],
          },
        ]);
      check();
      expect(profileOf('pay')?.exceptions[0]).not.toHaveProperty('newIn');
      expect(profileOf('pay', 40 * day)?.exceptions[0]?.versions).toMatchObject([
        { version: 'v2', count: 2 },
        { version: 'v1', count: 5 },
      ]);
      store = await under.reopen();
      check();
    });

    test('one that only the newest version has is new in it, unless the function did not run before', async () => {
      await store.append([at(noon - hour, 'v1', [[thrown('no', 7), 1]])]);
      expect(profileOf('pay', 2 * hour)?.exceptions[0]).not.toHaveProperty('newIn');
      const other = thrown('no', 8, { shape: 'card is expired' });
      await store.append([at(noon, 'v2', [[other, 1]])]);
      expect(profileOf('pay', 2 * hour)?.exceptions.map(({ message, newIn }) => [message, newIn])).toEqual([
        ['card is expired', 'v2'],
        ['no such card: {n}', undefined],
      ]);
    });

    test('of which only the type is known are told by that, without those that more is known of', async () => {
      const typed = { key, time: noon, kind: 'exception' as const };
      await store.append([
        at(noon, 'v1', [[thrown('caller', 7), 4]]),
        batch(noon, [{ name: 'pay', errors: 7 }], {
          details: [
            { ...typed, label: 'RangeError', count: 4 },
            { ...typed, label: 'string', count: 3 },
          ],
        }),
      ]);
      expect(profileOf('pay')?.exceptions).toMatchObject([
        { type: 'RangeError', message: 'no such card: {n}', count: 4 },
        { type: 'string', count: 3, lastSeen: iso(noon) },
      ]);
    });

    test('are gone when their retention is over, and are new again', async () => {
      await store.append([at(noon, 'v1', [[thrown('no', 7), 1]])]);
      await store.maintain();
      under.clock.now = noon + 399 * day;
      // The function lives on.
      await store.append([at(under.clock.now, 'v1', [])]);
      under.clock.now = noon + 401 * day;
      await store.maintain();
      await store.append([at(under.clock.now, 'v1', [[thrown('no', 7), 1]])]);
      expect(profileOf('pay', 410 * day)?.exceptions).toMatchObject([{ count: 1, firstSeen: iso(under.clock.now) }]);
    });
  });

  describe('conditions and slowest calls', () => {
    const key = { functionName: 'pay', filePath: 'src/shop.ts', lineNumber: 1 };
    /** Calls of one duration each. */
    const took = (kind: 'condition' | 'entryDuration', label: string, count: number, seconds: number, time = noon) => ({
      key,
      time,
      kind,
      label,
      count,
      seconds: count * seconds,
      maxSeconds: seconds,
      histogram: encodeHistogram({ zeroCount: 0, indexes: [bucketIndex(seconds)], counts: [count] }),
    });
    const within = (seconds: number) => expect.closeTo(seconds, -Math.log10(seconds * 0.1));
    const exemplar = (time: number, seconds: number, other: Partial<Exemplar> = {}) => ({
      key,
      exemplar: { time, seconds, entry: '', conditions: [], traceId: '', spanId: '', queries: undefined, ...other },
    });
    const iso = (time: number) => new Date(time).toISOString();

    test('durations by condition merge over instances and hours; what is not cold is warm', async () => {
      const calls = (name: string, cold: number, warm: number, time: number) =>
        batch(time, [], {
          arrival: time,
          instance: { ...shop, instance: name },
          deltas: [
            delta(time, { name: 'pay', calls: warm, seconds: 0.003 }),
            delta(time, { name: 'pay', calls: cold, seconds: 0.04 }),
          ],
          details: [
            took('condition', 'cold', cold, 0.04, time),
            took('condition', 'requests 1', warm, 0.003, time),
            took('condition', 'requests 17+', cold, 0.04, time),
          ],
        });
      await store.append([calls('one', 4, 1_000, noon), calls('two', 6, 500, noon - hour)]);
      await store.append([calls('one', 5, 200, noon)]);
      const check = () =>
        expect(profileOf('pay', 2 * hour)?.conditions).toMatchObject({
          cold: { samples: 15, p50: within(0.04), max: 0.04, total: expect.closeTo(0.6, 9) },
          warm: { samples: 1_700, p50: within(0.003), p99: within(0.003), total: expect.closeTo(5.1, 9) },
          failed: null,
          fine: null,
          concurrency: [
            { requests: '1', duration: { samples: 1_700, p50: within(0.003) } },
            { requests: '17+', duration: { samples: 15, p50: within(0.04) } },
          ],
          hours: [],
        });
      check();
      expect(profileOf('pay', 10 * minute)?.conditions?.cold?.samples).toBe(9);
      await store.maintain();
      check();
      store = await under.reopen();
      check();
    });

    test('entries have their own durations, and none where none is told', async () => {
      const counted = { key, time: noon, kind: 'entry' as const };
      const details = [
        { ...counted, label: 'GET /slow', count: 10 },
        { ...counted, label: 'timer: sweep', count: 50 },
        took('entryDuration', 'GET /slow', 3, 0.9),
        took('entryDuration', 'GET /slow', 1, 0.1),
      ];
      await store.append([batch(noon, [{ name: 'pay', calls: 60 }], { details })]);
      expect(profileOf('pay')).toMatchObject({
        entries: [
          { name: 'timer: sweep', calls: 50, duration: null },
          { name: 'GET /slow', calls: 10, duration: { samples: 4, p50: within(0.9), max: 0.9 } },
        ],
        conditions: null,
      });
    });

    test('of a function that is asked for alone the hours of the week are told, of four weeks', async () => {
      // A Monday, 12:30 UTC.
      for (const [weeksAgo, calls, seconds] of [
        [0, 5, 0.01],
        [2, 15, 0.5],
        [5, 1_000, 9],
      ] as const) {
        const time = noon - weeksAgo * 7 * day;
        await store.append([batch(time, [{ name: 'pay', calls, seconds }], { arrival: time })]);
      }
      await store.append([batch(noon - 5 * hour, [{ name: 'pay', calls: 7, seconds: 0.02 }])]);
      const check = () => {
        const [alone] = profiles(store, { function: 'pay' }, last(15 * minute)).profiles;
        expect(alone?.conditions).toMatchObject({
          cold: null,
          hours: [
            { hour: 7, calls: 7, p50: within(0.02) },
            { hour: 12, calls: 20, p50: within(0.5), p99: within(0.5) },
          ],
        });
      };
      check();
      expect(profileOf('pay')?.conditions).toBeNull();
      await store.maintain();
      check();
    });

    test('the slowest calls are three of a minute and the same after a restart, each once', async () => {
      const slow = exemplar(noon - 3 * minute, 7, {
        entry: 'GET /slow',
        conditions: ['cold', 'requests 1'],
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        queries: { count: 24, summary: 'SELECT orders × 24' },
      });
      await store.append([
        batch(noon, [{ name: 'pay' }], {
          exemplars: [slow, ...[1, 3, 2, 5, 4].map((seconds) => exemplar(noon, seconds))],
        }),
      ]);
      const told = (length?: number) => profileOf('pay', length)?.exemplars.map(({ seconds }) => seconds);
      const check = () =>
        expect(profileOf('pay')?.exemplars[0]).toEqual({
          time: iso(noon - 3 * minute),
          seconds: 7,
          entry: 'GET /slow',
          conditions: ['cold', 'requests 1'],
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: 'b7ad6b7169203331',
          queries: { count: 24, summary: 'SELECT orders × 24' },
        });
      check();
      expect(told()).toEqual([7, 5, 4, 3]);
      expect(told(minute)).toEqual([5, 4, 3]);
      store = await under.reopen();
      expect(told()).toEqual([7, 5, 4, 3]);
      await store.append([batch(noon, [], { exemplars: [slow, exemplar(noon - 1, 6)] })]);
      await store.maintain();
      expect(told()).toEqual([7, 6, 5, 4]);
      store = await under.reopen();
      expect(told()).toEqual([7, 6, 5, 4]);
      check();
    });

    test('the slowest calls are thinned to those of each hour, and are gone after two days', async () => {
      const exemplars = Array.from({ length: 50 }, (_, i) => exemplar(noon - i * 1_000, 100 - i));
      await store.append([batch(noon, [{ name: 'pay' }], { exemplars })]);
      await store.maintain();
      expect(profileOf('pay')?.exemplars).toHaveLength(5);
      under.clock.now = noon + 4 * hour;
      await store.maintain();
      expect(profileOf('pay', 5 * hour)?.exemplars.map(({ seconds }) => seconds)).toEqual([100, 99, 98]);
      under.clock.now = noon + 3 * day;
      await store.maintain();
      expect(profileOf('pay', 4 * day)?.exemplars).toEqual([]);
    });
  });

  test('functions that are not measured are told with the reason, also after a restart', async () => {
    const key = { functionName: 'gen', filePath: 'src/shop.ts', lineNumber: 9 };
    await store.append([batch(noon, [], { unmeasured: [{ key, reason: 'it is generated' }] })]);
    store = await under.reopen();
    expect(profiles(store, { file: 'src/shop.ts' }, last(hour)).files).toMatchObject([
      { service: 'shop', unmeasured: [{ function: 'gen', line: 9, reason: 'it is generated' }] },
    ]);
  });

  test('services list environments, versions (newest first) and the instances that are alive', async () => {
    await store.append([batch(noon - hour, [{ name: 'a' }], { arrival: noon - hour })]);
    await store.append([
      batch(noon, [{ name: 'a' }, { name: 'b' }], { instance: { ...shop, version: 'v2', revision: 'abc' } }),
    ]);
    expect(services(store, noon).services).toMatchObject([
      {
        name: 'shop',
        environments: [
          {
            name: 'production',
            versions: [
              { version: 'v2', revision: 'abc', instances: 1, functions: 2 },
              { version: 'v1', instances: 0, functions: 1 },
            ],
          },
        ],
      },
    ]);
  });

  test('minutes are dropped after two days and counts survive in the coarser tiers', async () => {
    await store.append([batch(noon, [{ name: 'pay', calls: 7, seconds: 0.1 }])]);
    await store.maintain();
    under.clock.now = noon + 3 * day;
    await store.maintain();
    expect(profileOf('pay', 4 * day)).toMatchObject({ calls: 7, duration: { samples: 7 } });
    expect(profileOf('pay', hour)).toMatchObject({ calls: 0 });
  });

  test('what is older than 400 days is gone, and refused when it comes', async () => {
    await store.append([batch(noon, [{ name: 'pay', calls: 7 }])]);
    under.clock.now = noon + 401 * day;
    await store.maintain();
    expect(profiles(store, {}, last(420 * day)).profiles).toEqual([]);
    const refused = await store.append([batch(noon, [{ name: 'pay' }], { arrival: under.clock.now })]);
    expect([...refused]).toEqual([['older than anything that is kept', 1]]);
  });

  test('the generation of a service changes with its data only', async () => {
    await store.append([batch(noon, [{ name: 'pay' }])]);
    const before = store.generation('shop');
    await store.append([batch(noon, [{ name: 'pay' }], { instance: { ...shop, service: 'bank' } })]);
    expect(store.generation('shop')).toBe(before);
    await store.append([batch(noon, [{ name: 'pay' }])]);
    expect(store.generation('shop')).not.toBe(before);
  });
}
