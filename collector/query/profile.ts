/** A group of totals, histograms and counts as the profile that the API answers. */

import type { Duration, ExemplarProfile, Profile, VersionProfile } from '@runlens/protocol/api/profile';
import { histogramCount, quantile, type SparseHistogram } from '@runlens/protocol/histogram';
import { LRUCache } from 'lru-cache';
import { estimatedSeconds } from '../store/estimated-seconds.ts';
import { HistogramSum } from '../store/histogram-blob.ts';
import type {
  DetailCount,
  Exemplar,
  MeasuredFunction,
  Scope,
  StepNumbers,
  Totals,
  Window,
} from '../store/profile-store.ts';
import { slowestOf } from '../store/slowest.ts';
import { conditionsOf, type Durations, entriesOf } from './conditions.ts';
import { exceptionsOf } from './exceptions.ts';
import type { FunctionGroup } from './group.ts';
import type { MeasuredTime } from './measured-time.ts';
import { outgoingOf, queriesOf, serialWaitsOf } from './operations.ts';

export interface ProfileFacts {
  readonly window: Window;
  readonly measuredTime: MeasuredTime;
  /** Estimated seconds that all measured functions of a service and environment took; by {@link serviceKey}. */
  readonly serviceSeconds: ReadonlyMap<string, number>;
  readonly histograms: ReadonlyMap<MeasuredFunction, SparseHistogram>;
  readonly details: ReadonlyMap<MeasuredFunction, readonly DetailCount[]>;
  /** When each kind of error was seen first, by its label. */
  readonly firstThrown: ReadonlyMap<MeasuredFunction, ReadonlyMap<string, number>>;
  /** What happened in the whole hours that the details are of, where something beside the plain numbers is told. */
  readonly wholeHours: ReadonlyMap<MeasuredFunction, WholeHours>;
  readonly exemplars: ReadonlyMap<MeasuredFunction, readonly Exemplar[]>;
  /** Of the last weeks; only where it was asked for. */
  readonly hours: (functions: readonly MeasuredFunction[]) => readonly StepNumbers[];
}

export interface WholeHours {
  readonly totals: Totals;
  readonly histogram: SparseHistogram | undefined;
}

/** Slowest calls in an answer. */
const mostExemplars = 5;

export const serviceKey = (scope: Pick<Scope, 'service' | 'environment'>): string =>
  `${scope.service}\n${scope.environment}`;

const sum = new HistogramSum();
/** Most functions of an answer have their first and last times from the same exports: each time is written once. */
const written = new LRUCache<number, string>({ max: 1_000 });
function iso(milliseconds: number): string {
  let text = written.get(milliseconds);
  if (text === undefined) {
    text = new Date(milliseconds).toISOString();
    written.set(milliseconds, text);
  }
  return text;
}
const isoOrNull = (milliseconds: number): string | null => (milliseconds > 0 ? iso(milliseconds) : null);

