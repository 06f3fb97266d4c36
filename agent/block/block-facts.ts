/** What every agent must know of production now, as few facts as fit in a file that is read at each turn. */

import { coarse, contextVersion } from '../answer/context-version.ts';
import { plainOr } from '../answer/fence.ts';
import type { ProductionFacts } from '../facts.ts';

export const blockLimits = {
  services: 6,
  functions: 10,
  findings: 6,
  dependencies: 5,
  /** Of the whole block; most of an agent's instructions are somebody else's. */
  characters: 4_000,
  /** Older numbers are not written down. */
  freshMilliseconds: 10 * 60_000,
} as const;

export interface BlockFunction {
  readonly service: string;
  readonly environment: string;
  readonly file: string;
  readonly function: string;
  readonly callsPerMinute: number;
  /** Of all calls; null: there was none. */
  readonly errorRate: number | null;
  /** Seconds; null: none was timed. */
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface BlockFinding {
  readonly id: string;
  readonly kind: string;
  readonly service: string;
  readonly file?: string;
  readonly function?: string;
}

export interface BlockDependency {
  readonly target: string;
  readonly service: string;
  readonly file: string;
  readonly function: string;
  readonly calls: number;
  readonly errors: number;
}

export interface BlockFacts {
  readonly window: { readonly since: string; readonly until: string };
  readonly services: readonly {
    readonly service: string;
    readonly environment: string;
    readonly versions: readonly string[];
    readonly instances: number;
    readonly lastSeen: string;
  }[];
  readonly functions: readonly BlockFunction[];
  readonly findings: readonly BlockFinding[];
  readonly dependencies: readonly BlockDependency[];
}

export interface BlockScope {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Milliseconds. */
  readonly length: number;
}

/** Whether the sources have it: in the last commit. */
export type Exists = (file: string, name: string | undefined) => Promise<boolean>;

const minute = 60_000;
const runningMilliseconds = 5 * minute;
/** A dependency of which less fails is not called fragile. */
const fragileShare = 0.01;
const fragileErrors = 5;

/** Names with blanks could be sentences: what has one does not stand in a file that tells agents what to do. */
export const isPlain = (name: string): boolean => plainOr(name, '') !== '';

/** `now`: milliseconds since 1970. Rejects when the facts cannot be had. */
export async function gatherBlock(
  facts: Pick<ProductionFacts, 'services' | 'hot' | 'findings'>,
  exists: Exists,
  scope: BlockScope,
  now: number,
  signal?: AbortSignal,
): Promise<BlockFacts> {
  // The last minute is still coming in.
  const until = Math.floor((now - minute) / minute) * minute;
  const window = { since: iso(until - scope.length), until: iso(until) };
  const where = {
    ...(scope.service === undefined ? {} : { service: scope.service }),
    ...(scope.environment === undefined ? {} : { environment: scope.environment }),
  };
  const known = await facts.services(signal);
  const services = known.services
    .filter(({ name }) => isPlain(name) && (scope.service === undefined || name === scope.service))
    .flatMap(({ name, environments }) =>
      environments
        .filter((each) => isPlain(each.name) && (scope.environment === undefined || each.name === scope.environment))
        .map((each) => {
          const running = each.versions.filter(({ lastSeen }) => Date.parse(lastSeen) > now - runningMilliseconds);
          return {
            ...{ service: name, environment: each.name, lastSeen: each.lastSeen },
            versions: running
              .map(({ version }) => version)
              .filter(isPlain)
              .slice(0, 3),
            instances: running.reduce((sum, { instances }) => sum + instances, 0),
          };
        }),
    )
    .slice(0, blockLimits.services);
  const hot = await hotOf(facts, where, window, signal);
  const functions: BlockFunction[] = [];
  const dependencies: BlockDependency[] = [];
  for (const each of hot) {
    if (![each.service, each.environment, each.file, each.function].every(isPlain)) continue;
    if (each.calls === 0 || !(await exists(each.file, each.function))) continue;
    if (functions.length < blockLimits.functions) functions.push(numbersOf(each));
    for (const { target, calls, errors } of each.outgoing) {
      if (errors < fragileErrors || errors < calls * fragileShare || !isPlain(target)) continue;
      const { service, file, function: name } = each;
      dependencies.push({ target, service, file, function: name, calls, errors });
    }
  }
  const open = await facts.findings({ ...where, state: 'open', limit: 50 }, signal);
  const findings: BlockFinding[] = [];
  for (const { id, kind, service, place } of open.findings) {
    if (findings.length >= blockLimits.findings) break;
    if (!isPlain(id) || !isPlain(service)) continue;
    if (place && (!isPlain(place.file) || !isPlain(place.function) || !(await exists(place.file, place.function))))
      continue;
    findings.push({ id, kind, service, ...(place && { file: place.file, function: place.function }) });
  }
  return {
    ...{ window, services, functions, findings },
    dependencies: dependencies.sort((one, other) => other.errors - one.errors).slice(0, blockLimits.dependencies),
  };
}

/** More than are told, as some are not in the sources of the last commit. */
const mostAsked = 100;

export async function hotOf(
  facts: Pick<ProductionFacts, 'hot'>,
  where: { readonly service?: string; readonly environment?: string },
  window: BlockFacts['window'],
  signal: AbortSignal | undefined,
) {
  return (await facts.hot({ ...where, ...window, by: 'time', limit: mostAsked }, signal)).functions;
}

export const numbersOf = (each: Awaited<ReturnType<typeof hotOf>>[number]): BlockFunction => ({
  ...{ service: each.service, environment: each.environment, file: each.file, function: each.function },
  ...{ callsPerMinute: each.callsPerMinute, errorRate: each.errorRate },
  ...{ p50: each.duration?.p50 ?? null, p99: each.duration?.p99 ?? null },
});

/** Equal: nothing that matters has changed, and the block stays as it is. */
export const blockVersion = ({ services, functions, findings, dependencies }: BlockFacts): string =>
  contextVersion([
    services.map(({ service, environment, versions, instances }) => [service, environment, versions, instances > 0]),
    functions.map((each) => [
      ...[each.file, each.function, coarse(each.callsPerMinute), coarse(each.p50), coarse(each.errorRate)],
    ]),
    findings.map(({ id }) => id),
    dependencies.map(({ target, function: name }) => [target, name]),
  ]);

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
