/** What of all that happens a session is to be told now, and what it has been told then. Pure. */
import { eventSeverities, type NewsChange, type NewsItem, type ProductionEvent } from '@runlens/protocol';
import { type Concern, programEvents } from './concern.ts';

/** What a session was told of one event. */
export interface Told {
  readonly state: 'firing' | 'over';
  readonly severity: ProductionEvent['severity'];
  /** It was told that it comes and goes. */
  readonly flapping: boolean;
  /** As a number among others: its end is not told then. */
  readonly summarised: boolean;
}

export interface Candidate {
  readonly event: ProductionEvent;
  /** Undefined: it does not concern the session, or no more. */
  readonly concern: Concern | undefined;
}

export interface News {
  /** The gravest first. */
  readonly items: readonly NewsItem[];
  /** What was told of the events of these items, once they are delivered. */
  readonly told: ReadonlyMap<string, Told>;
}

/**
 * `begunAt`: when the session began, milliseconds since 1970: what happened at once before is not new to it, and what fires since
 * before is.
 */
export function newsOf(candidates: readonly Candidate[], told: ReadonlyMap<string, Told>, begunAt: number): News {
  const items: NewsItem[] = [];
  const next = new Map<string, Told>();
  for (const { event, concern } of candidates) {
    const before = told.get(event.id);
    const change = changeOf(event, concern, before, begunAt);
    if (change === undefined) continue;
    next.set(event.id, {
      state: event.state === 'firing' ? 'firing' : 'over',
      severity: event.severity,
      flapping: change === 'flapping',
      summarised: false,
    });
    items.push(itemOf(event, change, concern ?? toldBefore));
  }
  return { items: items.sort(byGravity), told: next };
}

/** So long what is over is still said to be. */
const overMilliseconds = 30 * 60_000;

/** All that concerns a session at an instant (milliseconds since 1970), told before or not. */
export function standingOf(candidates: readonly Candidate[], told: ReadonlyMap<string, Told>, now: number): News {
  const next = new Map<string, Told>();
  const items = candidates.flatMap(({ event, concern }) => {
    const { id, state, severity, flapping, endedAt } = event;
    const isFiring = state === 'firing';
    const isJustOver = told.has(id) && endedAt !== null && now - Date.parse(endedAt) <= overMilliseconds;
    if (isFiring ? concern === undefined : !isJustOver) return [];
    next.set(id, { state: isFiring ? 'firing' : 'over', severity, flapping, summarised: false });
    const change = !isFiring ? 'over' : flapping ? 'flapping' : 'fired';
    return [itemOf(event, change, concern ?? toldBefore)];
  });
  return { items: items.sort(byGravity), told: next };
}

const toldBefore: Concern = { kind: 'all', score: 0, of: 'what you were told before' };

function changeOf(
  event: ProductionEvent,
  concern: Concern | undefined,
  before: Told | undefined,
  begunAt: number,
): NewsChange | undefined {
  const isFiring = event.state === 'firing';
  if (before === undefined) {
    if (concern === undefined) return undefined;
    if (isFiring) return event.flapping ? 'flapping' : 'fired';
    return programEvents.has(event.kind) && Date.parse(event.startedAt) >= begunAt ? 'happened' : undefined;
  }
  if (before.summarised) return isFiring && isWorse(event.severity, before.severity) ? 'changed' : undefined;
  if (event.flapping) return before.flapping ? undefined : 'flapping';
  if (!isFiring) {
    // One that flapped settles by ending, too.
    if (before.state === 'firing' || before.flapping) return 'over';
    return undefined;
  }
  if (concern === undefined) return undefined;
  if (before.state === 'over' || before.flapping) return 'again';
  return isWorse(event.severity, before.severity) ? 'changed' : undefined;
}

const rankOf = (severity: ProductionEvent['severity']): number => eventSeverities.indexOf(severity);
const isWorse = (one: ProductionEvent['severity'], other: ProductionEvent['severity']): boolean =>
  rankOf(one) < rankOf(other);

/** What fires, the gravest and then the closest first; what is over after it. */
function byGravity(one: NewsItem, other: NewsItem): number {
  return (
    Number(one.change === 'over') - Number(other.change === 'over') ||
    rankOf(one.severity) - rankOf(other.severity) ||
    other.concern.score - one.concern.score ||
    Date.parse(other.startedAt) - Date.parse(one.startedAt) ||
    (one.id < other.id ? -1 : 1)
  );
}

/** Of one item: the others are told by `runlens_events`. */
const mostFunctions = 5;

function itemOf(event: ProductionEvent, change: NewsChange, concern: Concern): NewsItem {
  const { id, kind, severity, title, service, environment, version, startedAt, endedAt, concerns } = event;
  return {
    ...{ id, change, kind, severity, title, service, environment, version, startedAt, endedAt, concern },
    functions: (concerns?.functions ?? []).slice(0, mostFunctions),
  };
}
