import { entryName, type RequestAtHand } from '../requests/request-at-hand.ts';
import type { CallPath, Stack } from '../runtime/frames.ts';

/** What led to a call: a route; or, where `slot` is not -1, a job, of which that function is the outermost. */
export interface Entry {
  /** `POST /orders/:id`, or the kind of a job, which the name of the function is put behind; empty: not known. */
  readonly name: string;
  readonly slot: number;
}

export const unknownEntry: Entry = { name: '', slot: -1 };
/** Routes of one process; what is beyond is not told. */
const mostRoutes = 500;
/** Functions of which is known what they were called for. */
const mostLearned = 50_000;

/**
 * Which entry a call is for. Where the request is not known, as behind an `await` on Node 20 and 22, it is told by the
 * functions on the stack, from the outermost inwards, if one of them was only ever seen to be called for one entry; what
 * is in doubt is left out.
 */
export class Entries {
  readonly #requests: { readonly followsAwait: boolean };
  readonly #routes = new Set<string>();
  /** By slot; null: for several. */
  readonly #learned = new Map<number, Entry | null>();
  readonly #known = new Map<string, Entry>();

  constructor(requests: { readonly followsAwait: boolean }) {
    this.#requests = requests;
  }

  /** These functions were called for a route beyond doubt. */
  learn(name: string, path: CallPath): void {
    const entry = this.#route(name);
    if (this.#requests.followsAwait || entry === unknownEntry) return;
    for (const slot of path) this.#learn(slot, entry);
  }

  /** This stack is of no request beyond doubt. */
  learnJob(stack: Stack): void {
    const outermost = stack.path.at(-1);
    if (!stack.isWhole || outermost === undefined) return;
    const before = this.#learned.get(outermost);
    // Behind its first `await` nothing tells any more that it was a timer or a schedule that called it.
    const kind = stack.isScheduled ? 'cron' : stack.isTimer ? 'timer' : 'job';
    if (before?.slot === outermost) {
      if (before.name !== 'job') return;
      if (kind !== 'job') this.#learned.delete(outermost);
    }
    this.#learn(outermost, this.#job(kind, outermost));
  }

  /** Whether a timer or a schedule calls, or a function that was seen to stand for a job. */
  isJob({ path, isWhole, isTimer, isScheduled }: Stack): boolean {
    const outermost = path.at(-1) ?? -1;
    return isTimer || isScheduled || (isWhole && this.#learned.get(outermost)?.slot === outermost);
  }

  of(request: RequestAtHand | undefined, { path, isWhole }: Stack): Entry {
    if (request) {
      const name = entryName(request, true);
      return name === undefined ? unknownEntry : this.#route(name);
    }
    if (!isWhole) return unknownEntry;
    for (let i = path.length - 1; i >= 0; i -= 1) {
      const learned = this.#learned.get(path[i] ?? -1);
      if (learned) return learned;
      // Called for something else, which is not known.
      if (learned === undefined) return unknownEntry;
    }
    return unknownEntry;
  }

  #learn(slot: number, entry: Entry): void {
    const before = this.#learned.get(slot);
    if (before === entry || before === null) return;
    if (before === undefined && this.#learned.size >= mostLearned) this.#learned.clear();
    this.#learned.set(slot, before === undefined ? entry : null);
  }

  #route(name: string): Entry {
    const key = `route ${name}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#routes.size >= mostRoutes) return unknownEntry;
    this.#routes.add(name);
    return this.#keep(key, { name, slot: -1 });
  }

  #job(kind: 'cron' | 'timer' | 'job', slot: number): Entry {
    const key = `${kind} ${slot}`;
    return this.#known.get(key) ?? this.#keep(key, { name: kind, slot });
  }

  #keep(key: string, entry: Entry): Entry {
    this.#known.set(key, entry);
    return entry;
  }
}
