import { sensorLevels as protocolLevels, type SensorLevel, type SwitchedBy } from '@runlens/protocol/control-names';
import type { Measuring } from '../runtime/runtime.ts';

export const sensorLevels = protocolLevels;

/** Why a file that was loaded while it was off is not measured. */
export const notSeen = 'it was loaded while the sensor was switched off; it is measured from the next start on';

/** What a level asks of the parts of the sensor. */
export interface Doing {
  readonly measuring: Measuring;
  /** Of the samples that may be taken, 0 to 1. */
  readonly samples: number;
  /** Callers, entries, queries and calls out. */
  readonly details: boolean;
}

export const doingAt: Readonly<Record<SensorLevel, Doing>> = {
  full: { measuring: 'timed', samples: 1, details: true },
  'fewer-samples': { measuring: 'timed', samples: 0.25, details: true },
  'no-details': { measuring: 'timed', samples: 0.25, details: false },
  'counts-only': { measuring: 'counted', samples: 0.25, details: false },
  'files-off': { measuring: 'counted', samples: 0.25, details: false },
  off: { measuring: 'off', samples: 0, details: false },
};

/** A range of slots: one loaded file's. */
export interface SlotRange {
  readonly first: number;
  readonly count: number;
}

/** What a sensor does and why. Crosses threads. */
export interface ControlState {
  readonly level: SensorLevel;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly offBy: readonly SwitchedBy[];
}

export interface ControlOptions {
  /** Does what the level asks; `left`: files that are left out from now on, `taken`: those that no longer are. */
  readonly apply: (doing: Doing, left: readonly SlotRange[], taken: readonly SlotRange[]) => void;
  /** Told after each change. */
  readonly changed: (state: ControlState, before: ControlState) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * How much this thread measures: as much as the limit allows, unless somebody has switched it off. Who has switched it off
 * has to switch it on again: neither of an operator with a signal and a collector undoes what the other wants.
 */
export class Control {
  readonly #options: ControlOptions;
  readonly #offBy = new Set<SwitchedBy>();
  #limit: SensorLevel = 'full';
  #left: readonly SlotRange[] = [];
  #applied: readonly SlotRange[] = [];
  #state: ControlState;

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#state = { level: 'full', since: options.now(), offBy: [] };
  }

  get state(): ControlState {
    return this.#state;
  }

  get isOff(): boolean {
    return this.#state.level === 'off';
  }

  get doing(): Doing {
    return doingAt[this.#state.level];
  }

  isOffBy(by: SwitchedBy): boolean {
    return this.#offBy.has(by);
  }

  switch(by: SwitchedBy, on: boolean): void {
    if (on) this.#offBy.delete(by);
    else this.#offBy.add(by);
    this.#update();
  }

  /** The most that may be done, and of which files nothing. */
  limit(level: Exclude<SensorLevel, 'off'>, left: readonly SlotRange[]): void {
    this.#limit = level;
    this.#left = level === 'files-off' ? left : [];
    this.#update();
  }

  #update(): void {
    const before = this.#state;
    const level = this.#offBy.size > 0 ? 'off' : this.#limit;
    const offBy = [...this.#offBy];
    // While it is off all slots rest, and which files were left out before means nothing.
    const wanted = level === 'off' ? [] : this.#left;
    const isSame = (one: SlotRange) => (other: SlotRange) => one.first === other.first;
    const left = wanted.filter((range) => !this.#applied.some(isSame(range)));
    const taken = this.#applied.filter((range) => !wanted.some(isSame(range)));
    if (level === before.level && left.length + taken.length === 0 && offBy.join() === before.offBy.join()) return;
    this.#applied = wanted;
    const isNew = level !== before.level;
    this.#state = { level, since: isNew ? this.#options.now() : before.since, offBy };
    this.#options.apply(this.doing, left, taken);
    this.#options.changed(this.#state, before);
  }
}
