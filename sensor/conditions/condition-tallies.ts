import { attributes, type Condition, conditions, metrics } from '@runlens/protocol/telemetry';
import type { OperationDelta } from '../operations/recorder.ts';
import { Tally } from '../operations/tally.ts';
import type { Samples } from '../runtime/samples.ts';
import { coldBit, failedBit, loadOf, loads } from './tag.ts';

/** Told with every so many intervals, since it is as much as all the rest: once a minute at the usual interval. */
export const intervalsPerTelling = 6;
/** A function that took less in its process so far is not told of: no condition of it matters to anyone. */
const leastSeconds = 0.01;
/** Functions told at once: those that took most. */
const mostFunctions = 1_000;
/** Functions of which there is something to tell: what a large program does at its start. */
const mostGathered = 5_000;

interface Gathered {
  seconds: number;
  readonly tallies: Map<Condition, Tally>;
}

/**
 * Durations of calls by the conditions that they ran under, of the same samples and weights as those of all calls: in the
 * export thread. A function that only ever ran under one load has none to compare, and is told without; what it was like shortly
 * before there was another load is told with that.
 */
export class ConditionTallies {
  readonly #gathered = new Map<number, Gathered>();
  /** By slot: what its calls took so far, in seconds, and under which loads it ran, as bits. */
  #seconds = new Float64Array(1024);
  #loads = new Uint8Array(1024);
  /** By slot, since the telling before: the only load of those that never ran under another. */
  #single = new Map<number, ReadonlyMap<Condition, Tally>>();
  #intervals = 0;

  gather({ slot, weight, milliseconds, tag }: Samples): void {
    for (let at = 0; at < slot.length; at += 1) {
      this.#add(slot[at] ?? 0, weight[at] ?? 0, Math.max(0, (milliseconds[at] ?? 0) / 1000), tag[at] ?? 0);
    }
  }

  /** An interval has ended: what there is to tell. `last`: nothing more will come. */
  cut(last: boolean): readonly OperationDelta[] {
    this.#intervals += 1;
    if (!last && this.#intervals % intervalsPerTelling !== 0) return [];
    const due: [slot: number, gathered: Gathered][] = [];
    for (const [slot, gathered] of this.#gathered) {
      // What is cold or failed waits until the function has taken enough: it is told of all processes, or of none.
      if ((this.#seconds[slot] ?? 0) < leastSeconds) continue;
      this.#gathered.delete(slot);
      due.push([slot, gathered]);
    }
    due.sort((one, other) => other[1].seconds - one[1].seconds);
    const single = this.#single;
    this.#single = new Map();
    return due.slice(0, mostFunctions).flatMap(([slot, { tallies }]) => this.#tell(slot, tallies, single.get(slot)));
  }

  #tell(slot: number, tallies: Map<Condition, Tally>, before: ReadonlyMap<Condition, Tally> = new Map()) {
    const underSeveral = severalBits(this.#loads[slot] ?? 0);
    if (!underSeveral) this.#single.set(slot, new Map([...tallies].filter(([condition]) => isLoad(condition))));
    else for (const [condition, tally] of before) tallyIn(tallies, condition).absorb(tally);
    const told: OperationDelta[] = [];
    for (const [condition, tally] of tallies) {
      if (isLoad(condition) && !underSeveral) continue;
      told.push({
        metric: metrics.conditions,
        slot,
        within: -1,
        attributes: [[attributes.condition, condition]],
        numbers: tally.numbers(),
      });
    }
    return told;
  }

  #add(slot: number, weight: number, seconds: number, tag: number): void {
    if (slot >= this.#seconds.length) this.#grow(slot);
    this.#seconds[slot] = (this.#seconds[slot] ?? 0) + seconds * weight;
    if (tag === 0) return;
    let gathered = this.#gathered.get(slot);
    if (!gathered) {
      if (this.#gathered.size >= mostGathered) return;
      gathered = { seconds: 0, tallies: new Map() };
      this.#gathered.set(slot, gathered);
    }
    gathered.seconds += seconds * weight;
    if ((tag & failedBit) !== 0) tallyIn(gathered.tallies, conditions.failed).add(seconds, weight);
    if ((tag & coldBit) !== 0) tallyIn(gathered.tallies, conditions.cold).add(seconds, weight);
    const load = loadOf(tag);
    const condition = loads[load];
    if (condition === undefined) return;
    this.#loads[slot] = (this.#loads[slot] ?? 0) | (1 << load);
    tallyIn(gathered.tallies, condition).add(seconds, weight);
  }

  #grow(slot: number): void {
    const length = Math.max(slot + 1, this.#seconds.length * 2);
    const seconds = new Float64Array(length);
    seconds.set(this.#seconds);
    this.#seconds = seconds;
    const seen = new Uint8Array(length);
    seen.set(this.#loads);
    this.#loads = seen;
  }
}

function tallyIn(tallies: Map<Condition, Tally>, condition: Condition): Tally {
  let tally = tallies.get(condition);
  if (!tally) {
    tally = Tally.coarse();
    tallies.set(condition, tally);
  }
  return tally;
}

const isLoad = (condition: Condition): boolean => condition !== conditions.cold && condition !== conditions.failed;
const severalBits = (bits: number): boolean => (bits & (bits - 1)) !== 0;
