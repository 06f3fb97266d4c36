/** Looks at each service now and then, and tells what changes as events. */
import type { SensorLevel } from '@runlens/protocol/control-names';
import type { EventThreshold, Policy } from '@runlens/protocol/policy';
import type { OpenBreaker, SensorReadings } from '../../control/sensor-readings.ts';
import { fitsPattern } from '../../policy/pattern.ts';
import { aliveMilliseconds } from '../../query/measured-time.ts';
import { mergedHistogram } from '../../query/profile.ts';
import { RepeatedWork } from '../../repeated-work.ts';
import type { ProfileStore, Scope, Window } from '../../store/profile-store.ts';
import type { EventBook } from '../event-book.ts';
import type { EventIntake } from '../event-intake.ts';
import type { EventMessage } from '../message.ts';
import { type Judged, judgeErrors, judgeLatency, type Requests } from './request-health.ts';
import { common, keyOf, newVersions, rollback, silence } from './versions.ts';

export interface ProductionWatchOptions {
  readonly store: ProfileStore;
  readonly readings: SensorReadings;
  readonly book: Pick<EventBook, 'stateOf'>;
  readonly intake: Pick<EventIntake, 'take'>;
  readonly policy: () => Policy;
  readonly now: () => number;
  readonly onProblem: (error: unknown) => void;
  /** From the end of one look to the next, at least. */
  readonly milliseconds: number;
}

/** A look takes no more than this part of the time of the collector's process. */
const mostShare = 0.02;
const minute = 60_000;
const recentMinutes = 5;
/** Sensors export each ten seconds. */
const lateMilliseconds = 15_000;
/** What is usual is kept in stretches of five minutes for as long. */
const usualStretches = 24 * 12;
/** At first as much of it as the store can tell quickly. */
const firstStretches = 12;
/** Bad for longer than that it is the usual. */
const incidentMilliseconds = 3_600_000;
/** So many looks in a row are bad before it is told, and calm before it is over. */
const looks = 2;
/** After the collector's own start sensors send what they kept. */
const startMilliseconds = 2 * minute;
const defaultSilentMinutes = 5;
const mostWatched = 2_000;
const mostBreakersTold = 10;

interface Watched {
  readonly usual: Requests[];
  stretchAt: number;
  badSince: number | undefined;
  readonly counts: Map<string, { bad: number; calm: number }>;
}

export class ProductionWatch {
  readonly #options: ProductionWatchOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #startedAt: number;
  readonly #looks: RepeatedWork;

  constructor(options: ProductionWatchOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    const { milliseconds, onProblem } = options;
    this.#looks = new RepeatedWork({ work: () => this.#look(), onProblem, milliseconds, mostShare });
  }

  /** Looks at all services now, or waits for the look that is under way. */
  look(): Promise<void> {
    return this.#looks.run();
  }

  /** Resolves when nothing is read any more. */
  close(): Promise<void> {
    return this.#looks.close();
  }

