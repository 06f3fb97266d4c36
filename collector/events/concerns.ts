/** From an event to code: the requests and jobs, then the functions that run for them, then their files. Read from the store. */
import type { ConcernedFunction, Concerns } from '@runlens/protocol/api/events';
import type { HotOrder, Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatSeconds } from '@runlens/protocol/format';
import type { Policy } from '@runlens/protocol/policy';
import { LRUCache } from 'lru-cache';
import picomatch from 'picomatch';
import { fitsPattern } from '../policy/pattern.ts';
import { hot } from '../query/queries.ts';
import type { ProfileStore, Window } from '../store/profile-store.ts';
import type { EventRecord } from './life-cycle.ts';
import type { NamedFunction } from './message.ts';
import type { Place } from './place.ts';

/** What ran before it began may have caused it. */
const beforeMilliseconds = 15 * 60_000;
/** Longer windows would hold more of what is usual than of the event. */
const longestWindow = 3 * 3_600_000;
/** So that those of about one time have one window, milliseconds. */
const rounding = { since: 5 * 60_000, until: 60_000 };
const mostFunctions = 10;
/** Looked through for those of a route or a path. */
const mostRanked = 200;
const cached = { entries: 500, rankings: 50, milliseconds: 30_000 };

export class ConcernsFinder {
  readonly #store: ProfileStore;
  readonly #found = new LRUCache<string, Concerns>({ max: cached.entries, ttl: cached.milliseconds });
  /** Many alerts of one service come together: one ranking does for them. */
  readonly #ranked = new LRUCache<string, readonly Profile[]>({ max: cached.rankings, ttl: cached.milliseconds });

  constructor(store: ProfileStore) {
    this.#store = store;
  }

