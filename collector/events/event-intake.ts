/** Takes messages in: a group at a time into the book, then they are acknowledged. */
import type { EventSource, EventsTaken } from '@runlens/protocol/api/events';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { ProblemError } from '../http/problems.ts';
import type { Arrival, EventBook, ToldChange } from './event-book.ts';
import { evidenceOf, hideText } from './evidence.ts';
import { Flood } from './flood.ts';
import { bounded, type ReadMessage } from './message.ts';

/** Messages that wait for the next group. */
const mostWaiting = 10_000;
const groupMilliseconds = 10;
/** How often it is looked whether a flood is over, and what has expired. */
const tickMilliseconds = 15_000;

export interface EventIntakeOptions {
  readonly book: EventBook;
  readonly redactor: () => Redactor;
  readonly now: () => number;
  readonly onChange: (changes: readonly ToldChange[]) => void;
  readonly onProblem: (error: unknown) => void;
}

interface Waiting {
  readonly arrivals: readonly Arrival[];
  readonly resolve: (taken: EventsTaken) => void;
  readonly reject: (reason: unknown) => void;
}

export class EventIntake {
  readonly #options: EventIntakeOptions;
  readonly #floods = new Map<EventSource, Flood>();
  readonly #tick: NodeJS.Timeout;
  #waiting: Waiting[] = [];
  #messages = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
    this.#tick = setInterval(() => this.#maintain(), tickMilliseconds);
    this.#tick.unref();
    this.#endFloodsOfBefore();
  }

  /** Resolves when what they tell survives kill -9. Rejects with a problem when too much waits, or where nothing can be written. */
  take(source: EventSource, messages: readonly ReadMessage[]): Promise<EventsTaken> {
    if (messages.length === 0) return Promise.resolve({ taken: 0, known: 0, folded: 0 });
    if (this.#messages + messages.length > mostWaiting) {
      return Promise.reject(
        new ProblemError('unavailable', 'Too many events wait to be taken: send them again after a second.', 1),
      );
    }
    const redactor = this.#options.redactor();
    const hide = (text: string, name?: string): string => hideText(redactor, text, name);
    const arrivals = messages.flatMap(({ message: given, evidence, onlyEnds = false }): Arrival[] => {
      const message = bounded(given, hide);
      if (onlyEnds && !this.#options.book.has(source, message.key)) return [];
      return [{ source, message, payload: evidenceOf(evidence, redactor) }];
    });
    this.#messages += arrivals.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ arrivals, resolve, reject });
      this.#timer ??= setTimeout(() => this.#flush(), groupMilliseconds);
    });
  }

  /** Takes what waits. */
  close(): void {
    clearInterval(this.#tick);
    clearTimeout(this.#timer);
    this.#flush();
  }

  #flush(): void {
    this.#timer = undefined;
    const group = this.#waiting;
    this.#waiting = [];
    this.#messages = 0;
    if (group.length === 0) return;
    const { book, now } = this.#options;
    const at = now();
    const begun = new Set<string>();
    const kept: Arrival[] = [];
    const folded = group.map(({ arrivals }) => arrivals.filter((each) => !this.#keeps(each, begun, kept, at)).length);
    const places = group.map(({ arrivals }, i) => arrivals.length - (folded[i] ?? 0));
    let changes: readonly (ToldChange | undefined)[];
    try {
      changes = book.take([...kept, ...this.#summaries(at)], at);
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    let from = 0;
    for (const [i, { resolve }] of group.entries()) {
      const own = changes.slice(from, from + (places[i] ?? 0));
      from += own.length;
      const taken = own.filter((change) => change !== undefined).length;
      resolve({ taken, known: own.length - taken, folded: folded[i] ?? 0 });
    }
    this.#tell(changes);
  }

  /** Adds it to those that are kept one by one, or counts it. */
  #keeps(arrival: Arrival, begun: Set<string>, kept: Arrival[], at: number): boolean {
    const { source, message } = arrival;
    const key = `${source} ${message.key}`;
    if (!begun.has(key) && !this.#options.book.has(source, message.key)) {
      let flood = this.#floods.get(source);
      if (flood === undefined) {
        flood = new Flood(at);
        this.#floods.set(source, flood);
      }
      if (!flood.admits(at)) {
        flood.fold(message, at);
        return false;
      }
      begun.add(key);
    }
    kept.push(arrival);
    return true;
  }

  #summaries(at: number): Arrival[] {
    const hide = (text: string): string => hideText(this.#options.redactor(), text);
    return [...this.#floods].flatMap(([source, flood]) => {
      const summary = flood.summary(source, at);
      return summary === undefined ? [] : [{ source, message: bounded(summary, hide), payload: 'null' }];
    });
  }

  #maintain(): void {
    const { book, now, onProblem } = this.#options;
    try {
      const at = now();
      const changes = [...book.take(this.#summaries(at), at), ...book.maintain(at)];
      this.#tell(changes);
    } catch (error) {
      onProblem(error);
    }
  }

  #tell(changes: readonly (ToldChange | undefined)[]): void {
    const told = changes.flatMap((change) => change ?? []);
    if (told.length > 0) this.#options.onChange(told);
  }

  /** What was counted is gone with the process that counted it. */
  #endFloodsOfBefore(): void {
    const { book, now, onProblem } = this.#options;
    const at = now();
    const ended = [...book.records].flatMap(({ source, message, state }): Arrival[] =>
      message.kind === 'flood' && state === 'firing'
        ? [{ source, message: { ...message, state: 'resolved', at: Math.max(at, message.at) }, payload: 'null' }]
        : [],
    );
    try {
      book.take(ended, at);
    } catch (error) {
      onProblem(error);
    }
  }
}
