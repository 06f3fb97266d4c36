import { attributes, metrics } from '@runlens/protocol/telemetry';
import { intervalsPerTelling } from '../conditions/condition-tallies.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import { Tally } from '../operations/tally.ts';
import type { Entry } from './entries.ts';

/** Entries of one function between two tellings, and of all functions: what is beyond is not told. */
const mostEntries = 32;
const mostPairs = 5_000;

/** How long functions take for each entry: of the calls whose stack was captured, each standing for all it was drawn from. */
export class EntryDurations {
  readonly #bySlot = new Map<number, Map<Entry, Tally>>();
  #pairs = 0;
  #intervals = 0;

  /** `weight`: calls that it stands for. */
  add(slot: number, entry: Entry, seconds: number, weight: number): void {
    if (entry.name === '') return;
    let byEntry = this.#bySlot.get(slot);
    if (!byEntry) {
      byEntry = new Map();
      this.#bySlot.set(slot, byEntry);
    }
    let tally = byEntry.get(entry);
    if (!tally) {
      if (byEntry.size >= mostEntries || this.#pairs >= mostPairs) return;
      this.#pairs += 1;
      tally = Tally.coarse();
      byEntry.set(entry, tally);
    }
    tally.add(seconds, weight);
  }

  /** An interval has ended: what there is to tell. `last`: nothing more will come. */
  cut(last: boolean): readonly OperationDelta[] {
    this.#intervals += 1;
    if (!last && this.#intervals % intervalsPerTelling !== 0) return [];
    const told: OperationDelta[] = [];
    for (const [slot, byEntry] of this.#bySlot) {
      for (const [{ name, slot: entrySlot }, tally] of byEntry) {
        told.push({
          metric: metrics.conditions,
          slot,
          within: -1,
          attributes: [[attributes.entry, name]],
          entrySlot,
          numbers: tally.numbers(),
        });
      }
    }
    this.#bySlot.clear();
    this.#pairs = 0;
    return told;
  }
}