  /** The same answer for half a minute. */
  async of(record: EventRecord, place: Place, policy: Policy, now: number): Promise<Concerns> {
    const key = JSON.stringify([record.id, record.message.at, record.state, place, policy.events?.paths]);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const ranking = rankingOf(this.#store, record, place, now);
    const ranked = ranking === undefined ? [] : await this.#profilesOf(ranking);
    const concerns = concernsOf({ store: this.#store, record, place, policy, ranking, ranked });
    this.#found.set(key, concerns);
    return concerns;
  }

  async #profilesOf(ranking: Ranking): Promise<readonly Profile[]> {
    const key = JSON.stringify(ranking);
    const known = this.#ranked.get(key);
    if (known !== undefined) return known;
    const { service, environment, by, window } = ranking;
    // In slices that let others run.
    await this.#store.prepare(window);
    const { functions } = hot(this.#store, { service, environment }, window, { by, limit: mostRanked });
    this.#ranked.set(key, functions);
    return functions;
  }
}

/** In which functions it is looked for those that an event concerns. */
interface Ranking {
  readonly service: string;
  readonly environment: string | undefined;
  readonly by: keyof typeof orderWords & HotOrder;
  readonly window: Window;
}

/** Undefined: its sender names functions, or nothing says which service it is of. */
function rankingOf(store: ProfileStore, record: EventRecord, place: Place, now: number): Ranking | undefined {
  const { service } = place;
  if (service === null || (record.message.functions ?? []).length > 0) return undefined;
  const environment = isEnvironment(store, service, place.environment) ? (place.environment ?? undefined) : undefined;
  return { service, environment, by: orderOf(record), window: windowOf(record, now) };
}

interface Known {
  readonly store: ProfileStore;
  readonly record: EventRecord;
  readonly place: Place;
  readonly policy: Policy;
  readonly ranking: Ranking | undefined;
  readonly ranked: readonly Profile[];
}

function concernsOf({ store, record, place, policy, ranking, ranked }: Known): Concerns {
  const { message } = record;
  const how = [...place.how];
  const functions: ConcernedFunction[] = [];
  const { service } = place;
  for (const named of message.functions ?? [])
    functions.push({ ...measured(store, service, named), why: 'its sender names it' });
  if (functions.length > 0) how.push('functions: its sender names them');
  const entries = new Set<string>();
  if (ranking !== undefined) {
    const { by, window, environment } = ranking;
    const paths = place.mapping?.paths ?? policy.events?.paths?.[ranking.service];
    const inPaths = paths === undefined ? undefined : picomatch([...paths], { dot: true });
    const wanted = ranked.filter(
      (profile) =>
        (by !== 'errors' || profile.errors > 0) &&
        (inPaths === undefined || inPaths(profile.file)) &&
        (place.mapping?.functions === undefined || fitsPattern(place.mapping.functions, profile.function)),
    );
    const ofEntries = place.entries.length === 0 ? wanted : wanted.filter((each) => servesOne(each, place.entries));
    // A route that no function is known to serve says nothing: rather the service's than none.
    const chosen = ofEntries.length > 0 ? ofEntries : wanted;
    if (chosen.length > 0) {
      how.push(
        `functions: those of ${ranking.service}${environment === undefined ? '' : ` in ${environment}`} ${orderWords[by]} from ${iso(window.since)} to ${iso(window.until)}${ofEntries.length > 0 && place.entries.length > 0 ? `, which run for ${place.entries.join(', ')}` : ''}${paths === undefined ? '' : `, in ${paths.join(', ')}`}`,
      );
    }
    for (const profile of chosen.slice(0, mostFunctions)) {
      functions.push({
        ...{ file: profile.file, function: profile.function, line: profile.line },
        why: whyOf(profile, by),
      });
      for (const { name } of profile.entries)
        if (place.entries.length === 0 || isOneOf(name, place.entries)) entries.add(name);
    }
  }
  const isLocated = place.entries.length + (message.functions ?? []).length + (message.files ?? []).length > 0;
  return {
    how,
    ...(isLocated ? { isLocated } : {}),
    entries: [...(entries.size > 0 ? entries : place.entries)].slice(0, mostFunctions),
    functions: functions.slice(0, mostFunctions),
    files: [...new Set([...functions.map(({ file }) => file), ...(message.files ?? [])])].slice(0, mostFunctions),
  };
}

/** Senders know files by where they were built, and functions by their last name. */
function measured(store: ProfileStore, service: string | null, named: NamedFunction): NamedFunction {
  const { file, function: name } = named;
  if (service === null) return named;
  const last = (text: string): string => text.slice(text.lastIndexOf('.') + 1);
  const isEnd = (one: string, other: string): boolean => one === other || one.endsWith(`/${other}`);
  const known = store
    .functions({ service })
    .filter(
      (each) => last(each.name) === last(name) && (isEnd(each.source.file, file) || isEnd(file, each.source.file)),
    )
    .toSorted((one, other) => Math.abs(one.line - named.line) - Math.abs(other.line - named.line));
  const [found] = known.filter((each) => each.name === name).concat(known);
  return found === undefined ? named : { file: found.source.file, function: found.name, line: found.line };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

function windowOf({ startedAt, endedAt }: EventRecord, now: number): Window {
  const until = Math.min(endedAt ?? now, now);
  // Telemetry comes in steps of ten seconds; what ends at once still has a minute.
  const end = Math.max(until, Math.min(now, startedAt + 60_000));
  const since = Math.max(startedAt - beforeMilliseconds, end - longestWindow);
  return {
    since: Math.floor(since / rounding.since) * rounding.since,
    until: Math.ceil(end / rounding.until) * rounding.until,
  };
}

const orderWords: Readonly<Record<'errors' | 'time' | 'impact', string>> = {
  errors: 'with most errors',
  time: 'that took most time',
  impact: 'that cost most',
};

/** By what functions are looked for: what the event says of itself. */
function orderOf({ message }: EventRecord): keyof typeof orderWords & HotOrder {
  if (message.kind === 'errorRate') return 'errors';
  if (message.kind === 'latency') return 'time';
  const said = `${message.title} ${message.detail ?? ''} ${Object.values(message.labels).join(' ')}`.slice(0, 2_000);
  if (/latenc|slow|duration|response.?time|timeout|\bp9\d|quantile|apdex/i.test(said)) return 'time';
  if (/error|fail|exception|\b5xx|\b50\d\b|crash|unavailable|reject/i.test(said)) return 'errors';
  return 'impact';
}

const isEnvironment = (store: ProfileStore, service: string, environment: string | null): boolean =>
  store.scopes().some((scope) => scope.service === service && scope.environment === environment);

const servesOne = ({ entries, file, function: name }: Profile, wanted: readonly string[]): boolean =>
  entries.some((entry) => isOneOf(entry.name, wanted)) || wanted.includes(`${file}:${name}`);

/** `/orders` is also `GET /orders`; patterns have `*`; `{id}` and `:id` are the same. */
function isOneOf(entry: string, wanted: readonly string[]): boolean {
  const plain = (text: string): string => text.replace(/\{(\w+)\}|<(?:\w+:)?(\w+)>/g, ':$1$2').toLowerCase();
  const route = plain(entry);
  return wanted.some((each) => {
    const asked = plain(each);
    return fitsPattern([asked], route) || fitsPattern([asked], route.replace(/^[a-z]+ /, ''));
  });
}

function whyOf(profile: Profile, by: keyof typeof orderWords): string {
  if (by === 'errors') return `${formatCount(profile.errors)} of ${formatCount(profile.calls)} calls failed`;
  const took = profile.duration === null ? '' : `, ${formatSeconds(profile.duration.total)} in all`;
  return `${formatCount(profile.calls)} calls${took}`;
}
