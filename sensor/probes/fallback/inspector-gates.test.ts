import inspector from 'node:inspector';
import { runInThisContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InspectorGates, type InspectorGatesOptions } from './inspector-gates.ts';

const url = '/app/inspected.cjs';
const source = `(function work(a) {
  const twice = a * 2;
  return twice;
})`;
const slot = 2 ** 29;
let gates: InspectorGates | undefined;

function make(changes: Partial<InspectorGatesOptions> = {}): InspectorGates {
  gates = new InspectorGates({
    inspector,
    // Flags of this process are those of all its tests.
    setFlagsFromString: () => undefined,
    hasOwnFlags: true,
    usedHeap: () => 2 ** 20,
    longestStop: 50,
    setTimeout,
    clearTimeout,
    windows: { armed: 60_000, rest: 1, quiet: 1, linger: 60_000 },
    ...changes,
  });
  return gates;
}

/** A function, and a breakpoint in it at a line of its own (0-based). */
function place(on: InspectorGates, line: number): (a: number) => number {
  // The expression above.
  const work = runInThisContext(source, { filename: url }) as (a: number) => number;
  const found = on.seek([url]);
  const script = typeof found === 'string' ? undefined : found.at(-1);
  if (!script) throw new Error(`no script: ${found}`);
  const breakpoint = { scriptId: script.scriptId, line, column: 2, reader: '(n)=>n===0?a:n===1?twice:void 0', trap: 0 };
  on.know(slot, breakpoint);
  return work;
}

/** Only a machine that stands still takes so long. */
const until = (what: string, isSo: () => boolean) =>
  vi.waitFor(() => expect(isSo(), what).toBe(true), { timeout: 60_000, interval: 5 });

const globals = (): readonly string[] =>
  Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith('$rlX7i'));

afterEach(() => {
  gates?.end();
  expect(globals()).toEqual([]);
});

describe("gates by V8's inspector", () => {
  it('tell what a line reads, change nothing of what it does, and are taken away within a hit', async () => {
    const told: unknown[] = [];
    const on = make();
    const work = place(on, 2);
    on.onGate((call, gate, read) => {
      told.push([call.slot, gate, read(0), read(1)]);
      if (told.length === 2) on.close(slot);
    });
    const flags = on.open(slot, 4);
    flags?.fill(1, 3);
    await until('it is reached', () => work(4) === 8 && told.length > 0);
    expect([work(5), work(6), work(7)]).toEqual([10, 12, 14]);
    expect(told).toEqual([
      [slot, 3, 4, 8],
      [slot, 3, 5, 10],
    ]);
  });

  it('let nothing that the handler throws reach the program, and do not enter it twice', async () => {
    let entered = 0;
    const on = make();
    const work = place(on, 2);
    on.onGate(() => {
      entered += 1;
      work(1);
      throw new Error('of the handler');
    });
    on.open(slot, 4)?.fill(1, 3);
    await until('it is reached', () => work(4) === 8 && entered > 0);
    const before = entered;
    expect(work(5)).toBe(10);
    expect(entered).toBe(before + 1);
  });

  it('stand in windows, with rests between', async () => {
    let hits = 0;
    const on = make({ windows: { armed: 20, rest: 20, quiet: 1, linger: 60_000 } });
    const work = place(on, 2);
    on.onGate(() => {
      hits += 1;
    });
    on.open(slot, 4)?.fill(1, 3);
    const isHit = () => {
      const before = hits;
      work(1);
      return hits > before;
    };
    await until('it stands', isHit);
    await until('it rests', () => !isHit());
    await until('it stands again', isHit);
  });

  it.each<[string, Partial<InspectorGatesOptions>, string]>([
    ['where a debugger can attach', { inspector: { ...inspector, url: () => 'ws://127.0.0.1:9229' } }, '--inspect'],
    ['where it would stop the process for too long', { usedHeap: () => 2 ** 30 }, 'for about 205 ms'],
    [
      'where there is none',
      {
        inspector: {
          url: () => undefined,
          Session: class {
            constructor() {
              throw new Error('built without');
            }
          } as unknown as InspectorGatesOptions['inspector']['Session'],
        },
      },
      'built without',
    ],
  ])('are refused %s', (_, changes, reason) => {
    expect(make(changes).seek([url])).toContain(reason);
  });

  it('say why V8 does not stand at a place', async () => {
    const on = make();
    place(on, 99);
    on.open(slot, 4);
    await until('it says why', () => on.problemOf(slot) !== undefined);
    expect(on.open(slot, 4)).toBeUndefined();
  });
});
