/** All events that are known. Kept on disk. */
import type { EventSource } from '@runlens/protocol/api/events';
import type { EventFile, EventWrite } from './event-file.ts';
import { type EventChange, type EventRecord, expired, isFlapping, told } from './life-cycle.ts';
import { type EventMessage, eventId, keyDigest } from './message.ts';

/** Beyond it those that are over go first, the oldest first. */
const mostRecords = 5_000;
/** So many more before they are looked through. */
const slack = 250;
const keptMilliseconds = 30 * 24 * 3_600_000;
/** That it is still so is not worth a write each time. */
const writeMilliseconds = 10 * 60_000;

export interface Arrival {
  readonly source: EventSource;
  /** Bounded and redacted. */
  readonly message: EventMessage;
  /** JSON text, redacted. */
  readonly payload: string;
}

export interface ToldChange {
  readonly record: EventRecord;
  readonly change: EventChange | 'flapping';
}

export class EventBook {
  readonly #file: Pick<EventFile, 'all' | 'write'>;
  readonly #records: Map<string, EventRecord>;
  readonly #written = new Map<string, number>();

  constructor(file: Pick<EventFile, 'all' | 'write'>) {
    this.#file = file;
    this.#records = new Map(file.all().map((record) => [record.id, record]));
  }

  get records(): IterableIterator<EventRecord> {
    return this.#records.values();
  }

  get(id: string): EventRecord | undefined {
    return this.#records.get(id);
  }

  /** By the key as its sender gave it. */
  stateOf(source: EventSource, key: string): EventRecord | undefined {
    return this.#records.get(eventId(source, keyDigest(key)));
  }

  has(source: EventSource, key: string): boolean {
    return this.#records.has(eventId(source, key));
  }

  /** What changed by each, undefined where nothing did. Throws where it cannot be kept; then nothing has changed. */
  take(arrivals: readonly Arrival[], now: number): readonly (ToldChange | undefined)[] {
    const next = new Map<string, EventRecord>();
    const due = new Map<string, EventWrite>();
    const changes = arrivals.map(({ source, message, payload }): ToldChange | undefined => {
      const id = eventId(source, message.key);
      const before = next.get(id) ?? this.#records.get(id);
      const { record, change } = told(before, source, message, now);
      next.set(id, record);
      const isDue =
        change !== undefined ||
        record.startedAt !== before?.startedAt ||
        message.detail !== before?.message.detail ||
        now - (this.#written.get(id) ?? 0) >= writeMilliseconds;
      if (isDue || due.has(id)) due.set(id, { record, payload });
      if (change === undefined) return undefined;
      if (!isFlapping(record, now)) return { record, change };
      // Told once, when it begins to.
      return before !== undefined && isFlapping(before, now) ? undefined : { record, change: 'flapping' };
    });
    this.#keep(next, [...due.values()], now);
    return changes;
  }

  /** Closes those of which nobody has said anything for long, and forgets what is old. */
  maintain(now: number): readonly ToldChange[] {
    const steps = [...this.#records.values()].flatMap((record) => {
      const { record: next, change } = expired(record, now);
      return change === undefined ? [] : [{ record: next, change }];
    });
    this.#keep(
      new Map(steps.map(({ record }) => [record.id, record])),
      steps.map(({ record }) => ({ record, payload: undefined })),
      now,
      true,
    );
    return steps;
  }

  #keep(next: ReadonlyMap<string, EventRecord>, due: readonly EventWrite[], now: number, all = false): void {
    const removed = this.#surplus(next, now, all);
    this.#file.write(
      due.filter(({ record }) => !removed.has(record.id)),
      removed,
    );
    for (const { record } of due) this.#written.set(record.id, now);
    for (const [id, record] of next) this.#records.set(id, record);
    for (const id of removed) {
      this.#records.delete(id);
      this.#written.delete(id);
    }
  }

  /** Ids that are too old, or too many. */
  #surplus(next: ReadonlyMap<string, EventRecord>, now: number, all: boolean): ReadonlySet<string> {
    const size = this.#records.size + [...next.keys()].filter((id) => !this.#records.has(id)).length;
    if (!all && size <= mostRecords + slack) return new Set();
    const records = [...new Map([...this.#records, ...next]).values()];
    const removed = new Set(
      records
        .filter(({ state, lastSeen }) => state === 'resolved' && now - lastSeen > keptMilliseconds)
        .map(({ id }) => id),
    );
    const left = records.length - removed.size - mostRecords;
    if (left <= 0) return removed;
    const worth = ({ state, lastSeen }: EventRecord): number => (state === 'firing' ? 1e15 : 0) + lastSeen;
    const least = records.filter(({ id }) => !removed.has(id)).sort((one, other) => worth(one) - worth(other));
    for (const { id } of least.slice(0, left)) removed.add(id);
    return removed;
  }
}