  async #look(): Promise<void> {
    const { store, now, policy, intake } = this.#options;
    const services = Map.groupBy(store.scopes(), keyOf);
    const rules = policy().events?.thresholds ?? [];
    for (const [key, scopes] of services) {
      if (this.#looks.isEnded) return;
      const [first] = scopes;
      if (first === undefined) continue;
      const at = now();
      const rule = rules.find((each) => isOf(each, first)) ?? {};
      const messages = [
        ...this.#ofVersions(scopes, rule, at),
        ...this.#ofSensors(first, at),
        ...this.#ofBreakers(first, at),
        ...(scopes.some(({ lastSeen }) => lastSeen >= at - aliveMilliseconds)
          ? await this.#ofRequests(key, scopes, rule, at)
          : this.#ends(['errorRate', 'latency'], first, at)),
      ];
      if (messages.length > 0)
        await intake.take(
          'runlens',
          messages.map((message) => ({ message, evidence: message.detail ?? message.title })),
        );
    }
    for (const key of this.#watched.keys()) if (!services.has(key)) this.#watched.delete(key);
  }

  #ofVersions(scopes: readonly Scope[], rule: EventThreshold, at: number): readonly EventMessage[] {
    const isUntold = (message: EventMessage): boolean =>
      this.#options.book.stateOf('runlens', message.key) === undefined;
    const back = rollback(scopes, at);
    const told = [...newVersions(scopes, at), ...(back === undefined ? [] : [back])].filter(isUntold);
    const found = silence(scopes, (rule.silentMinutes ?? defaultSilentMinutes) * minute, at);
    const [first] = scopes;
    if (first === undefined) return told;
    if (found.verdict !== 'silent') return [...told, ...this.#ends(['silent'], first, at)];
    if (at - this.#startedAt < startMilliseconds) return told;
    const { last } = found;
    const message: EventMessage = {
      ...common(last),
      ...{ key: `silent ${keyOf(last)}`, kind: 'silent', state: 'firing', severity: severityOfPlace(last) },
      ...{ at: last.lastSeen, startedAt: last.lastSeen },
      title: `${last.service} is not heard of`,
      detail: `None of its instances in ${last.environment} has said that it is there since ${new Date(last.lastSeen).toISOString()}.`,
    };
    return this.#fires(message) ? told : [...told, message];
  }

  #ofSensors(place: Scope, at: number): readonly EventMessage[] {
    const levels = this.#options.readings.of(place.service, place.environment, at)?.levels ?? {};
    const limited = Object.entries(levels).filter(([level]) => level !== 'full' && level !== 'off');
    if (limited.length === 0) return this.#ends(['sensor'], place, at);
    const message: EventMessage = {
      ...common(place),
      ...{ version: undefined, revision: undefined },
      ...{ key: `sensor ${keyOf(place)}`, kind: 'sensor', state: 'firing', severity: 'info', at, startedAt: at },
      title: `Sensors of ${place.service} measure less, since they would cost too much otherwise`,
      detail: limited.map(([level, count]) => `${count}: ${levelWords[level as SensorLevel]}`).join('; '), // keys of `levels`
    };
    return this.#fires(message) ? [] : [message];
  }

  #ofBreakers(place: Scope, at: number): readonly EventMessage[] {
    const open = this.#options.readings.openBreakers(place.service, place.environment, at);
    const [first] = open;
    if (first === undefined) {
      // Sensors tell again of those that are open; until then nothing is known of them.
      return at - this.#startedAt < startMilliseconds ? [] : this.#ends(['breaker'], place, at);
    }
    const key = `breaker ${keyOf(place)}`;
    const since = this.#options.book.stateOf('runlens', key);
    const message: EventMessage = {
      ...common(place),
      ...{ version: undefined, revision: undefined },
      ...{ key, kind: 'breaker', state: 'firing', severity: severityOfPlace(place), at },
      startedAt: since?.state === 'firing' ? since.startedAt : at,
      title:
        open.length === 1
          ? `${breakerName(first)} of ${place.service} is open`
          : `${open.length} circuit breakers of ${place.service} are open`,
      detail: open
        .slice(0, mostBreakersTold)
        .map(
          (each) =>
            `${breakerName(each)}${each.function === '' ? '' : ` by which ${each.function} asks`} in ${each.instances} ${each.instances === 1 ? 'instance' : 'instances'}`,
        )
        .join('; '),
      functions: open
        .slice(0, mostBreakersTold)
        .flatMap((each) =>
          each.function === '' || each.file === ''
            ? []
            : [{ file: each.file, function: each.function, line: each.line }],
        ),
    };
    return this.#fires(message) ? [] : [message];
  }

  async #ofRequests(
    key: string,
    scopes: readonly Scope[],
    rule: EventThreshold,
    at: number,
  ): Promise<readonly EventMessage[]> {
    const [place] = scopes.toSorted((one, other) => other.lastSeen - one.lastSeen);
    if (place === undefined) return [];
    // The store reads whole minutes: others would overlap.
    const end = Math.floor((at - lateMilliseconds) / minute) * minute;
    const watched = await this.#watchedOf(key, place, end);
    if (watched === undefined) return [];
    const recent = Array.from({ length: recentMinutes }, (_, i) =>
      this.#requests(place, { since: end - (i + 1) * minute, until: end - i * minute }),
    );
    const judged = [
      ['errorRate', judgeErrors(recent, watched.usual, rule)],
      ['latency', judgeLatency(recent, watched.usual, rule)],
    ] as const;
    const isBad = judged.some(([, { verdict }]) => verdict !== 'calm');
    watched.badSince = isBad ? (watched.badSince ?? at) : undefined;
    // What is bad is not to become the usual at once.
    const isUsual = watched.badSince === undefined || at - watched.badSince > incidentMilliseconds;
    if (end - watched.stretchAt >= recentMinutes * minute) {
      watched.stretchAt = end;
      if (isUsual) watched.usual.push(this.#requests(place, { since: end - recentMinutes * minute, until: end }));
      if (watched.usual.length > usualStretches) watched.usual.shift();
    }
    return judged.flatMap(([kind, each]) => this.#step(kind, each, place, watched, at));
  }

  #step(
    kind: 'errorRate' | 'latency',
    { verdict, severity, why }: Judged,
    place: Scope,
    { counts }: Watched,
    at: number,
  ): readonly EventMessage[] {
    const count = counts.get(kind) ?? { bad: 0, calm: 0 };
    counts.set(kind, count);
    count.bad = verdict === 'bad' ? count.bad + 1 : 0;
    count.calm = verdict === 'calm' ? count.calm + 1 : 0;
    if (count.calm >= looks) return this.#ends([kind], place, at, why);
    if (count.bad < looks) return [];
    const message: EventMessage = {
      ...common(place),
      ...{ key: `${kind} ${keyOf(place)}`, kind, state: 'firing', severity, at, startedAt: at, detail: why },
      title: kind === 'errorRate' ? `Requests of ${place.service} fail` : `Requests of ${place.service} are slow`,
    };
    return [message];
  }

  /** Ends those that fire, also from before a restart. */
  #ends(kinds: readonly EventMessage['kind'][], place: Scope, at: number, detail?: string): readonly EventMessage[] {
    return kinds.flatMap((kind): EventMessage[] => {
      const key = `${kind} ${keyOf(place)}`;
      const known = this.#options.book.stateOf('runlens', key);
      if (known?.state !== 'firing') return [];
      const { message, startedAt } = known;
      return [{ ...message, key, state: 'resolved', at, startedAt, detail: detail ?? message.detail }];
    });
  }