export function profileOf(group: FunctionGroup, facts: ProfileFacts): Profile {
  const members = group.members.toSorted((one, other) => newestFirst(one, other));
  const newest = members[0];
  if (newest === undefined) throw new Error('a function group has no members');
  const total = totalsOf(members);
  const histogram = mergedHistogram(members, facts.histograms);
  const seconds = members.reduce((all, each) => all + estimatedSeconds(each), 0);
  const measuredSince = Math.min(...members.map(({ fn }) => fn.measuredSince));
  const serviceSeconds = facts.serviceSeconds.get(serviceKey(newest.fn.source.scope)) ?? 0;
  const functions = members.map(({ fn }) => fn);
  const details = members.flatMap(({ fn }) => facts.details.get(fn) ?? []);
  const duration = durationOf(histogram, total, seconds);
  const serialWaits = serialWaitsOf(details);
  return {
    service: group.service,
    environment: group.environment,
    file: group.file,
    function: group.name,
    line: newest.fn.line,
    calls: total.calls,
    callsPerMinute: facts.measuredTime.perMinute(total.calls, members),
    errors: total.errors,
    errorRate: total.calls > 0 ? total.errors / total.calls : null,
    duration,
    timeShare: serviceSeconds > 0 ? Math.min(1, seconds / serviceSeconds) : null,
    versions: versionsOf(members, facts, duration),
    instances: instancesOf(members, facts.window),
    measuredSince: iso(measuredSince),
    lastSeen: isoOrNull(Math.max(...members.map(({ fn }) => fn.lastCall))),
    entries: entriesOf(details),
    conditions: conditionsOf(details, allOf(members, facts), facts.hours(functions)),
    exemplars: slowestOf(
      functions.flatMap((fn) => facts.exemplars.get(fn) ?? []),
      mostExemplars,
    ).map(exemplarOf),
    callers: counted(details, 'caller').map(([label, { count }]) => callerOf(label, count)),
    queries: queriesOf(details, hourCallsOf(functions, facts) - undetailedCalls(details)),
    outgoing: outgoingOf(details),
    exceptions: exceptionsOf({ members, details, firstThrown: facts.firstThrown }),
    ...(serialWaits === undefined ? {} : { serialWaits }),
  };
}

/** Calls of the same hours in which no queries were told. */
const undetailedCalls = (details: readonly DetailCount[]): number =>
  details.reduce((sum, { kind, count }) => sum + (kind === 'undetailed' ? count : 0), 0);

const hourCallsOf = (functions: readonly MeasuredFunction[], { wholeHours }: ProfileFacts): number =>
  functions.reduce((all, fn) => all + (wholeHours.get(fn)?.totals.calls ?? 0), 0);

/** All timed calls of the whole hours; undefined where they were not read. */
function allOf(members: readonly Totals[], { wholeHours }: ProfileFacts): Durations | undefined {
  const read = members.flatMap(({ fn }) => wholeHours.get(fn) ?? []);
  if (read.length === 0) return undefined;
  for (const { histogram } of read) {
    if (histogram === undefined) continue;
    sum.addZeros(histogram.zeroCount);
    for (const [i, index] of histogram.indexes.entries()) sum.addBucket(index, histogram.counts[i] ?? 0);
  }
  const { seconds, maxSeconds } = totalsOf(read.map(({ totals }) => totals));
  return { histogram: sum.take(), seconds, maxSeconds };
}

const exemplarOf = ({ time, seconds, entry, conditions, traceId, spanId, queries }: Exemplar): ExemplarProfile => ({
  time: iso(Math.round(time)),
  seconds,
  ...(entry === '' ? {} : { entry }),
  conditions: [...conditions],
  ...(traceId === '' ? {} : { traceId }),
  ...(spanId === '' ? {} : { spanId }),
  ...(queries === undefined ? {} : { queries: { ...queries } }),
});

/** Newest deployment first: by when it was first seen, then by when last. */
export function newestFirst(one: Pick<Totals, 'fn'>, other: Pick<Totals, 'fn'>): number {
  const a = one.fn.source;
  const b = other.fn.source;
  return b.scope.firstSeen - a.scope.firstSeen || b.firstSeen - a.firstSeen || b.lastSeen - a.lastSeen || b.id - a.id;
}

interface Sum {
  readonly calls: number;
  readonly errors: number;
  readonly seconds: number;
  readonly maxSeconds: number;
  readonly samples: number;
}

function totalsOf(members: readonly Totals[]): Sum {
  return members.reduce<Sum>(
    (all, each) => ({
      calls: all.calls + each.calls,
      errors: all.errors + each.errors,
      seconds: all.seconds + each.seconds,
      maxSeconds: Math.max(all.maxSeconds, each.maxSeconds),
      samples: all.samples + each.samples,
    }),
    { calls: 0, errors: 0, seconds: 0, maxSeconds: 0, samples: 0 },
  );
}

