/** The deploys of the selection, and what became of functions in each, with where they are in the workspace. */

import { compareResponseSchema } from '@runlens/protocol/api/compare';
import { deploysResponseSchema } from '@runlens/protocol/api/deploys';
import type { ServicesResponse } from '@runlens/protocol/api/profile';
import type { ServerConfiguration } from '@runlens/protocol/lsp';
import { type DeployAsked, type DeploysAnswer, type DeployVerdict, deploysLsp } from '@runlens/protocol/lsp-deploys';
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import { z } from 'zod';
import { abortable } from '../abortable.ts';
import type { FunctionLocations } from '../documents/function-locations.ts';
import type { RepositoryPaths } from '../documents/repository-path.ts';
import type { Git } from '../git/git.ts';
import { chosenEnvironments } from '../hot-functions.ts';
import type { CollectorClient } from '../profiles/collector-client.ts';
import { type ChangedByUser, ownFunctions } from './own-functions.ts';
import { changesOf, outcomesOf } from './verdict.ts';

export interface DeploySession {
  readonly collector: {
    readonly client: CollectorClient | undefined;
    readonly services: ServicesResponse['services'];
  };
  readonly locations: FunctionLocations;
  readonly configuration: ServerConfiguration;
  readonly workspaceFolders: readonly string[];
  readonly git: Git;
  readonly paths: RepositoryPaths;
}

/** Of each service, and of how many services where none is selected. */
const mostDeploys = 10;
const mostServices = 4;
const mostOwn = 30;
const away = 'The collector is away.';
const name = z.string().min(1).max(1_000);
const verdictParams = z.object({
  service: name,
  environment: name,
  version: z.string().max(1_000),
  revision: name.optional(),
  baseVersion: z.string().max(1_000),
  baseRevision: name.optional(),
});

export function serveDeploys(connection: Connection, session: () => DeploySession | undefined): void {
  connection.onRequest(
    deploysLsp.list.method,
    async (_: unknown, token: CancellationToken): Promise<object> =>
      abortable(token, (signal) => listed(session(), signal)),
  );
  connection.onRequest(
    deploysLsp.verdict.method,
    async (params: unknown, token: CancellationToken): Promise<object> => {
      const { revision, baseRevision, ...asked } = verdictParams.parse(params);
      const revisions = { ...(revision && { revision }), ...(baseRevision && { baseRevision }) };
      return abortable(token, (signal) => verdictOf(session(), { ...asked, ...revisions }, signal));
    },
  );
}

async function listed(session: DeploySession | undefined, signal: AbortSignal): Promise<DeploysAnswer> {
  const client = session?.collector.client;
  if (!session || !client) return { items: [], problem: away };
  const { service, environment } = session.configuration.selection;
  const chosen = [...chosenEnvironments(session.collector.services, service)].slice(0, mostServices);
  const items: DeploysAnswer['items'][number][] = [];
  for (const [each, best] of chosen) {
    const of = { service: each, environment: environment ?? best };
    const answer = await client.get('/api/v1/deploys', deploysResponseSchema, {
      params: { ...of, limit: mostDeploys },
      signal,
    });
    if (answer.kind === 'cancelled' || answer.kind === 'notModified') return { items: [], problem: null };
    if (answer.kind !== 'ok') return { items: [], problem: answer.message };
    items.push(...answer.value.deploys.map((deploy) => ({ ...of, deploy })));
  }
  return { items, problem: null };
}

async function verdictOf(
  session: DeploySession | undefined,
  asked: DeployAsked,
  signal: AbortSignal,
): Promise<DeployVerdict> {
  const client = session?.collector.client;
  if (!session || !client) return { kind: 'failed', message: away };
  const { service, environment, version, baseVersion } = asked;
  const params = { service, environment, version, baseVersion };
  const answer = await client.get('/api/v1/compare', compareResponseSchema, { params, signal });
  if (answer.kind === 'cancelled' || answer.kind === 'notModified') {
    return { kind: 'failed', message: 'The call was cancelled.' };
  }
  if (answer.kind !== 'ok') return { kind: 'failed', message: answer.message };
  const response = answer.value;
  if (response.tooEarly !== undefined) return { kind: 'tooEarly', message: response.tooEarly };
  const changes = changesOf(response);
  const own = outcomesOf(await ownOf(session, asked, signal), changes);
  const located = await session.locations.of([...changes, ...own], session.configuration, session.workspaceFolders);
  const at = <Place>(places: readonly Place[], from: number) =>
    places.map((place, i) => ({ ...place, location: located[from + i] ?? null }));
  return {
    kind: 'compared',
    ...{ relation: response.relation, base: response.base.version, tested: response.tested },
    changes: at(changes, 0),
    own: at(own, changes.length),
  };
}

/** Of the repositories of the workspace; the first that knows both revisions and has some. */
async function ownOf(
  { git, paths, workspaceFolders }: DeploySession,
  { revision, baseRevision }: DeployAsked,
  signal: AbortSignal,
): Promise<readonly ChangedByUser[]> {
  if (revision === undefined || baseRevision === undefined || !git.available) return [];
  for (const folder of workspaceFolders) {
    const root = await paths.rootOf(folder);
    const own = root === undefined ? [] : await ownFunctions(git, root, baseRevision, revision, signal);
    if (own.length > 0) return own.slice(0, mostOwn);
  }
  return [];
}
