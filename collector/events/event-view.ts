/** Events as the API tells them: with their place and what they concern. */
import {
  type EventEvent,
  type EventState,
  eventSeverities,
  type eventsQuerySchema,
  type ProductionEvent,
} from '@runlens/protocol/api/events';
import type { Policy } from '@runlens/protocol/policy';
import type { z } from 'zod';
import type { ProfileStore } from '../store/profile-store.ts';
import { ConcernsFinder } from './concerns.ts';
import type { EventBook, ToldChange } from './event-book.ts';
import { type EventRecord, isFlapping } from './life-cycle.ts';
import { type Place, placeOf } from './place.ts';
import { isQuiet } from './quiet-hours.ts';

export interface EventViewOptions {
  readonly book: EventBook;
  readonly store: ProfileStore;
  readonly policy: () => Policy;
  readonly now: () => number;
}

/** Of one message of the stream. */
const mostTold = 50;
/** More of one list are not looked up: they are told when one is asked for. */
const mostConcerned = 50;

export type EventFilter = Omit<z.output<typeof eventsQuerySchema>, 'since'> & {
  /** Milliseconds since 1970. */
  readonly since: number;
};

interface Placed {
  readonly record: EventRecord;
  readonly place: Place;
}

export class EventView {
  readonly #options: EventViewOptions;
  readonly #concerns: ConcernsFinder;

  constructor(options: EventViewOptions) {
    this.#options = options;
    this.#concerns = new ConcernsFinder(options.store);
  }

  async list(filter: EventFilter): Promise<{
    readonly events: readonly ProductionEvent[];
    readonly found: number;
    readonly firing: number;
  }> {
    const { book, now } = this.#options;
    const at = now();
    const { policy, context } = this.#context();
    const found = [...book.records]
      .filter((record) => matches(record, filter))
      .map((record) => ({ record, place: placeOf(record, context) }))
      .filter(({ place }) => isOf(place, filter))
      .sort(inOrder);
    const firing = found.filter(({ record }) => record.state === 'firing').length;
    const events: ProductionEvent[] = [];
    for (const placed of found.slice(0, filter.limit)) {
      const { record, place } = placed;
      const isLookedUp = record.state === 'firing' && events.length < mostConcerned;
      const concerns = isLookedUp ? await this.#concerns.of(record, place, policy, at) : undefined;
      events.push({ ...toEvent(placed, policy, at), ...(concerns === undefined ? {} : { concerns }) });
    }
    return { events, found: found.length, firing };
  }

  async get(id: string): Promise<ProductionEvent | undefined> {
    const record = this.#options.book.get(id);
    if (record === undefined) return undefined;
    const at = this.#options.now();
    const { policy, context } = this.#context();
    const place = placeOf(record, context);
    return { ...toEvent({ record, place }, policy, at), concerns: await this.#concerns.of(record, place, policy, at) };
  }

  told(changes: readonly ToldChange[]): EventEvent {
    const { now } = this.#options;
    const { policy, context } = this.#context();
    return {
      at: new Date(now()).toISOString(),
      changes: changes.slice(0, mostTold).map(({ record, change }) => {
        const { id, service, environment, kind, severity, title, quiet } = toEvent(
          { record, place: placeOf(record, context) },
          policy,
          now(),
        );
        return { id, service, environment, kind, severity, title, quiet, change };
      }),
      more: Math.max(0, changes.length - mostTold),
    };
  }

  #context(): {
    readonly policy: Policy;
    readonly context: { readonly policy: Policy; readonly isKnown: (service: string) => boolean };
  } {
    const policy = this.#options.policy();
    const services = new Set(this.#options.store.scopes().map(({ service }) => service));
    return { policy, context: { policy, isKnown: (service) => services.has(service) } };
  }
}

function matches({ source, message, state, startedAt, endedAt, lastSeen }: EventRecord, filter: EventFilter): boolean {
  const { source: ofSource, kind, state: wanted, severity, since } = filter;
  if (ofSource !== undefined && source !== ofSource) return false;
  if (kind !== undefined && message.kind !== kind) return false;
  if (wanted !== 'all' && state !== wanted) return false;
  if (severity !== undefined && rankOf(message.severity) > rankOf(severity)) return false;
  return state === 'firing' || Math.max(startedAt, endedAt ?? lastSeen) >= since;
}

const isOf = (place: Place, { service, environment }: EventFilter): boolean =>
  (service === undefined || place.service === service) &&
  // What says no environment may be of each.
  (environment === undefined || place.environment === null || place.environment === environment);

const rankOf = (severity: ProductionEvent['severity']): number => eventSeverities.indexOf(severity);
const stateRank: Readonly<Record<EventState, number>> = { firing: 0, resolved: 1 };

function inOrder({ record: one }: Placed, { record: other }: Placed): number {
  const byState = stateRank[one.state] - stateRank[other.state];
  if (byState !== 0) return byState;
  const bySeverity = one.state === 'firing' ? rankOf(one.message.severity) - rankOf(other.message.severity) : 0;
  return bySeverity !== 0 ? bySeverity : other.startedAt - one.startedAt || (one.id < other.id ? -1 : 1);
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

function toEvent({ record, place }: Placed, policy: Policy, now: number): ProductionEvent {
  const { id, source, message, state, startedAt, endedAt, firstSeen, lastSeen, messages, fired } = record;
  const { service, environment, version, revision } = place;
  return {
    ...{ id, source, kind: message.kind, state, severity: message.severity, title: message.title },
    ...(message.detail === undefined ? {} : { detail: message.detail }),
    ...{ service, environment, version, revision, labels: message.labels },
    ...(message.url === undefined ? {} : { url: message.url }),
    startedAt: iso(startedAt),
    endedAt: endedAt === null ? null : iso(endedAt),
    expired: record.expired,
    firstSeen: iso(firstSeen),
    lastSeen: iso(lastSeen),
    messages,
    fired: fired.length,
    flapping: isFlapping(record, now),
    quiet: isQuiet(policy.events?.quiet ?? [], place, startedAt),
  };
}
