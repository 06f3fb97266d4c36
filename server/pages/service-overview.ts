/** All functions of a service, its versions and what changed by the newest: asked of the collector for the overview page. */
import { type CompareResponse, compareResponseSchema } from '@runlens/protocol/api/compare';
import { overviewResponseSchema } from '@runlens/protocol/api/overview';
import type { ServicesResponse } from '@runlens/protocol/api/profile';
import type { Selection } from '@runlens/protocol/lsp';
import type { OverviewAnswer, ServiceChanges } from '@runlens/protocol/lsp-pages';
import { chosenEnvironments } from '../hot-functions.ts';
import type { Answer, CollectorClient } from '../profiles/collector-client.ts';

const changesShown = 30;

export interface OverviewScope {
  readonly services: ServicesResponse['services'];
  readonly selection: Selection;
  /** Of the active document, where nothing is selected. */
  readonly service: string | undefined;
}

export async function serviceOverview(
  client: CollectorClient,
  { services, selection, service: ofDocument }: OverviewScope,
  signal: AbortSignal,
): Promise<OverviewAnswer> {
  const [latest] = services.toSorted((one, other) => Date.parse(other.lastSeen) - Date.parse(one.lastSeen));
  const service = selection.service ?? ofDocument ?? latest?.name;
  const environment =
    selection.environment ?? (service === undefined ? undefined : chosenEnvironments(services, service).get(service));
  if (service === undefined || environment === undefined) {
    return {
      kind: 'none',
      message: 'No service has reported to this collector yet. Start one by “Runlens: Run with Sensor”.',
    };
  }
  const { window, version } = selection;
  const [overview, compared] = await Promise.all([
    client.get('/api/v1/overview', overviewResponseSchema, {
      params: { service, environment, version, since: window },
      signal,
    }),
    client.get('/api/v1/compare', compareResponseSchema, {
      params: { service, environment, limit: changesShown },
      signal,
    }),
  ]);
  if (overview.kind !== 'ok') return { kind: 'none', message: reasonOf(overview) };
  const known = services.find(({ name }) => name === service)?.environments.find(({ name }) => name === environment);
  return {
    kind: 'overview',
    overview: overview.value,
    window,
    versions: known?.versions ?? [],
    changes: changesOf(compared),
  };
}

function changesOf(compared: Answer<CompareResponse>): ServiceChanges {
  if (compared.kind !== 'ok') return { kind: 'none', message: reasonOf(compared) };
  const { tooEarly, newErrors, newQueries, removed } = compared.value;
  if (tooEarly !== undefined) return { kind: 'none', message: tooEarly };
  return {
    kind: 'compared',
    comparison: {
      ...compared.value,
      newErrors: newErrors.slice(0, changesShown),
      newQueries: newQueries.slice(0, changesShown),
      removed: removed.slice(0, changesShown),
    },
  };
}

const reasonOf = (answer: Exclude<Answer<unknown>, { readonly kind: 'ok' }>): string =>
  'message' in answer ? answer.message : 'The request was given up for a newer one.';