  #fires({ key, detail }: EventMessage): boolean {
    const known = this.#options.book.stateOf('runlens', key);
    return known?.state === 'firing' && known.message.detail === detail;
  }

  /** Undefined: the collector is closing, or watches too many already. */
  async #watchedOf(key: string, place: Scope, end: number): Promise<Watched | undefined> {
    const known = this.#watched.get(key);
    if (known !== undefined) return known;
    if (this.#watched.size >= mostWatched) return undefined;
    const usual: Requests[] = [];
    const stretch = recentMinutes * minute;
    for (let i = firstStretches; i >= 1; i -= 1) {
      if (this.#looks.isEnded) return undefined;
      const requests = this.#requests(place, { since: end - (i + 1) * stretch, until: end - i * stretch });
      if (requests.calls > 0) usual.push(requests);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const made: Watched = { usual, stretchAt: end, badSince: undefined, counts: new Map() };
    this.#watched.set(key, made);
    return made;
  }

  #requests({ service, environment }: Scope, window: Window): Requests {
    const { store } = this.#options;
    const functions = store.functions({ service, environment, entries: true });
    const reading = store.read(functions, window);
    const called = reading.totals.filter(({ calls }) => calls > 0);
    return {
      calls: called.reduce((sum, { calls }) => sum + calls, 0),
      errors: called.reduce((sum, { errors }) => sum + errors, 0),
      histogram: mergedHistogram(called, reading.histograms(called.map(({ fn }) => fn))),
    };
  }
}

const breakerName = ({ name }: OpenBreaker): string =>
  name === '' ? 'A circuit breaker' : `The circuit breaker ${name}`;

const levelWords: Readonly<Record<SensorLevel, string>> = {
  full: 'measures all',
  'fewer-samples': 'times fewer calls',
  'no-details': 'measures no callers, queries and calls out',
  'counts-only': 'times nothing',
  'files-off': 'leaves the files out that cost most',
  off: 'is switched off',
};

const isOf = ({ services, environments }: EventThreshold, { service, environment }: Scope): boolean =>
  (services === undefined || fitsPattern(services, service)) &&
  (environments === undefined || fitsPattern(environments, environment));

/** On a developer's machine services are stopped all day. */
const severityOfPlace = ({ environment }: Scope): 'warning' | 'info' =>
  /^(?:dev|development|local|test|testing)$/i.test(environment) ? 'info' : 'warning';
