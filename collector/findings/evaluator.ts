/** Looks at each service now and then, and keeps what deserves a fix. */
import type { CompareResponse } from '@runlens/protocol/api/compare';
import { compareQuerySchema } from '@runlens/protocol/api/compare';
import type { FindingEvent, FindingKind, Measuring } from '@runlens/protocol/api/findings';
import type { UnusedResponse } from '@runlens/protocol/api/unused';
import { compare } from '../query/comparison/compare.ts';
import { runBefore, type VersionRun, versionRuns } from '../query/comparison/version-runs.ts';
import { aliveMilliseconds } from '../query/measured-time.ts';
import { unused } from '../query/unused.ts';
import { RepeatedWork } from '../repeated-work.ts';
import type { ProfileStore, Scope } from '../store/profile-store.ts';
import { bounded, type Draft } from './draft.ts';
import type { Statement } from './explain/explainer.ts';
import type { FindingBook } from './finding-book.ts';
import { callsOf, coursesOf, gather, weekHoursOf, windowOf } from './gather.ts';
import type { FindingRecord } from './life-cycle.ts';
import { detect } from './registry.ts';
import type { ServiceFacts } from './service-facts.ts';

export interface EvaluatorOptions {
  readonly store: ProfileStore;
  readonly book: FindingBook;
  readonly now: () => number;
  readonly onChange: (event: FindingEvent) => void;
  readonly onProblem: (error: unknown) => void;
  /** What is known of the plan of a statement; absent: no database is asked. */
  readonly explain?: (asked: Statement) => readonly string[];
  /** False: its sensors tell calls and errors only, so that a fault which does not show may still be there. */
  readonly tellsDetails: (service: string, environment: string) => boolean;
  /** From the end of one evaluation to the next, at least. */
  readonly milliseconds: number;
}

/** An evaluation takes no more than this part of the time of the collector's process. */
const mostShare = 0.05;
/**
 * When a version is compared with the one before, and how often: again and again in its first hour, which is as alike the hour before
 * as two can be, and by whole days, in which functions that are called now and then are called often enough. Between and after, what
 * was found lasts for as long as it is there (`detectors/version-change.ts`).
 */
const minute = 60_000;
const comparedAt = [
  { from: 0, until: 20 * minute, every: 2 * minute, since: '1h', baseRan: 0 },
  { from: 20 * minute, until: 70 * minute, every: 5 * minute, since: '1h', baseRan: 0 },
  { from: 24 * 60 * minute, until: 26 * 60 * minute, every: 60 * minute, since: '24h', baseRan: 24 * 60 * minute },
] as const;
const unusedEvery = 3_600_000;
const mostUnused = 2_000;
const hoursEvery = 20 * 60_000;
/** Each brings one minute more. */
const coursesEvery = 60_000;
/** A canary, what it replaces, and one that is late. */
const mostVersions = 3;
/** Calls that would show a fault again, if it were still there. */
const enoughCalls = 20;
const leastCalls = 3;
/** Of which calls and errors by version tell that they are over. */
const shownByCounts: ReadonlySet<FindingKind> = new Set(['neverCalled', 'failingVersion']);
/** A service that was not heard of is not told of any more. */
const forgottenMilliseconds = 24 * 3_600_000;

interface Watched {
  generation: number;
  /** Kept between evaluations, as it takes long and says the same for a while. */
  comparison: { readonly key: string; readonly at: number; readonly response: CompareResponse | undefined } | undefined;
  unused: { readonly at: number; readonly deployment: UnusedResponse['deployments'][number] | undefined } | undefined;
  weekHours: { readonly at: number; readonly hours: ServiceFacts['weekHours'] } | undefined;
  courses: { readonly at: number; readonly version: string; readonly of: ServiceFacts['courses'] } | undefined;
  measuring: Measuring | undefined;
  seen: number;
}

