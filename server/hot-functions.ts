/** The hottest functions of the selection, with where they are in the workspace. */
import { readFile, stat } from 'node:fs/promises';
import { type HotOrder, hotResponseSchema, type Profile, type ServicesResponse } from '@runlens/protocol/api/profile';
import type { HotItem, Range, ServerConfiguration } from '@runlens/protocol/lsp';
import { LRUCache } from 'lru-cache';
import { URI } from 'vscode-uri';
import type { Parsers } from './documents/parsed-text.ts';
import { type RepositoryPaths, workspacePath } from './documents/repository-path.ts';
import { findFile, workspaceRoots } from './documents/workspace-file.ts';
import type { FoundFunction } from './languages/definition.ts';
import { languageByPath } from './languages/registry.ts';
import { heatMark, heatOf } from './lens/heat.ts';
import { numbers } from './lens/label.ts';
import { isProduction } from './mapping/choose-selection.ts';
import type { CollectorClient } from './profiles/collector-client.ts';

type HotAnswer = { readonly items: readonly HotItem[]; readonly problem: string | null };

/** More files than this are not read to find the exact line: the deployed line is near enough. */
const mostFilesRead = 60;
const longestFile = 1_000_000;
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
  readonly #parsers: Parsers;
  readonly #paths: RepositoryPaths;
  readonly #functions = new LRUCache<
    string,
    { readonly changed: number; readonly functions: readonly FoundFunction[] }
  >({
    max: 500,
  });

  constructor(parsers: Parsers, paths: RepositoryPaths) {
    this.#parsers = parsers;
    this.#paths = paths;
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
    const roots = await workspaceRoots(this.#paths, workspaceFolders);
    const files = new Map<string, string | undefined>();
    const items: HotItem[] = [];
    for (const profile of ranked.slice(0, params.limit)) {
      if (!files.has(profile.file)) {
        files.set(profile.file, await findFile(roots, workspacePath(profile.file, configuration.pathMappings)));
      }
      const file = files.get(profile.file);
      const heat = heatOf(profile);
      items.push({
        profile,
        location: file === undefined ? null : await this.#location(file, profile, files.size <= mostFilesRead),
        heat: heat ?? 0,
        label: [heatMark(heat), numbers(profile)].filter((part) => part !== '').join(' '),
      });
    }
    return { items, problem: null };
  }

  async #location(file: string, profile: Profile, read: boolean): Promise<HotItem['location']> {
    const line = Math.max(0, profile.line - 1);
    const deployed: Range = { start: { line, character: 0 }, end: { line, character: 0 } };
    const uri = URI.file(file).toString();
    const same = (read ? await this.#functionsOf(file) : []).filter(({ name }) => name === profile.function);
    const nearest = same.sort((a, b) => Math.abs(a.line - profile.line) - Math.abs(b.line - profile.line))[0];
    if (!nearest) return { uri, range: deployed };
    return {
      uri,
      range: {
        start: { line: nearest.selectionStart.row, character: nearest.selectionStart.column },
        end: { line: nearest.selectionEnd.row, character: nearest.selectionEnd.column },
      },
    };
  }

  async #functionsOf(file: string): Promise<readonly FoundFunction[]> {
    const definition = languageByPath(file);
    if (!definition) return [];
    try {
      const { mtimeMs, size } = await stat(file);
      const known = this.#functions.get(file);
      if (known?.changed === mtimeMs) return known.functions;
      if (size > longestFile) return [];
      const result = await this.#parsers.parse(definition, await readFile(file, 'utf8'));
      if (result.kind === 'refused') return [];
      const { functions } = result.parsed;
      result.parsed.dispose();
      this.#functions.set(file, { changed: mtimeMs, functions });
      return functions;
    } catch {
      return [];
    }
  }
}

/** For each service the environment whose functions are listed where none is selected: production, else the latest. */
function chosenEnvironments(services: ServicesResponse['services'], only: string | undefined): Map<string, string> {
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
