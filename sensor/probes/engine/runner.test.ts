import { parseMessage } from '@runlens/protocol/probes/expression/message';
import { parseExpression } from '@runlens/protocol/probes/expression/parse';
import { defaultCaptureLimits } from '@runlens/protocol/probes/limits';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GateHandler, NameReader, OpenCall } from '../../runtime/open-functions.ts';
import { hitsOf } from './log-lines.ts';
import type { Hit, NamedExpression, PlacedProbe, ProbesNews, Tally } from './messages.ts';
import { rehearse } from './rehearsal.ts';
import { ProbeRunner } from './runner.ts';

const named = (text: string): NamedExpression => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.refusal.problem);
  return { text, expression: parsed.expression, isSecret: false };
};

/** A runtime with two functions of four gates each, whose calls are made by hand, and a clock that is set by hand. */
class Bench {
  at = 0;
  readonly open = new Map<number, Uint8Array>();
  readonly calls = new Map<number, number>();
  /** As they were handed over so far. */
  readonly handed: Hit[] = [];
  readonly tallies = new Map<string, Tally>();
  #handler: GateHandler | undefined;
  readonly #timers: { readonly run: () => void; at: number; readonly every: number | undefined }[] = [];
  /** What one look at the clock takes: hits cost something. */
  perLook = 0;
  readonly runner: ProbeRunner;

  constructor(changes: Partial<ConstructorParameters<typeof ProbeRunner>[0]> = {}) {
    const timer = (run: () => void, milliseconds: number, every?: number) => {
      this.#timers.push({ run, at: this.at + milliseconds, every });
      return { unref: () => undefined };
    };
    this.runner = new ProbeRunner({
      runtime: {
        open: (slot, count) => {
          const gates = this.open.get(slot) ?? new Uint8Array(count);
          this.open.set(slot, gates);
          return slot === 9 ? undefined : gates;
        },
        close: (slot) => {
          this.open.get(slot)?.fill(0);
          this.open.delete(slot);
        },
        onGate: (handler) => {
          this.#handler = handler;
        },
        callsOf: (slot) => this.calls.get(slot) ?? 0,
      },
      post: ({ hits, lines, tallies }: ProbesNews) => {
        this.handed.push(...structuredClone(hits), ...hitsOf(structuredClone(lines)));
        for (const tally of structuredClone(tallies)) this.tallies.set(tally.probe, tally);
      },
      request: () => undefined,
      ownFolder: '/sensor/',
      secretNames: [],
      rules: undefined,
      now: () => {
        this.at += this.perLook;
        return this.at;
      },
      wallNow: () => 1_000_000 + this.at,
      // Their calls are all that is used of them.
      timers: {
        // As Node does: from the whole millisecond on, for whole milliseconds, so that it can end early.
        setTimeout: (run: () => void, milliseconds: number) =>
          timer(run, Math.floor(this.at) - this.at + Math.max(1, Math.trunc(milliseconds))),
        setImmediate: (run: () => void) => timer(run, 0),
        setInterval: (run: () => void, milliseconds: number) => timer(run, milliseconds, milliseconds),
        clearInterval: () => undefined,
      } as unknown as ConstructorParameters<typeof ProbeRunner>[0]['timers'],
      ...changes,
    });
    // Until it is warm.
    this.wait(1);
  }

  /** Snapshots are handed over when the program's turn is over. */
  get hits(): readonly Hit[] {
    this.wait(0);
    return this.handed;
  }

  place(changes: Partial<PlacedProbe> = {}): void {
    this.runner.take([{ do: 'place', probe: { ...usual, ...changes }, secretNames: [] }]);
  }

  /** A call comes by a gate: what the gate is there for happens only where it is on. */
  pass(gate: number, values: readonly unknown[] = [], call: OpenCall = newCall(), value?: unknown): void {
    const read: NameReader = (index) => {
      if (!(index in values)) throw new ReferenceError('not yet');
      return values[index];
    };
    if (this.open.get(call.slot)?.[gate]) this.#handler?.(call, gate, read, value);
  }