export function mergedHistogram(
  members: readonly Totals[],
  histograms: ReadonlyMap<MeasuredFunction, SparseHistogram>,
): SparseHistogram {
  const [only, ...others] = members;
  if (only !== undefined && others.length === 0) {
    return histograms.get(only.fn) ?? { zeroCount: 0, indexes: [], counts: [] };
  }
  for (const { fn } of members) {
    const histogram = histograms.get(fn);
    if (histogram === undefined) continue;
    sum.addZeros(histogram.zeroCount);
    for (const [i, index] of histogram.indexes.entries()) sum.addBucket(index, histogram.counts[i] ?? 0);
  }
  return sum.take();
}

function durationOf(histogram: SparseHistogram, totals: Sum, seconds: number): Duration | null {
  const samples = histogramCount(histogram);
  if (samples === 0) return null;
  const max = totals.maxSeconds;
  const at = (q: number): number => quantile(histogram, q, { max }) ?? 0;
  return {
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max,
    mean: totals.seconds / totals.samples,
    total: seconds,
    samples: totals.samples,
    histogram: { zeroCount: histogram.zeroCount, indexes: [...histogram.indexes], counts: [...histogram.counts] },
  };
}

/** One entry a version: two texts of a file in one version (a restart with edited code) are put together. */
function versionsOf(members: readonly Totals[], facts: ProfileFacts, ofAll: Duration | null): VersionProfile[] {
  const byScope = Map.groupBy(members, ({ fn }) => fn.source.scope);
  return [...byScope].map(([scope, texts]) => {
    const total = totalsOf(texts);
    const newest = texts[0];
    return {
      version: scope.version,
      ...(scope.revision === undefined ? {} : { revision: scope.revision }),
      line: newest?.fn.line ?? 0,
      ...(newest === undefined || newest.fn.source.blob === '' ? {} : { blob: newest.fn.source.blob }),
      calls: total.calls,
      ...(byScope.size === 1 ? {} : { callsPerMinute: facts.measuredTime.perMinute(total.calls, texts) }),
      errors: total.errors,
      // Of an only version it is the same object: `compactProfiles` goes by that.
      duration:
        byScope.size === 1
          ? ofAll
          : durationOf(
              mergedHistogram(texts, facts.histograms),
              total,
              texts.reduce((all, each) => all + estimatedSeconds(each), 0),
            ),
      measuredSince: iso(Math.min(...texts.map(({ fn }) => fn.measuredSince))),
      lastSeen: isoOrNull(Math.max(...texts.map(({ fn }) => fn.lastCall))),
    };
  });
}

/** Instances of the function's versions that were there in the window. */
function instancesOf(members: readonly Totals[], window: Window): number {
  const present = new Set<string>();
  for (const scope of new Set(members.map(({ fn }) => fn.source.scope))) {
    for (const [id, { firstSeen, lastSeen }] of scope.instances) {
      if (lastSeen >= window.since && firstSeen <= window.until) present.add(id);
    }
  }
  return present.size;
}

function counted(
  details: readonly DetailCount[],
  kind: DetailCount['kind'],
): [label: string, { count: number; lastSeen: number }][] {
  const byLabel = new Map<string, { count: number; lastSeen: number }>();
  for (const detail of details) {
    if (detail.kind !== kind) continue;
    const known = byLabel.get(detail.label);
    if (known === undefined) byLabel.set(detail.label, { count: detail.count, lastSeen: detail.lastSeen });
    else {
      known.count += detail.count;
      known.lastSeen = Math.max(known.lastSeen, detail.lastSeen);
    }
  }
  return [...byLabel].sort((one, other) => other[1].count - one[1].count);
}

/** The label of a caller is its file and its function, a line end between them: neither has one, all text is cleaned. */
function callerOf(label: string, calls: number): Profile['callers'][number] {
  const at = label.indexOf('\n');
  const file = label.slice(0, at);
  return { function: label.slice(at + 1), ...(file === '' ? {} : { file }), calls };
}
