/** The hottest functions of the selection, with where they are in the workspace. */
import { type HotOrder, hotResponseSchema, type Profile, type ServicesResponse } from '@runlens/protocol/api/profile';
import type { HotItem, ServerConfiguration } from '@runlens/protocol/lsp';
import type { FunctionLocations } from './documents/function-locations.ts';
import { heatMark, heatOf } from './lens/heat.ts';
import { numbers } from './lens/label.ts';
import { isProduction } from './mapping/choose-selection.ts';
import type { CollectorClient } from './profiles/collector-client.ts';

type HotAnswer = { readonly items: readonly HotItem[]; readonly problem: string | null };

/** Services whose environments have names of their own are asked for one environment at a time. */
const mostEnvironments = 5;

/** As the collector ranks, to merge what it ranked for several environments. */
const rank: Readonly<Record<HotOrder, (profile: Profile) => number>> = {
  time: ({ duration }) => duration?.total ?? 0,
  calls: ({ calls }) => calls,
  errors: ({ errors }) => errors,
  p99: ({ duration }) => duration?.p99 ?? 0,
  impact: ({ duration }) => duration?.total ?? 0,
};

export class HotFunctions {
  readonly #locations: FunctionLocations;

  constructor(locations: FunctionLocations) {
    this.#locations = locations;
  }

  async ask(
    params: { readonly by: HotOrder; readonly limit: number },
    client: CollectorClient | undefined,
    services: ServicesResponse['services'],
    configuration: ServerConfiguration,
    workspaceFolders: readonly string[],
    signal: AbortSignal,
  ): Promise<HotAnswer> {
    if (!client) return { items: [], problem: 'The collector is away.' };
    const { service, environment, version, window } = configuration.selection;
    const chosen = environment === undefined ? chosenEnvironments(services, service) : new Map<string, string>();
    const environments = environment === undefined ? [...new Set(chosen.values())] : [environment];
    const ranked: Profile[] = [];
    for (const each of environments.slice(0, mostEnvironments)) {
      const answer = await client.get('/api/v1/hot', hotResponseSchema, {
        params: { by: params.by, limit: params.limit, since: window, service, environment: each, version },
        signal,
      });
      if (answer.kind === 'cancelled' || answer.kind === 'notModified') return { items: [], problem: null };
      if (answer.kind !== 'ok') return { items: [], problem: answer.message };
      ranked.push(...answer.value.functions.filter((profile) => (chosen.get(profile.service) ?? each) === each));
    }
    if (environments.length > 1) ranked.sort((a, b) => rank[params.by](b) - rank[params.by](a));
    const listed = ranked.slice(0, params.limit);
    const locations = await this.#locations.of(listed, configuration, workspaceFolders);
    const items = listed.map((profile, index): HotItem => {
      const heat = heatOf(profile);
      return {
        profile,
        location: locations[index] ?? null,
        heat: heat ?? 0,
        label: [heatMark(heat), numbers(profile)].filter((part) => part !== '').join(' '),
      };
    });
    return { items, problem: null };
  }
}

/** For each service the environment whose functions are listed where none is selected: production, else the latest. */
export function chosenEnvironments(
  services: ServicesResponse['services'],
  only: string | undefined,
): Map<string, string> {
  const chosen = new Map<string, string>();
  for (const { name, environments } of services) {
    if (only !== undefined && name !== only) continue;
    const [best] = environments.toSorted(
      (a, b) =>
        Number(isProduction(b.name)) - Number(isProduction(a.name)) ||
        Date.parse(b.lastSeen) - Date.parse(a.lastSeen) ||
        (a.name < b.name ? -1 : 1),
    );
    if (best) chosen.set(name, best.name);
  }
  return chosen;
}