  /** Runs what is due first. */
  step(): void {
    const due = this.#timers.filter(({ at }) => at <= this.at).sort((one, other) => one.at - other.at)[0];
    if (!due) throw new Error('nothing is due');
    this.#timers.splice(this.#timers.indexOf(due), 1);
    due.run();
  }

  /** Lets time pass, with all timers that are due in it. */
  wait(milliseconds: number): void {
    const end = this.at + milliseconds;
    for (let count = 0; count < 10_000; count += 1) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (!due) break;
      this.at = Math.max(this.at, due.at);
      if (due.every === undefined) this.#timers.splice(this.#timers.indexOf(due), 1);
      else due.at += due.every;
      due.run();
    }
    this.at = Math.max(this.at, end);
  }

  tally(id = usual.id): Tally {
    this.wait(250);
    const tally = this.tallies.get(id);
    if (!tally) throw new Error('nothing was told');
    return tally;
  }
}

const newCall = (slot = 1): OpenCall => ({ slot, state: undefined });
const usual: PlacedProbe = {
  id: 'p-aaaaaaaa',
  kind: 'counter',
  copies: [
    {
      slot: 1,
      gateCount: 4,
      gates: [{ gate: 3, role: 'hit' }],
      names: [
        { index: 0, name: 'a', kind: 'parameter' },
        { index: 1, name: 'later', kind: 'let' },
      ],
    },
  ],
  condition: undefined,
  expressions: [],
  texts: [],
  level: 'info',
  toServiceLog: false,
  by: undefined,
  limits: { ...defaultCaptureLimits, milliseconds: 1000 },
  hits: null,
  rate: null,
  expiresAt: 1_000_000 + 3_600_000,
  paused: false,
  isPreview: false,
};
const atExit = {
  copies: [
    {
      ...usual.copies[0],
      slot: 1,
      gateCount: 4,
      names: [],
      gates: [
        { gate: 0, role: 'begin' },
        { gate: 1, role: 'return' },
        { gate: 2, role: 'throw' },
      ],
    },
  ],
} as const satisfies Partial<PlacedProbe>;

