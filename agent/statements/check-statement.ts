/** Whether a statement still holds: by the store, within what its own numbers vary by. */
import { type Profile, parseInstant } from '@runlens/protocol';
import { quantile } from '@runlens/protocol/histogram';
import { isPlain } from '../block/block-facts.ts';
import type { ProductionFacts } from '../facts.ts';
import { neutralise } from '../text/hostile.ts';
import { type FigureMetric, readFigure, writeFigure } from './figure.ts';
import type { Statement } from './statement-text.ts';

export type StatementStanding =
  | { readonly kind: 'holds'; readonly now: string }
  /** `value`: what to write instead; absent: a person has to. */
  | { readonly kind: 'stale'; readonly now: string; readonly value?: string }
  | { readonly kind: 'unknownFunction' | 'ambiguous' | 'nothingMeasured' | 'unreadable'; readonly why: string };

export interface StatementSources {
  readonly facts: Pick<ProductionFacts, 'profiles'>;
  /** Whether the last commit has the file, and the function in it. */
  readonly exists: (file: string, name: string | undefined) => Promise<boolean>;
  /** Who owns a file, by the repository's CODEOWNERS; undefined: it has none. */
  readonly ownersOf: (file: string) => readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/** The window is looked at in so many parts: from one to the next the same thing differs by itself. */
const parts = 6;
/** Of durations, by the store's histograms (design: at most 1.1 % at each side). */
const histogramError = 0.022;
/** Standard errors of what was counted. */
const certain = 3;
const mostDependencies = 5;

/** Rejects when the facts cannot be had. */
export async function checkStatement(statement: Statement, sources: StatementSources): Promise<StatementStanding> {
  const { metric, file, function: name, since } = statement;
  if (metric === 'owner') return await ownerStanding(statement, sources);
  const stated = metric === 'dependency' ? undefined : readFigure(metric, statement.value);
  if (metric !== 'dependency' && !stated) {
    return {
      kind: 'unreadable',
      why: `"${neutralise(statement.value, 60)}" is no figure of ${metric}: write one as ${example(metric)}`,
    };
  }
  const from = parseInstant(since, sources.now);
  if (from === undefined || from >= sources.now)
    return { kind: 'unreadable', why: `since=${neutralise(since, 40)} is no length such as 24h` };
  const found = await profilesOf(statement, from, sources.now, sources);
  const measured = found.filter(({ calls }) => calls > 0);
  const inProduction = measured.filter(({ environment }) => environment === 'production');
  const [profile, ...others] = statement.environment === undefined && inProduction.length > 0 ? inProduction : measured;
  if (!profile) {
    if (found.length === 0 && !(await sources.exists(file, name))) {
      return { kind: 'unknownFunction', why: `${name} in ${file} is not in the last commit, and nothing runs it` };
    }
    return {
      kind: 'nothingMeasured',
      why: `nothing called it in ${neutralise(since, 40)}, as far as services report here`,
    };
  }
  if (others.length > 0) {
    const places = [profile, ...others].map((each) => `service=${each.service} environment=${each.environment}`);
    const twins = new Set(places).size < places.length;
    const why = twins
      ? 'several functions of that name are in the file'
      : `name one of ${[...new Set(places)].slice(0, 5).join(', ')}`;
    return { kind: 'ambiguous', why: neutralise(why, 400) };
  }
  if (metric === 'dependency' || !stated) return dependencyStanding(statement, profile);
  const value = figureOf(metric, profile);
  if (value === undefined) return { kind: 'nothingMeasured', why: 'no call of it was timed' };
  const now = writeFigure(metric, value);
  const usual = await usualRange(metric, statement, profile, from, sources);
  const holds = stated.value + stated.rounding >= usual.low && stated.value - stated.rounding <= usual.high;
  return holds ? { kind: 'holds', now } : { kind: 'stale', now, value: now };
}

async function profilesOf(
  { file, function: name, service, environment }: Statement,
  from: number,
  until: number,
  { facts, signal }: StatementSources,
): Promise<readonly Profile[]> {
  const { profiles } = await facts.profiles(
    {
      ...{ file, since: new Date(from).toISOString(), until: new Date(until).toISOString() },
      ...(name !== undefined && { function: name }),
      ...(service !== undefined && { service }),
      ...(environment !== undefined && { environment }),
    },
    signal,
  );
  return profiles;
}

function figureOf(metric: FigureMetric, profile: Profile): number | undefined {
  if (metric === 'rate') return profile.callsPerMinute;
  if (metric === 'errors') return profile.errorRate ?? undefined;
  return profile.duration?.[metric];
}

/** Between which figures the same thing lies that has not changed. */
async function usualRange(
  metric: FigureMetric,
  statement: Statement,
  whole: Profile,
  from: number,
  sources: StatementSources,
): Promise<{ readonly low: number; readonly high: number }> {
  const length = (sources.now - from) / parts;
  const { service, environment } = whole;
  const figures: number[] = [];
  for (let i = 0; i < parts; i += 1) {
    const start = from + i * length;
    const found = await profilesOf({ ...statement, service, environment }, start, start + length, sources);
    for (const part of found) {
      // What hardly ran in a part tells nothing of it.
      if (part.calls < Math.max(whole.calls / (parts * 4), 1)) continue;
      figures.push(...boundsOf(metric, part));
    }
  }
  figures.push(...boundsOf(metric, whole));
  const error = metric === 'rate' || metric === 'errors' ? 0 : histogramError;
  return { low: Math.min(...figures) * (1 - error), high: Math.max(...figures) * (1 + error) };
}

/** A figure by as many calls as were counted or timed: what chance leaves open. */
function boundsOf(metric: FigureMetric, profile: Profile): readonly number[] {
  const value = figureOf(metric, profile);
  if (value === undefined) return [];
  if (metric === 'rate') return spread(value, profile.calls);
  // None of n failed: by the rule of three, up to 3 / n may.
  if (metric === 'errors') return profile.errors === 0 ? [0, 3 / profile.calls] : spread(value, profile.errors);
  const { duration } = profile;
  if (!duration || duration.samples <= 0) return [value];
  const share = Number(metric.slice(1)) / 100;
  const chance = certain * Math.sqrt((share * (1 - share)) / duration.samples);
  return [share - chance, share + chance].map(
    (at) => quantile(duration.histogram, Math.min(1, Math.max(0, at))) ?? value,
  );
}

const spread = (value: number, count: number): readonly number[] => {
  const relative = certain / Math.sqrt(count);
  return [Math.max(0, value * (1 - relative)), value * (1 + relative)];
};

function dependencyStanding({ value }: Statement, { outgoing, queries }: Profile): StatementStanding {
  const calls = new Map<string, number>();
  for (const { target, calls: count } of outgoing) calls.set(target, (calls.get(target) ?? 0) + count);
  for (const { system, calls: count } of queries) calls.set(system, (calls.get(system) ?? 0) + count);
  const names = [...calls].sort(([, one], [, other]) => other - one).map(([name]) => name);
  const now = names.length === 0 ? 'nothing' : neutralise(names.slice(0, mostDependencies).join(', '), 300);
  const stated = value.split(',').map((each) => each.trim().replace(/^`|`$/g, ''));
  if (stated.every((each) => calls.has(each))) return { kind: 'holds', now };
  // What production calls itself is written into a document only where it is no sentence.
  const plain = names.slice(0, mostDependencies).filter(isPlain);
  return { kind: 'stale', now, ...(plain.length > 0 && { value: plain.join(', ') }) };
}

async function ownerStanding(
  { file, value }: Statement,
  { ownersOf, exists }: StatementSources,
): Promise<StatementStanding> {
  if (!(await exists(file, undefined))) return { kind: 'unknownFunction', why: `${file} is not in the last commit` };
  const owners = ownersOf(file);
  if (owners === undefined) return { kind: 'nothingMeasured', why: 'the repository has no CODEOWNERS' };
  if (owners.length === 0) return { kind: 'stale', now: 'nobody' };
  const now = owners.join(' ');
  const stated = value.split(/[\s,]+/).filter((each) => each !== '');
  const holds = stated.length === owners.length && stated.every((each) => owners.includes(each));
  return holds ? { kind: 'holds', now } : { kind: 'stale', now, value: now };
}

const example = (metric: FigureMetric): string =>
  writeFigure(metric, metric === 'rate' ? 40_200 : metric === 'errors' ? 0.004 : 0.0031);
