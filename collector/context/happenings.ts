/** What happens now and what was lately, as it is held against the interests of sessions: read once for all of them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Happening } from '@runlens/agent/interest/concern';
import type { ProductionEvent } from '@runlens/protocol/api/events';
import type { EventView } from '../events/event-view.ts';
import type { Neighbours } from './neighbours.ts';

/** What is older is asked for, and not told by itself. */
const backMilliseconds = 24 * 3_600_000;
const mostEvents = 1_000;
/** What an event concerns is found anew as often, also where no message of it came. */
const freshMilliseconds = 30_000;
/** However many come, it is read no more often; who asks meanwhile waits for the next reading. */
const leastMilliseconds = 250;

export interface Candidate {
  readonly event: ProductionEvent;
  readonly happening: Happening;
}

export interface HappeningsOptions {
  readonly view: Pick<EventView, 'list'>;
  readonly neighbours: Neighbours;
  readonly now: () => number;
}

interface Reading {
  readonly at: number;
  /** How many changes it holds. */
  readonly change: number;
  readonly candidates: Promise<readonly Candidate[]>;
}

export class Happenings {
  readonly #options: HappeningsOptions;
  #read: Reading | undefined;
  #next: Promise<readonly Candidate[]> | undefined;
  readonly #listeners = new Set<() => void>();
  #changes = 0;

  constructor(options: HappeningsOptions) {
    this.#options = options;
  }

  /** An event has come or gone. */
  changed(): void {
    this.#changes += 1;
    for (const listener of this.#listeners) listener();
  }

  /** Until what it returns is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What fires, the gravest first, then what is over; all that has come until now. */
  candidates(): Promise<readonly Candidate[]> {
    const read = this.#read;
    const age = read === undefined ? Number.POSITIVE_INFINITY : this.#options.now() - read.at;
    if (read !== undefined && age >= 0 && age < freshMilliseconds && read.change === this.#changes)
      return read.candidates;
    if (age < 0 || age >= leastMilliseconds) return this.#readNow();
    this.#next ??= delay(leastMilliseconds - age).then(() => {
      this.#next = undefined;
      return this.#readNow();
    });
    return this.#next;
  }

  #readNow(): Promise<readonly Candidate[]> {
    const at = this.#options.now();
    const read: Reading = { at, change: this.#changes, candidates: this.#readAll(at) };
    this.#read = read;
    // One that failed is tried again.
    read.candidates.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return read.candidates;
  }

  async #readAll(at: number): Promise<readonly Candidate[]> {
    const { events } = await this.#options.view.list({
      ...{ state: 'all', since: at - backMilliseconds, limit: mostEvents },
    });
    return events.map((event) => ({ event, happening: this.#happeningOf(event) }));
  }

  #happeningOf({ kind, severity, service, environment, quiet, concerns, labels }: ProductionEvent): Happening {
    return {
      ...{ kind, severity, service, environment, quiet },
      functions: (concerns?.functions ?? []).map((each) => this.#options.neighbours.of(each)),
      files: concerns?.files ?? [],
      entries: concerns?.entries ?? [],
      names: Object.values(labels),
      isLocated: concerns?.isLocated === true,
    };
  }
}