describe('probes in the service’s thread', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });

  it('open only their gates, and close the function with the last of them', () => {
    bench.place();
    bench.place({ id: 'p-bbbbbbbb', ...atExit });
    expect([...(bench.open.get(1) ?? [])]).toEqual([1, 1, 1, 1]);
    bench.runner.take([{ do: 'withdraw', id: 'p-bbbbbbbb' }]);
    expect([...(bench.open.get(1) ?? [])]).toEqual([0, 0, 0, 1]);
    bench.runner.take([{ do: 'withdraw', id: usual.id }]);
    expect(bench.open.size).toBe(0);
  });

  it('count by value, of more values than can be told the rest together', () => {
    bench.place({ by: named('a') });
    for (let value = 0; value < 100; value += 1) bench.pass(3, [value]);
    bench.pass(3, [5]);
    const { numbers = [], reached, hits } = bench.tally();
    expect({ reached, hits }).toEqual({ reached: 101, hits: 101 });
    expect(numbers).toHaveLength(65);
    expect(numbers.find(({ by }) => by === '5')?.count).toBe(2);
    expect(numbers.find(({ by }) => by === '(other)')?.count).toBe(36);
  });

  it('tell only hits for which the condition is true, and count what fails', () => {
    bench.place({ condition: named('a > 1').expression });
    for (const a of [0, 1, 2, 3, Symbol('s')]) bench.pass(3, [a]);
    bench.place({ id: 'p-bbbbbbbb', condition: named('later > 1').expression });
    bench.pass(3, [0]);
    expect(bench.tally()).toMatchObject({ reached: 6, hits: 2, failures: 1 });
    expect(bench.tally('p-bbbbbbbb')).toMatchObject({
      hits: 0,
      failures: 1,
      failure: 'A variable has no value yet at this place.',
    });
  });

  it('tell no more than the rate, and then what could not be told', () => {
    bench.place({ kind: 'snapshot', rate: 2 });
    for (let hit = 0; hit < 10; hit += 1) bench.pass(3, [hit]);
    expect(bench.hits).toHaveLength(2);
    expect(bench.tally()).toMatchObject({ state: 'over-rate', hits: 2, skipped: 8 });
    bench.wait(1_000);
    expect(bench.tally().state).toBe('armed');
    bench.pass(3, [11]);
    expect(bench.hits).toHaveLength(3);
  });

  it('tell at most 25 snapshots a second together', () => {
    bench.place({ kind: 'snapshot', rate: 25 });
    bench.place({ id: 'p-bbbbbbbb', kind: 'snapshot', rate: 25 });
    for (let hit = 0; hit < 30; hit += 1) bench.pass(3, [hit]);
    expect(bench.hits).toHaveLength(25);
  });

  it('hand a snapshot over when the turn is over, as it was, and at once when the process ends', () => {
    bench.place({ kind: 'snapshot', rate: 25 });
    const order = { id: 'before' };
    bench.pass(3, [order]);
    order.id = 'after';
    expect(bench.handed).toEqual([]);
    expect(JSON.stringify(bench.hits)).toContain('before');
    expect(JSON.stringify(bench.hits)).not.toContain('after');
    bench.pass(3, [order]);
    bench.runner.end();
    expect(bench.handed).toHaveLength(2);
  });

  it('end after their hits, and what others have told counts', () => {
    bench.place({ kind: 'snapshot', rate: 25, hits: 3 });
    bench.pass(3, [1]);
    bench.runner.take([{ do: 'change', id: usual.id, hits: 1, expiresAt: usual.expiresAt, paused: false }]);
    bench.pass(3, [2]);
    bench.pass(3, [3]);
    expect(bench.hits).toHaveLength(2);
    expect(bench.tally()).toMatchObject({ state: 'hits-told', hits: 2 });
    expect(bench.open.size).toBe(0);
  });

  it('end at their time, also while nothing but the program runs', () => {
    bench.place({ expiresAt: 1_000_000 + 500 });
    bench.pass(3, [1]);
    bench.at = 600;
    bench.pass(3, [1]);
    expect(bench.tally()).toMatchObject({ state: 'expired', hits: 1 });
    expect(bench.open.size).toBe(0);
  });

  it('rest when they take too much, for longer each time, and close the function meanwhile', () => {
    bench.place();
    bench.perLook = 1;
    for (let hit = 0; hit < 100 && bench.open.size > 0; hit += 1) bench.pass(3, [1]);
    const { hits } = bench.tallies.get(usual.id) ?? { hits: 0 };
    expect(hits).toBeLessThan(60);
    bench.perLook = 0;
    expect(bench.open.size).toBe(0);
    expect(bench.tally()).toMatchObject({ state: 'over-budget' });
    bench.wait(2_100);
    expect(bench.tally()).toMatchObject({ state: 'armed' });
    expect(bench.open.size).toBe(1);
    bench.perLook = 50;
    bench.pass(3, [1]);
    bench.perLook = 0;
    bench.wait(2_100);
    expect(bench.tally().state).toBe('over-budget');
    bench.wait(2_100);
    expect(bench.tally().state).toBe('armed');
  });

  it('are armed again also where a timer ends before its time', () => {
    bench.wait(0.9);
    bench.place();
    bench.calls.set(1, 1e9);
    expect(bench.tally()).toMatchObject({ state: 'over-budget' });
    bench.wait(2_100);
    expect(bench.tally()).toMatchObject({ state: 'armed' });
    expect(bench.open.size).toBe(1);
  });

  it('do not rest since the thread got no core in the middle of a hit', () => {
    bench.place({ limits: { ...usual.limits, milliseconds: 1 } });
    bench.perLook = 40;
    for (let hit = 0; hit < 5; hit += 1) bench.pass(3, [1]);
    bench.perLook = 0;
    expect(bench.tally()).toMatchObject({ state: 'armed', hits: 5 });
  });

  it('take what calls of an open function cost, also where no gate is a hit', () => {
    bench.place();
    bench.calls.set(1, 1e9);
    bench.wait(150);
    expect(bench.tally()).toMatchObject({ state: 'over-budget', reached: 0 });
  });

  it('close the gates between hits where what is not told would cost much', () => {
    bench.place({ kind: 'snapshot', rate: 1 });
    bench.pass(3, [1]);
    bench.perLook = 0.5;
    for (let hit = 0; hit < 20; hit += 1) bench.pass(3, [1]);
    bench.perLook = 0;
    expect(bench.open.size).toBe(0);
    expect(bench.tally()).toMatchObject({ isPartial: true });
    bench.wait(1_100);
    bench.pass(3, [2]);
    expect(bench.hits).toHaveLength(2);
  });

  it('time each call of its own, in recursion and at throws too', () => {
    bench.place({ kind: 'timer', ...atExit });
    const [outer, inner] = [newCall(), newCall()];
    bench.pass(0, [], outer);
    bench.at += 10;
    bench.pass(0, [], inner);
    bench.at += 20;
    bench.pass(2, [], inner, new Error('thrown'));
    bench.at += 30;
    bench.pass(1, [], outer, 'returned');
    // Open since it began: no entry was seen.
    bench.pass(1, [], newCall(), 'returned');
    const [{ count, duration } = { count: 0, duration: undefined }] = bench.tally().numbers ?? [];
    expect(count).toBe(2);
    expect(duration?.sum).toBeCloseTo(0.08);
    expect(duration?.max).toBeCloseTo(0.06);
  });

  it('give what is returned and thrown, and how long it took, to expressions', () => {
    bench.place({
      kind: 'snapshot',
      rate: 25,
      ...atExit,
      condition: named('$return === 5 || $thrown?.code === 7').expression,
    });
    for (const [gate, value] of [
      [1, 4],
      [1, 5],
      [2, { code: 7 }],
      [2, 5],
    ] as const) {
      const call = newCall();
      bench.pass(0, [], call);
      bench.at += 2;
      bench.pass(gate, [], call, value);
    }
    expect(bench.hits.map(({ shown }) => shown?.values).map((values) => values?.returned ?? values?.thrown?.t)).toEqual(
      [{ t: 'number', v: '5' }, 'object'],
    );
    expect(bench.hits[0]?.duration).toBeCloseTo(0.002);
  });

  it('hand over nothing that is secret, not to the export thread either', () => {
    bench.place({ kind: 'snapshot' });
    bench.pass(3, ['paid with 4111 1111 1111 1111', { note: 'ask ann@example.com' }]);
    const [hit] = bench.hits;
    expect(hit?.shown?.redacted).toBe(2);
    const told = JSON.stringify(bench.handed);
    expect(told).toContain('paid with');
    expect(told).not.toContain('4111');
    expect(told).not.toContain('ann@example.com');
  });

  it('hand over one snapshot a turn, and all when the process ends', () => {
    bench.place({ kind: 'snapshot', rate: 10 });
    for (let hit = 0; hit < 3; hit += 1) bench.pass(3, [hit, {}]);
    expect(bench.handed).toHaveLength(0);
    bench.step();
    expect(bench.handed).toHaveLength(1);
    bench.runner.end();
    expect(bench.handed).toHaveLength(3);
  });

  it('judge many texts in several turns, hide what is secret in each of them, and hand over in a turn of its own', () => {
    bench.place({ kind: 'snapshot', rate: 10, limits: { ...usual.limits, elements: 100 } });
    const rows = Array.from({ length: 50 }, (_, at) => `row ${at}: password=swordfish`);
    bench.pass(3, [rows, {}]);
    bench.perLook = 0.1;
    let turns = 0;
    for (; bench.handed.length === 0 && turns < 1_000; turns += 1) {
      bench.at += 1;
      bench.step();
    }
    expect(turns).toBeGreaterThan(20);
    const [hit] = bench.handed;
    expect(hit?.shown?.redacted).toBe(50);
    expect(JSON.stringify(hit)).not.toContain('swordfish');
    expect(JSON.stringify(hit)).toContain('row 49: password=[redacted]');
    expect(hit?.cost).toBeGreaterThan(turns * 0.1);
  });

  it('hand over what has many texts at once when the process ends, and when too many wait', () => {
    const rows = Array.from({ length: 50 }, (_, at) => `row ${at}: password=swordfish`);
    bench.place({ kind: 'snapshot', rate: 25 });
    bench.pass(3, [rows, {}]);
    bench.perLook = 0.1;
    bench.runner.end();
    expect(bench.handed).toHaveLength(1);
    bench.perLook = 0;
    for (let hit = 0; hit < 12; hit += 1) bench.pass(3, [rows, {}]);
    bench.perLook = 0.1;
    bench.at += 1;
    for (let turn = 0; turn < 3; turn += 1) {
      bench.at += 1;
      bench.step();
    }
    expect(bench.handed).toHaveLength(4);
  });

  it('hand over logs together', () => {
    const parsed = parseMessage('a is {a}');
    if (!parsed.ok) throw new Error(parsed.refusal.problem);
    const expressions = parsed.expressions.map((one) => ({ ...one, isSecret: false }));
    bench.place({ kind: 'log', rate: 5000, texts: parsed.texts, expressions });
    for (let hit = 0; hit < 10; hit += 1) bench.pass(3, [hit]);
    expect(bench.hits).toHaveLength(0);
    bench.wait(30);
    expect(bench.hits.map(({ message }) => message)).toEqual(Array.from({ length: 10 }, (_, hit) => `a is ${hit}`));
  });

  it('say where no function could be opened', () => {
    bench.place({ copies: usual.copies.map((copy) => ({ ...copy, slot: 9 })) });
    expect(bench.tally()).toMatchObject({ state: 'armed', copies: 0 });
  });

  it('an error of their own withdraws all, and nothing reaches the program', () => {
    bench.place();
    const bad = { ...usual, id: 'p-bbbbbbbb', condition: named('unknownName').expression };
    bench.runner.take([{ do: 'place', probe: bad, secretNames: [] }]);
    expect(bench.open.size).toBe(0);
    expect(() => bench.pass(3, [1])).not.toThrow();
    expect(bench.tallies.get(usual.id)?.state).toBe('closed');
  });

  it('rehearse each kind of hit, stack and all, and tell nobody', () => {
    // It has rehearsed.
    expect([bench.handed, [...bench.tallies], [...bench.open]]).toEqual([[], [], []]);
    const told: ProbesNews[] = [];
    const steps = rehearse(new Redactor(), ({ runtime, post }) => {
      const { runner } = new Bench({
        runtime,
        post: (news) => {
          told.push(news);
          post(news);
        },
      });
      return runner;
    });
    expect([...steps].length).toBeGreaterThan(20);
    const hits = told.flatMap(({ hits, lines }) => [...hits, ...hitsOf(lines)]);
    const tallies = told.flatMap((news) => news.tallies);
    expect(hits.filter(({ shown }) => JSON.stringify(shown?.values)?.includes('a text'))).toHaveLength(2);
    expect(hits.filter(({ shown }) => shown === undefined)).toHaveLength(2);
    expect(hits.some(({ frames }) => frames.length > 0)).toBe(true);
    for (const numbers of [undefined, expect.anything()]) {
      expect(tallies).toContainEqual(expect.objectContaining({ failures: 0, reached: 1, hits: 1, numbers }));
    }
  });
});
