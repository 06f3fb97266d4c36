/** The findings of the selection, with where they are in the workspace, and what a person says of them. */

import { findingSchema, findingsResponseSchema, setFindingStateSchema } from '@runlens/protocol/api/findings';
import type { ServicesResponse } from '@runlens/protocol/api/profile';
import type { ServerConfiguration } from '@runlens/protocol/lsp';
import { type FindingsAnswer, findingsLsp } from '@runlens/protocol/lsp-findings';
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import { z } from 'zod';
import { abortable } from '../abortable.ts';
import type { FunctionLocations } from '../documents/function-locations.ts';
import { chosenEnvironments } from '../hot-functions.ts';
import type { CollectorClient } from '../profiles/collector-client.ts';

export interface FindingSession {
  readonly collector: {
    readonly client: CollectorClient | undefined;
    readonly services: ServicesResponse['services'];
  };
  readonly locations: FunctionLocations;
  readonly configuration: ServerConfiguration;
  readonly workspaceFolders: readonly string[];
}

const most = 200;
const listParams = z.object({ state: z.enum(['open', 'muted', 'fixed']) });
const idParams = z.object({ id: z.string().min(1).max(64) });
const away = 'The collector is away.';

export function serveFindings(connection: Connection, session: () => FindingSession | undefined): void {
  connection.onRequest(findingsLsp.list.method, async (params: unknown, token: CancellationToken) => {
    const { state } = listParams.parse(params);
    return abortable(token, (signal) => listed(session(), state, signal));
  });
  connection.onRequest(findingsLsp.setState.method, async (params: unknown): Promise<object> => {
    const { id } = idParams.parse(params);
    const wanted = setFindingStateSchema.safeParse(withoutId(params));
    if (!wanted.success) return { kind: 'refused', message: wanted.error.issues[0]?.message ?? 'That is no state.' };
    const client = session()?.collector.client;
    if (!client) return { kind: 'refused', message: away };
    const path = `/api/v1/findings/${encodeURIComponent(id)}/state`;
    const answer = await client.send('POST', path, findingSchema, wanted.data);
    if (answer.kind === 'ok') return { kind: 'done', finding: answer.value };
    return { kind: 'refused', message: 'message' in answer ? answer.message : 'The call was cancelled.' };
  });
}

function withoutId(params: unknown): object {
  const { id: _, ...rest }: Record<string, unknown> = Object(params);
  return rest;
}

async function listed(
  session: FindingSession | undefined,
  state: 'open' | 'muted' | 'fixed',
  signal: AbortSignal,
): Promise<FindingsAnswer> {
  const client = session?.collector.client;
  if (!session || !client) return { items: [], problem: away };
  const { configuration, collector, workspaceFolders, locations } = session;
  const { service, environment } = configuration.selection;
  const params = { state, limit: most, service, environment };
  const answer = await client.get('/api/v1/findings', findingsResponseSchema, { params, signal });
  if (answer.kind === 'cancelled' || answer.kind === 'notModified') return { items: [], problem: null };
  if (answer.kind !== 'ok') return { items: [], problem: answer.message };
  // Without a choice the environment of each service of which the other views tell.
  const chosen =
    environment === undefined ? chosenEnvironments(collector.services, service) : new Map<string, string>();
  const findings = answer.value.findings.filter(
    (each) => (chosen.get(each.service) ?? each.environment) === each.environment,
  );
  const places = findings.flatMap(({ place }) => place ?? []);
  const located = await locations.of(places, configuration, workspaceFolders);
  const locationOf = new Map(places.map((place, i) => [place, located[i] ?? null]));
  const items = findings.map((finding) => ({
    finding,
    location: finding.place === undefined ? null : (locationOf.get(finding.place) ?? null),
  }));
  const problem =
    answer.value.evaluatedAt === null
      ? 'The collector has not looked for findings yet: it does so every half minute.'
      : null;
  return { items, problem };
}
