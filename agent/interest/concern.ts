/**
 * How much something that happens in production concerns a session of an agent: by what both have to do with, and nothing else. Pure.
 * The matrix of `concern.test.ts` says for each case what is right.
 */
import type { ConcernKind, EventKind, EventSeverity } from '@runlens/protocol';

export interface CodePlace {
  readonly file: string;
  readonly function: string;
}

/** A function, and what production knows around it. */
export interface KnownFunction extends CodePlace {
  readonly callers: readonly CodePlace[];
  /** Requests and jobs: `POST /orders`. */
  readonly entries: readonly string[];
  /** What it asks: hosts with their ports, systems of databases. */
  readonly dependencies: readonly string[];
}

/** What a session works on. */
export interface InterestSet {
  readonly functions: readonly KnownFunction[];
  readonly files: readonly string[];
  /** Asked about, or those that run what it works on. */
  readonly services: readonly string[];
  /** Empty: any. */
  readonly environments: readonly string[];
  readonly subscriptions: readonly Subscription[];
}

/** Without a file: all of the service. */
export interface Subscription {
  readonly service: string;
  readonly environment?: string | undefined;
  readonly file?: string | undefined;
  readonly function?: string | undefined;
}

/** What happens. */
export interface Happening {
  readonly kind: EventKind;
  readonly severity: EventSeverity;
  readonly service: string | null;
  readonly environment: string | null;
  /** It began in quiet hours. */
  readonly quiet: boolean;
  readonly functions: readonly KnownFunction[];
  readonly files: readonly string[];
  readonly entries: readonly string[];
  /** Names of hosts and systems that its labels have. */
  readonly names: readonly string[];
  /** Its sender says which functions or routes it is about: it is not of the whole service. */
  readonly isLocated: boolean;
}

export interface Concern {
  readonly kind: ConcernKind;
  /** 0 to 1. */
  readonly score: number;
  /** The function, file, entry, service or host that both have to do with. */
  readonly of: string;
}

const scores: Readonly<Record<ConcernKind, number>> = {
  subscribed: 1,
  function: 1,
  file: 0.8,
  caller: 0.65,
  callee: 0.65,
  entry: 0.6,
  service: 0.4,
  dependency: 0.35,
  all: 0.35,
};
/** What is located elsewhere in the service, for who works on known places of it. */
const locatedElsewhere = 0.3;

/** What is of another environment than those that were asked about. */
const elsewhere = 0.5;

/** Below it nothing is told: what is grave is told from further away. */
const leastScore: Readonly<Record<EventSeverity, number>> = { critical: 0.3, warning: 0.35, info: 0.8 };

/** What happens to a service as a whole: functions that stand out meanwhile are not what it is about. */
const ofServices: ReadonlySet<EventKind> = new Set([
  'deployment',
  'release',
  'rollback',
  'newVersion',
  'silent',
  'sensor',
]);
/** Told to who works on the service, whatever the severity: what it runs is another program from then on. */
export const programEvents: ReadonlySet<EventKind> = new Set(['deployment', 'release', 'rollback', 'newVersion']);

/** Undefined: it does not concern the session. */
export function concernOf(happening: Happening, interest: InterestSet): Concern | undefined {
  if (happening.quiet || isEmpty(interest)) return undefined;
  const closest = candidates(happening, interest).reduce<Concern | undefined>(
    (best, each) => (best === undefined || each.score > best.score ? each : best),
    undefined,
  );
  if (closest === undefined) return undefined;
  if (closest.kind === 'subscribed') return closest;
  const { environment } = happening;
  const isElsewhere =
    environment !== null && interest.environments.length > 0 && !interest.environments.includes(environment);
  const score = isElsewhere ? closest.score * elsewhere : closest.score;
  const least = programEvents.has(happening.kind) ? scores.service : leastScore[happening.severity];
  return score >= least ? { ...closest, score } : undefined;
}

function candidates(happening: Happening, interest: InterestSet): readonly Concern[] {
  const found: Concern[] = [];
  const add = (kind: ConcernKind, of: string): void => void found.push({ kind, score: scores[kind], of });
  const subscription = interest.subscriptions.find((each) => isSubscribed(happening, each));
  if (subscription !== undefined) add('subscribed', subscription.function ?? subscription.file ?? subscription.service);
  if (happening.kind === 'flood') add('all', 'every service');
  const { service } = happening;
  if (service !== null && interest.services.includes(service)) {
    const score = happening.isLocated && hasPlaces(interest) ? locatedElsewhere : scores.service;
    found.push({ kind: 'service', score, of: service });
  }
  const dependency = interest.functions
    .flatMap(({ dependencies }) => dependencies)
    .find((each) => isAbout(happening, each));
  if (dependency !== undefined) add('dependency', dependency);
  if (ofServices.has(happening.kind)) return found;
  // The same path in another service is another file, unless nothing says whose it is.
  if (service !== null && interest.services.length > 0 && !interest.services.includes(service)) return found;
  for (const one of happening.functions) {
    for (const other of interest.functions) {
      if (isSame(one, other)) add('function', one.function);
      else if (one.callers.some((caller) => isSame(caller, other))) add('callee', one.function);
      else if (other.callers.some((caller) => isSame(caller, one))) add('caller', one.function);
    }
  }
  const files = new Set([...interest.files, ...interest.functions.map(({ file }) => file)]);
  const file = [...happening.functions.map((each) => each.file), ...happening.files].find((each) => files.has(each));
  if (file !== undefined) add('file', file);
  const entries = new Set(interest.functions.flatMap((each) => each.entries));
  const entry = happening.entries.find((each) => entries.has(each));
  if (entry !== undefined) add('entry', entry);
  return found;
}

const hasPlaces = ({ functions, files }: InterestSet): boolean => functions.length + files.length > 0;

const isEmpty = (interest: InterestSet): boolean =>
  !hasPlaces(interest) && interest.services.length + interest.subscriptions.length === 0;

const isSame = (one: CodePlace, other: CodePlace): boolean =>
  one.file === other.file && one.function === other.function;

function isSubscribed(happening: Happening, { service, environment, file, function: name }: Subscription): boolean {
  if (happening.service !== service) return false;
  if (environment !== undefined && happening.environment !== null && happening.environment !== environment)
    return false;
  if (file === undefined) return true;
  if (ofServices.has(happening.kind)) return programEvents.has(happening.kind);
  return name === undefined
    ? happening.files.includes(file) || happening.functions.some((each) => each.file === file)
    : happening.functions.some((each) => isSame(each, { file, function: name }));
}

/** A host is the service of its first name (`gateway:8080`, `gateway.internal`), or one that a label names. */
function isAbout({ service, names }: Happening, dependency: string): boolean {
  const host = dependency.replace(/^\w+:\/\//, '').replace(/[:/].*$/, '');
  const [first] = host.split('.');
  return (
    (service !== null && (service === first || service === host)) ||
    names.some((name) => name === dependency || name === host)
  );
}
