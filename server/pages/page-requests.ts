/** Answers what the pages ask. */

import type { ServicesResponse } from '@runlens/protocol/api/profile';
import type { FunctionState, Position, ServerConfiguration, ServerStatus } from '@runlens/protocol/lsp';
import { type FunctionHistory, type OverviewAnswer, pagesLsp } from '@runlens/protocol/lsp-pages';
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import { z } from 'zod';
import { abortable } from '../abortable.ts';
import type { CollectorClient } from '../profiles/collector-client.ts';
import { functionHistory } from './function-history.ts';
import { serviceOverview } from './service-overview.ts';

export interface PageSession {
  readonly collector: {
    readonly client: CollectorClient | undefined;
    readonly state: ServerStatus['collector'];
    readonly services: ServicesResponse['services'];
  };
  readonly configuration: ServerConfiguration;
  status(): ServerStatus;
}
export type StateAt = (uri: string, position: Position) => Promise<FunctionState | undefined>;

const placeParams = z.object({ uri: z.string(), position: z.object({ line: z.number(), character: z.number() }) });

export function servePages(connection: Connection, session: () => PageSession | undefined, stateAt: StateAt): void {
  connection.onRequest(
    pagesLsp.functionHistory.method,
    async (params: unknown, token: CancellationToken): Promise<object | null> => {
      const { uri, position } = placeParams.parse(params);
      const state = await stateAt(uri, position);
      return abortable(token, (signal) => historyOf(session(), state, signal));
    },
  );
  connection.onRequest(
    pagesLsp.overview.method,
    (_: unknown, token: CancellationToken): Promise<object> =>
      abortable(token, (signal) => overviewOf(session(), signal)),
  );
}

async function historyOf(
  session: PageSession | undefined,
  state: FunctionState | undefined,
  signal: AbortSignal,
): Promise<FunctionHistory | null> {
  const profile = state && 'profile' in state ? state.profile : undefined;
  if (!session || !profile) return null;
  const { client } = session.collector;
  if (!client) return { kind: 'none', message: awayMessage(session) };
  return functionHistory(client, profile, session.configuration.selection, signal);
}

async function overviewOf(session: PageSession | undefined, signal: AbortSignal): Promise<OverviewAnswer> {
  if (!session) return { kind: 'none', message: 'Runlens has not started yet.' };
  const { client, services } = session.collector;
  if (!client) return { kind: 'none', message: awayMessage(session) };
  const { selection } = session.configuration;
  return serviceOverview(client, { services, selection, service: session.status().effective?.service }, signal);
}

const awayMessage = ({ collector: { state } }: PageSession): string =>
  'message' in state ? state.message : 'The collector has not answered yet.';
