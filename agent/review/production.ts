/** What production knows of the functions of a change: the facts are asked file by file, and put on the text before it. */
import type { Profile, ProfilesResponse } from '@runlens/protocol';
import type { ProductionFacts } from '../facts.ts';
import { given } from '../query-input.ts';
import { type Deployed, type FunctionPlace, placeKey, type ReadChange } from './change.ts';

export interface ReviewScope {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly since?: string | undefined;
}

/** The numbers of a function in one environment, of all services that run it together. Durations are seconds. */
export interface Production {
  /** `exact`, `moved`: what runs is what was changed, and the change is judged by it. */
  readonly mapping: 'exact' | 'moved' | 'byName' | 'changed';
  readonly services: readonly string[];
  readonly calls: number;
  readonly callsPerMinute: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly lastSeen: string | null;
  readonly measuredSince: string;
  readonly exceptions: readonly string[];
  /** Queries that one call asks by itself, on average; null: none is told. */
  readonly queriesPerCall: number | null;
}

export interface KnownProduction {
  readonly environment: string | null;
  readonly window: ProfilesResponse['window'] | null;
  /** Files of the change that some service has loaded. */
  readonly loaded: ReadonlySet<string>;
  of(place: FunctionPlace): Production | undefined;
}

const atOnce = 6;
/** Files beyond this are not asked about; a larger change is told as partly judged. */
export const mostFilesAsked = 300;

/** Rejects when the facts cannot be had. */
export async function productionOf(
  change: ReadChange,
  facts: ProductionFacts,
  scope: ReviewScope,
  signal: AbortSignal | undefined,
): Promise<KnownProduction> {
  const files = new Set<string>();
  for (const { before, within, added } of change.functions) {
    if (before) files.add(before.file);
    if (within) files.add(within.before.file);
    for (const { calls } of added) if (calls) files.add(calls.file);
  }
  const asked = [...files].slice(0, mostFilesAsked);
  const foreign = await servicesOfOthers(change.repository, facts, signal);
  const responses = new Map<string, ProfilesResponse>();
  for (let at = 0; at < asked.length; at += atOnce) {
    const part = asked.slice(at, at + atOnce);
    const answers = await Promise.all(part.map((file) => facts.profiles({ ...given({ ...scope }), file }, signal)));
    part.forEach((file, index) => {
      const answer = answers[index];
      if (answer) responses.set(file, answer);
    });
  }
  const all = [...responses.values()];
  const environment = scope.environment ?? environmentOf(all, foreign);
  const loaded = new Set<string>();
  const known = new Map<string, Production>();
  for (const [file, response] of responses) {
    const services = new Set(
      [...response.files, ...response.profiles]
        .filter((each) => each.environment === environment && !foreign.has(each.service))
        .map(({ service }) => service),
    );
    if (services.size > 0) loaded.add(file);
    const byPlace = new Map<string, { service: string; deployed: Exclude<Deployed, { kind: 'none' }> }[]>();
    for (const service of services) {
      if (environment === null) continue;
      for (const [key, deployed] of await change.deployed(file, response, { service, environment })) {
        if (deployed.kind === 'none') continue;
        byPlace.set(key, [...(byPlace.get(key) ?? []), { service, deployed }]);
      }
    }
    for (const [key, each] of byPlace) known.set(`${file}\0${key}`, together(each));
  }
  return {
    environment,
    window: all[0]?.window ?? null,
    loaded,
    of: (place) => known.get(`${place.file}\0${placeKey(place)}`),
  };
}

/** Services that are known to be of another repository: they may have files and functions of the same names. */
async function servicesOfOthers(
  repository: string | undefined,
  facts: ProductionFacts,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  if (repository === undefined) return new Set();
  const own = repositoryKey(repository);
  const { services } = await facts.services(signal);
  return new Set(
    services.flatMap(({ name, repository: url }) => (url !== undefined && repositoryKey(url) !== own ? [name] : [])),
  );
}

/** `git@host:team/shop.git` and `https://host/team/shop` are the same repository. */
const repositoryKey = (url: string): string =>
  url
    .trim()
    .replace(/^[a-z+]+:\/\//i, '')
    .replace(/^[^@/]*@/, '')
    .replace(/^([^/:]+):(?:\d+\/)?/, '$1/')
    .replace(/\.git\/?$/, '')
    .replace(/\/+$/, '')
    .toLowerCase();

/** Production where there is one, else where most calls are. */
function environmentOf(responses: readonly ProfilesResponse[], foreign: ReadonlySet<string>): string | null {
  const calls = new Map<string, number>();
  for (const { files, profiles } of responses) {
    for (const each of files)
      if (!foreign.has(each.service)) calls.set(each.environment, calls.get(each.environment) ?? 0);
    for (const each of profiles) {
      if (!foreign.has(each.service)) calls.set(each.environment, (calls.get(each.environment) ?? 0) + each.calls);
    }
  }
  const isProduction = (name: string): boolean => /^(?:prod|production|live)$/i.test(name);
  const [best] = [...calls].sort(
    ([a, ofA], [b, ofB]) => Number(isProduction(b)) - Number(isProduction(a)) || ofB - ofA || (a < b ? -1 : 1),
  );
  return best?.[0] ?? null;
}

const surest = ['exact', 'moved', 'byName', 'changed'] as const;

function together(
  each: readonly { readonly service: string; readonly deployed: Exclude<Deployed, { kind: 'none' }> }[],
): Production {
  const profiles = each.map(({ deployed }) => deployed.profile);
  const mappings = each.map(({ deployed }) => (deployed.kind === 'changed' ? 'changed' : deployed.mapping));
  const lead = profiles.toSorted((a, b) => b.calls - a.calls)[0] as Profile;
  const queries = profiles.flatMap((profile) => profile.queries);
  return {
    // The least sure one: a sum is no surer than its parts.
    mapping: surest.findLast((mapping) => mappings.includes(mapping)) ?? 'changed',
    services: each.map(({ service }) => service),
    calls: sum(profiles.map(({ calls }) => calls)),
    callsPerMinute: sum(profiles.map(({ callsPerMinute }) => callsPerMinute)),
    errors: sum(profiles.map(({ errors }) => errors)),
    p50: lead.duration?.p50 ?? null,
    p99: lead.duration?.p99 ?? null,
    lastSeen:
      profiles
        .flatMap(({ lastSeen }) => lastSeen ?? [])
        .sort()
        .at(-1) ?? null,
    measuredSince: profiles.map(({ measuredSince }) => measuredSince).sort()[0] ?? lead.measuredSince,
    exceptions: [...new Set(profiles.flatMap(({ exceptions }) => exceptions.map(({ type }) => type)))].slice(0, 3),
    queriesPerCall: queries.length === 0 ? null : sum(lead.queries.map(({ callsPerCall }) => callsPerCall)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