export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #looks: RepeatedWork;
  #evaluatedAt: number | null = null;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    const { milliseconds, onProblem } = options;
    this.#looks = new RepeatedWork({ work: () => this.#evaluate(), onProblem, milliseconds, mostShare });
  }

  /** Milliseconds since 1970; null: not yet. */
  get evaluatedAt(): number | null {
    return this.#evaluatedAt;
  }

  measuring({
    service,
    environment,
  }: {
    readonly service?: string | undefined;
    readonly environment?: string | undefined;
  }) {
    return [...this.#watched.values()].flatMap(({ measuring }) =>
      measuring !== undefined &&
      (service === undefined || measuring.service === service) &&
      (environment === undefined || measuring.environment === environment)
        ? [measuring]
        : [],
    );
  }

  /** Looks at all services now, or waits for the look that is under way. */
  evaluate(): Promise<void> {
    return this.#looks.run();
  }

  /** Resolves when nothing is read any more. */
  close(): Promise<void> {
    return this.#looks.close();
  }

  async #evaluate(): Promise<void> {
    const { store, now } = this.#options;
    const services = Map.groupBy(store.scopes(), ({ service, environment }) => JSON.stringify([service, environment]));
    for (const [key, scopes] of services) {
      if (this.#looks.isEnded) return;
      const runs = versionRuns(scopes, now());
      // One that came back after a roll-back is the newest, though it was there before.
      const alive = [...new Set(runs.map(({ scope }) => scope))].filter(
        ({ lastSeen }) => lastSeen >= now() - aliveMilliseconds,
      );
      const [newest] = alive;
      // Of one that does not run nothing new can be said.
      if (newest === undefined) continue;
      const watched: Watched = this.#watched.get(key) ?? {
        generation: -1,
        comparison: undefined,
        unused: undefined,
        weekHours: undefined,
        courses: undefined,
        measuring: undefined,
        seen: 0,
      };
      this.#watched.set(key, watched);
      watched.seen = now();
      const generation = store.generation(newest.service);
      if (generation === watched.generation) continue;
      await this.#evaluateService(newest, alive.slice(0, mostVersions), runs, watched);
      watched.generation = generation;
    }
    for (const [key, { seen }] of this.#watched) if (now() - seen > forgottenMilliseconds) this.#watched.delete(key);
    this.#evaluatedAt = now();
  }

  async #evaluateService(
    newest: Scope,
    running: readonly Scope[],
    runs: readonly VersionRun[],
    watched: Watched,
  ): Promise<void> {
    const { store, book, now, onChange } = this.#options;
    const { service, environment, version } = newest;
    const at = now();
    const comparison = await this.#compare(newest, runs, watched, at);
    const known = book.knownChanges(newest);
    const versions = [];
    for (const scope of running) {
      const isNewest = scope === newest;
      const gathered = await gather(store, scope, {
        now: at,
        isNewest,
        comparison: isNewest ? comparison : undefined,
        unused: isNewest ? this.#unused(newest, watched, at) : undefined,
        knownChanges: known,
        weekHours: isNewest ? await this.#weekHours(newest, watched, at) : new Map(),
        courses: isNewest ? await this.#courses(newest, watched, at) : new Map(),
        ended: () => this.#looks.isEnded,
      });
      if (gathered === undefined) return;
      if (isNewest) watched.measuring = gathered.measuring;
      versions.push({
        version: scope.version,
        drafts: detect(gathered.facts).map((draft) => this.#explained(draft, scope)),
      });
    }
    const window = windowOf(at);
    const tellsDetails = this.#options.tellsDetails(service, environment);
    const exercised = ({ finding }: FindingRecord): boolean => {
      if (!tellsDetails && !shownByCounts.has(finding.kind)) return false;
      if (finding.kind === 'neverCalled') return true;
      if (finding.place === undefined) return false;
      const calls = callsOf(store, { service, environment, version }, finding.place, window);
      if (calls === undefined) return isLoaded(store, newest, finding.place.file);
      // Of what runs now and then, half as often as it did in an hour is often enough.
      const usual = finding.impact.callsPerDay / 24 / 2;
      return calls >= Math.min(enoughCalls, Math.max(leastCalls, usual));
    };
    const changes = book.take({ service, environment, versions, exercised, now: at });
    if (changes.length > 0) onChange({ at: new Date(at).toISOString(), changes: [...changes] });
  }

  async #compare({ service, environment, version }: Scope, runs: readonly VersionRun[], watched: Watched, at: number) {
    const run = runs.find(({ scope }) => scope.version === version);
    const base = run && runBefore(runs, run);
    const stage = comparedAt.find(
      ({ from, until, baseRan }) =>
        run !== undefined &&
        base !== undefined &&
        at - run.since >= from &&
        at - run.since < until &&
        base.until - base.since >= baseRan,
    );
    if (stage === undefined) return undefined;
    const key = `${version}\n${run?.since}\n${stage.since}`;
    const known = watched.comparison;
    if (known !== undefined && known.key === key && at - known.at < stage.every) return known.response;
    const query = compareQuerySchema.parse({ service, environment, version, since: stage.since });
    const comparison = await compare(this.#options.store, query, at);
    const response = comparison.kind === 'compared' ? comparison.response : undefined;
    // Which is known quickly, and may not be true any more at the next look.
    watched.comparison = response?.tooEarly === undefined ? { key, at, response } : undefined;
    return response;
  }

  /** With the plan of the statement that it is about. */
  #explained(draft: Draft, { service, environment }: Scope): Draft {
    const [system, statement] = draft.key;
    if (draft.kind !== 'slowQuery' || system === undefined || statement === undefined) return draft;
    const plan = this.#options.explain?.({ service, environment, system, statement }) ?? [];
    return plan.length === 0 ? draft : bounded({ ...draft, evidence: [...draft.evidence, ...plan] });
  }

  async #weekHours({ service, environment }: Scope, watched: Watched, at: number): Promise<ServiceFacts['weekHours']> {
    if (watched.weekHours === undefined || at - watched.weekHours.at >= hoursEvery) {
      const hours = await weekHoursOf(this.#options.store, { service, environment }, at, () => this.#looks.isEnded);
      watched.weekHours = { at, hours };
    }
    return watched.weekHours.hours;
  }

  async #courses(newest: Scope, watched: Watched, at: number): Promise<ServiceFacts['courses']> {
    const { version } = newest;
    const known = watched.courses;
    if (known !== undefined && known.version === version && at - known.at < coursesEvery) return known.of;
    const of = await coursesOf(this.#options.store, newest, at, () => this.#looks.isEnded);
    watched.courses = { at, version, of };
    return of;
  }

  #unused({ service, environment, version }: Scope, watched: Watched, at: number) {
    const known = watched.unused;
    if (known !== undefined && known.deployment?.version === version && at - known.at < unusedEvery)
      return known.deployment;
    const { deployments } = unused(
      this.#options.store,
      { service, environment },
      { limit: mostUnused, withFiles: false, now: at },
    );
    const deployment = deployments.find((each) => each.version === version);
    watched.unused = { at, deployment };
    return deployment;
  }
}

/** The file is there and the function is not: it was renamed or removed. */
const isLoaded = (store: ProfileStore, { service, environment, version }: Scope, file: string): boolean =>
  store.sources({ service, environment, version, file }).length > 0;
