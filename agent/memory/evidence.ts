/** What production told when something was remembered, and whether it still does: by the tests of comparisons, and by no other. */
import { changeWords, type FunctionChange } from '@runlens/protocol';
import { z } from 'zod';
import type { ProductionFacts } from '../facts.ts';
import { neutralise } from '../text/hostile.ts';
import { type Evidence, type FunctionName, type Memory, memoryLimits } from './memory.ts';

/** Of one function: one for each service and environment. */
const mostOfFunction = 3;

interface Scope {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly since?: string | undefined;
}

/** The numbers of functions now. Rejects when the facts cannot be had. */
export async function evidenceOf(
  functions: readonly FunctionName[],
  facts: Pick<ProductionFacts, 'profiles'>,
  scope: Scope,
  signal: AbortSignal | undefined,
): Promise<readonly Evidence[]> {
  const found: Evidence[] = [];
  for (const { file, function: name } of functions) {
    const { profiles, window } = await facts.profiles(
      {
        ...{ file, function: name },
        ...(scope.service === undefined ? {} : { service: scope.service }),
        ...(scope.environment === undefined ? {} : { environment: scope.environment }),
        ...(scope.since === undefined ? {} : { since: scope.since }),
      },
      signal,
    );
    const most = profiles.toSorted((one, other) => other.calls - one.calls).slice(0, mostOfFunction);
    for (const profile of most) {
      found.push({
        service: profile.service,
        environment: profile.environment,
        file: profile.file,
        function: profile.function,
        versions: profile.versions.map(({ version }) => version).slice(0, 20),
        since: window.since,
        until: window.until,
        calls: profile.calls,
        callsPerMinute: rounded(profile.callsPerMinute),
        errorRate: profile.errorRate === null ? null : rounded(profile.errorRate),
        p50: profile.duration ? rounded(profile.duration.p50) : null,
        p99: profile.duration ? rounded(profile.duration.p99) : null,
      });
    }
  }
  return found.slice(0, memoryLimits.evidence);
}

/** People read it; the store keeps durations to about two digits. */
const rounded = (value: number): number => Number(value.toPrecision(3));

/** `unknown`: it cannot be told, which is not that it holds. */
export const evidenceStandingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('holds') }),
  z.object({ kind: z.enum(['differs', 'unknown']), what: z.string() }),
]);
export type EvidenceStanding = z.infer<typeof evidenceStandingSchema>;

const minute = 60_000;
/** Minutes are kept for two days; what is older is compared by hours, of which a side needs some. */
const minutesKept = 46 * 60 * minute;
const olderWindow = 6 * 60 * minute;
const window = 15 * minute;
/** A side has that many whole minutes at least. */
const leastWindow = 4 * minute;

/** `now`: milliseconds since 1970. */
export async function evidenceNow(
  evidence: Evidence,
  facts: Pick<ProductionFacts, 'compare'>,
  now: number,
  signal: AbortSignal | undefined,
): Promise<EvidenceStanding> {
  const until = Date.parse(evidence.until);
  const since = Math.max(until, now - window);
  if (now - since < leastWindow) {
    return { kind: 'unknown', what: 'it was written a moment ago: nothing to compare yet' };
  }
  const baseSince = until < now - minutesKept ? until - olderWindow : Date.parse(evidence.since);
  try {
    const { service, environment, file, function: name } = evidence;
    const compared = await facts.compare(
      {
        ...{ service, environment, file, function: name, of: 'windows' },
        ...{ since: iso(since), until: iso(now), baseSince: iso(baseSince), baseUntil: evidence.until },
      },
      signal,
    );
    if (compared.tooEarly !== undefined) return { kind: 'unknown', what: neutralise(compared.tooEarly, 200) };
    if (compared.compared === 0) {
      return { kind: 'unknown', what: 'it is not measured both then and now under this name' };
    }
    const same = compared.functions.filter((each) => each.function === name && each.file === file);
    if (same.length > 0) return { kind: 'differs', what: same.map(differenceOf).join('; ') };
    return compared.tested === 0 ? { kind: 'unknown', what: 'too few calls to tell' } : { kind: 'holds' };
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'unknown', what: neutralise(error instanceof Error ? error.message : String(error), 200) };
  }
}

const differenceOf = (fn: FunctionChange): string => fn.changes.map((change) => changeWords(fn, change)).join('; ');

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Where a memory's numbers are from. */
export const evidenceKey = ({ service, environment, file, function: name, since, until }: Evidence): string =>
  JSON.stringify([service, environment, file, name, since, until]);

/** Those that are compared: of each function where it is called most. */
export function toldEvidence({ evidence }: Memory): readonly Evidence[] {
  return evidence.filter(
    (each, index) =>
      evidence.findIndex((other) => other.file === each.file && other.function === each.function) === index,
  );
}
