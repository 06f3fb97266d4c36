/** What becomes of an event from one message to the next: rules, without clock and file. Instants in milliseconds since 1970. */
import type { EventSource, EventState } from '@runlens/protocol/api/events';
import { type EventMessage, eventId } from './message.ts';

/** What is kept of an event. */
export interface EventRecord {
  readonly id: string;
  readonly source: EventSource;
  /** What was said last. */
  readonly message: EventMessage;
  readonly state: EventState;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly expired: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly messages: number;
  /** When it began to fire, the last times. */
  readonly fired: readonly number[];
  /** When it was over, the time before. */
  readonly endedBefore: number;
}

export type EventChange = 'fired' | 'again' | 'changed' | 'resolved';

export interface EventStep {
  readonly record: EventRecord;
  /** Undefined: what it told was known, or over already. */
  readonly change: EventChange | undefined;
}

const firedKept = 20;
const flappingMilliseconds = 30 * 60_000;
const flappingTimes = 4;
/** A sender's clock may be ahead by as much; what is beyond counts as of now. */
const aheadMilliseconds = 60_000;

/** It began so often lately that nobody is helped by being told each time. */
export const isFlapping = ({ fired }: EventRecord, now: number): boolean =>
  fired.filter((at) => now - at <= flappingMilliseconds).length >= flappingTimes;

/**
 * Messages come late, twice and in any order. The newest by the sender's clock decides, and of two of one instant the one that
 * says that it is over: a second is all that some senders tell.
 */
export function told(
  record: EventRecord | undefined,
  source: EventSource,
  given: EventMessage,
  now: number,
): EventStep {
  const at = Math.min(given.at, now + aheadMilliseconds);
  const message: EventMessage = { ...given, at, startedAt: Math.min(given.startedAt, at) };
  const isOver = message.state === 'resolved';
  if (record === undefined) {
    return {
      record: {
        ...{ id: eventId(source, message.key), source, message, state: message.state },
        startedAt: message.startedAt,
        endedAt: isOver ? at : null,
        expired: false,
        firstSeen: now,
        lastSeen: now,
        messages: 1,
        fired: [message.startedAt],
        endedBefore: 0,
      },
      change: isOver ? 'resolved' : 'fired',
    };
  }
  const heard = { ...record, lastSeen: Math.max(record.lastSeen, now), messages: record.messages + 1 };
  const isLate = at < record.message.at || (at === record.message.at && !(isOver && record.state === 'firing'));
  if (isLate)
    return { record: isOver ? withLaterStart(heard, message) : withEarlierStart(heard, message), change: undefined };
  if (isOver) {
    if (record.state === 'resolved') {
      // The beginning of what is over now was never told.
      const isOther = message.startedAt > (record.endedAt ?? 0);
      return {
        record: {
          ...heard,
          message,
          expired: false,
          endedAt: at,
          ...(isOther ? { startedAt: message.startedAt, endedBefore: record.endedAt ?? 0 } : {}),
        },
        change: saysOther(record.message, message) || isOther ? 'changed' : undefined,
      };
    }
    const startedAt = Math.min(record.startedAt, at);
    return {
      record: { ...heard, message, state: 'resolved', startedAt, endedAt: at, expired: false },
      change: 'resolved',
    };
  }
  if (record.state === 'firing') {
    return { record: { ...heard, message }, change: saysOther(record.message, message) ? 'changed' : undefined };
  }
  // It was over at `endedAt`: what began before then has gone on.
  const startedAt = Math.max(message.startedAt, record.endedAt ?? 0);
  return {
    record: {
      ...heard,
      ...{ message, state: 'firing', startedAt, endedAt: null, expired: false },
      fired: [...record.fired, startedAt].slice(-firedKept),
      endedBefore: record.endedAt ?? 0,
    },
    change: 'again',
  };
}

/** The first message may come last: since when it is so is known by it. */
function withEarlierStart(record: EventRecord, message: EventMessage): EventRecord {
  const { startedAt, endedBefore } = record;
  if (message.startedAt >= startedAt || message.startedAt < endedBefore) return record;
  return {
    ...record,
    startedAt: message.startedAt,
    fired: record.fired.map((each) => (each === startedAt ? message.startedAt : each)),
  };
}

/** The end of an earlier time comes after the beginning of this one: it did not go on since then. */
function withLaterStart(record: EventRecord, { at }: EventMessage): EventRecord {
  const { startedAt } = record.message;
  if (startedAt <= at) return record;
  const endedBefore = Math.max(record.endedBefore, at);
  if (record.startedAt > at) return { ...record, endedBefore };
  return { ...record, startedAt, endedBefore, fired: [...record.fired, startedAt].slice(-firedKept) };
}

const saysOther = (before: EventMessage, after: EventMessage): boolean =>
  before.severity !== after.severity || before.title !== after.title || before.kind !== after.kind;

/** Of one that fires and of which nobody said anything for so long nothing is known: a sender may not tell the end. */
export const expiresMilliseconds = 7 * 24 * 3_600_000;

export function expired(record: EventRecord, now: number): EventStep {
  if (record.state !== 'firing' || now - record.lastSeen < expiresMilliseconds) return { record, change: undefined };
  return { record: { ...record, state: 'resolved', endedAt: record.lastSeen, expired: true }, change: 'resolved' };
}
