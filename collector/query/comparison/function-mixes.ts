/** Reads from a store by which entries functions ran on two sides. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DetailCount, ProfileStore, Selection, Window } from '../../store/profile-store.ts';
import type { FunctionBatch } from './function-change.ts';
import { type EntryCounts, type EntryShare, type Mix, mixOf } from './mix.ts';
import type { Pair, SideTotals } from './screening.ts';
import type { Side } from './sides.ts';

interface Asked {
  readonly sides: { readonly base: Side; readonly now: Side };
  readonly close: readonly Pair[];
  /** By group. */
  readonly batches: Readonly<Record<'base' | 'now', ReadonlyMap<number, readonly FunctionBatch[]>>>;
  readonly details: Readonly<Record<'base' | 'now', readonly DetailCount[]>>;
  readonly traffic: number;
}

/** By group; without those of which no entry is known on both sides. */
export async function mixesOf(
  store: ProfileStore,
  selection: Selection,
  { sides, close, batches, details, traffic }: Asked,
): Promise<ReadonlyMap<number, Mix>> {
  const requests = {
    base: await requestsOf(store, selection, sides.base),
    now: await requestsOf(store, selection, sides.now),
  };
  const entries = { base: entriesOf(details.base), now: entriesOf(details.now) };
  const calls = { base: callsOf(store, close, sides.base, 'base'), now: callsOf(store, close, sides.now, 'now') };
  const mixes = new Map<number, Mix>();
  for (const { now } of close) {
    const group = now.functions[0]?.group ?? -1;
    const [one, two] = (['base', 'now'] as const).map((side) => ({
      calls: calls[side].get(group) ?? 0,
      entries: entries[side].get(group) ?? none,
      requests: requests[side],
      batches: batches[side].get(group) ?? [],
    }));
    if (one === undefined || two === undefined || one.calls === 0 || two.calls === 0) continue;
    if (one.entries.size > 0 && two.entries.size > 0) mixes.set(group, mixOf(one, two, traffic));
  }
  return mixes;
}
const none: ReadonlyMap<string, EntryShare> = new Map();

async function requestsOf(store: ProfileStore, selection: Selection, side: Side): Promise<EntryCounts> {
  const { service, environment } = selection;
  const functions = store.functions({ service, environment, version: side.version, entries: true });
  const read = (window: Window): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const { fn, calls } of store.read(functions, window).totals) {
      if (calls > 0) counts.set(fn.name, (counts.get(fn.name) ?? 0) + calls);
    }
    return counts;
  };
  const batches: ReadonlyMap<string, number>[] = [];
  for (const window of side.batches) {
    batches.push(read(window));
    await nextTurn();
  }
  return { hours: read(side.hours), batches };
}

/** By group and entry. */
function entriesOf(details: readonly DetailCount[]): ReadonlyMap<number, ReadonlyMap<string, EntryShare>> {
  const found = new Map<number, Map<string, EntryShare>>();
  for (const { fn, kind, label, count, histogram } of details) {
    if (kind !== 'entry' && kind !== 'entryDuration') continue;
    const own = found.get(fn.group) ?? new Map<string, EntryShare>();
    found.set(fn.group, own);
    const { calls, durations } = own.get(label) ?? { calls: 0, durations: undefined };
    own.set(label, {
      calls: calls + (kind === 'entry' ? count : 0),
      durations: kind === 'entryDuration' && histogram !== undefined ? histogram : durations,
    });
  }
  return found;
}

/** By group, of the whole hours. */
function callsOf(
  store: ProfileStore,
  close: readonly Pair[],
  side: Side,
  which: 'base' | 'now',
): ReadonlyMap<number, number> {
  const totals = close.map((pair): SideTotals => pair[which]);
  const functions = totals.flatMap((each) => each.functions);
  const calls = new Map<number, number>();
  for (const { fn, calls: each } of store.read(functions, side.hours).totals) {
    calls.set(fn.group, (calls.get(fn.group) ?? 0) + each);
  }
  return calls;
}
