import type { SensorLevel } from '@runlens/protocol/control-names';
import { sensorLevels } from './control.ts';
import type { Cost, FileCost } from './cost-meter.ts';

export type LimitLevel = Exclude<SensorLevel, 'off'>;

/** So many looks in a row over the budget, and the sensor does less; one dear interval is none. */
const looksOver = 3;
/** So many in a row well within it, and it does more again. */
const looksWithin = 6;
/** Well within: what it does less of now is not in what it costs now. */
const withinShare = 0.5;
/** Each time that it was too much again, it waits twice as long, up to so many times. */
const mostPatience = 64;
/** A level that it has kept for so many looks was no mistake: patience begins anew. */
const looksProven = 60;
/** Files left out at once, dearest first; each of those costs a tenth of the budget at least. */
const mostFiles = 8;
const leastOfBudget = 0.1;
/** The share that is told is the mean of so many looks. */
const looksOfMean = 3;

/**
 * Decides by what the sensor costs how much it may do: a step less after some looks in a row over the budget, a step more
 * after more of them well within it. Of a file that is left out nothing is counted, so that what its calls still cost
 * cannot be seen: it is taken to cost what it did, and tried again after a while.
 */
export class SelfLimit {
  readonly #budget: number;
  #level: LimitLevel = 'full';
  #left: readonly FileCost[] = [];
  #over = 0;
  #within = 0;
  #kept = 0;
  #patience = 1;
  #cameBack = false;
  readonly #shares: number[] = [];

  /** `budget`: 0 to 1, as `Cost.share`; 1: whatever it costs. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  get level(): LimitLevel {
    return this.#level;
  }

  get left(): readonly FileCost[] {
    return this.#left;
  }

  /** As `Cost.share`; undefined before the first look. */
  get share(): number | undefined {
    if (this.#shares.length === 0) return undefined;
    return this.#shares.reduce((sum, share) => sum + share, 0) / this.#shares.length;
  }

  /** Takes in what one interval cost. Whether the level or the files that are left out have changed. */
  look(cost: Cost): boolean {
    const hidden = this.#left.reduce((sum, { share }) => sum + share, 0);
    const share = Math.min(1, cost.share + hidden);
    this.#shares.push(share);
    if (this.#shares.length > looksOfMean) this.#shares.shift();
    if (this.#budget >= 1) return false;
    this.#kept += 1;
    if (this.#cameBack && this.#kept > looksProven) {
      this.#cameBack = false;
      this.#patience = 1;
    }
    const isDear = share > this.#budget;
    const isCheap = share < this.#budget * withinShare;
    this.#over = isDear ? this.#over + 1 : 0;
    this.#within = isCheap || (this.#level === 'files-off' && cost.share < this.#budget) ? this.#within + 1 : 0;
    if (this.#over >= looksOver && this.#stepBack(cost.files)) return true;
    if (this.#level !== 'full' && this.#within >= looksWithin * this.#patience) {
      this.#stepForward();
      return true;
    }
    return false;
  }

  #stepBack(files: readonly FileCost[]): boolean {
    const next = sensorLevels[sensorLevels.indexOf(this.#level) + 1];
    const isLast = next === 'files-off' || next === 'off' || next === undefined;
    if (isLast) {
      const dear = files.filter(
        ({ first, share }) =>
          share >= this.#budget * leastOfBudget && !this.#left.some((other) => other.first === first),
      );
      const [dearest] = dear;
      // There is nothing left that it could do less of.
      if (!dearest || this.#left.length >= mostFiles) return false;
      this.#left = [...this.#left, dearest];
      this.#changed('files-off');
    } else this.#changed(next);
    if (this.#cameBack) this.#patience = Math.min(mostPatience, this.#patience * 2);
    this.#cameBack = false;
    return true;
  }

  #stepForward(): void {
    this.#left = [];
    this.#changed(before(this.#level));
    this.#cameBack = true;
  }

  #changed(level: LimitLevel): void {
    this.#level = level;
    this.#over = 0;
    this.#within = 0;
    this.#kept = 0;
  }
}

const order: readonly LimitLevel[] = ['full', 'fewer-samples', 'no-details', 'counts-only', 'files-off'];
const before = (level: LimitLevel): LimitLevel => order[Math.max(0, order.indexOf(level) - 1)] ?? 'full';
