/** The events of the selection, with where the functions that they concern are in the workspace. */

import { type EventEvent, eventsResponseSchema, type ProductionEvent } from '@runlens/protocol/api/events';
import type { ServicesResponse } from '@runlens/protocol/api/profile';
import type { ServerConfiguration } from '@runlens/protocol/lsp';
import { type EventItem, type EventsAnswer, eventsLsp } from '@runlens/protocol/lsp-events';
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import { abortable } from '../abortable.ts';
import type { FunctionLocations } from '../documents/function-locations.ts';
import { chosenEnvironments } from '../hot-functions.ts';
import type { CollectorClient } from '../profiles/collector-client.ts';

export interface EventSession {
  readonly collector: {
    readonly client: CollectorClient | undefined;
    readonly services: ServicesResponse['services'];
  };
  readonly locations: FunctionLocations;
  readonly configuration: ServerConfiguration;
  readonly workspaceFolders: readonly string[];
}

const most = 200;
const away = 'The collector is away.';

export function serveEvents(connection: Connection, session: () => EventSession | undefined): void {
  connection.onRequest(eventsLsp.list.method, (_params: unknown, token: CancellationToken) =>
    abortable(token, (signal) => listed(session(), signal)),
  );
}

type Place = Pick<ProductionEvent, 'service' | 'environment'>;
type Selection = Pick<EventSession, 'configuration'> & {
  readonly collector: Pick<EventSession['collector'], 'services'>;
};

/** What changed, as far as it is of the selection. */
export const changesOf = ({ changes }: EventEvent, session: Selection): EventEvent['changes'] => {
  const isSelected = selected(session);
  return changes.filter((each) => isSelected(each));
};

/** Those of a service that sends no telemetry here are nobody's, and shown to all. */
function selected({ configuration, collector }: Selection): (place: Place) => boolean {
  const { service, environment } = configuration.selection;
  // Without a choice the environment of each service of which the other views tell.
  const chosen =
    environment === undefined ? chosenEnvironments(collector.services, service) : new Map<string, string>();
  const known = new Set(collector.services.map(({ name }) => name));
  return (place) => {
    if (place.service === null || !known.has(place.service)) return true;
    if (service !== undefined && place.service !== service) return false;
    const wanted = environment ?? chosen.get(place.service);
    return place.environment === null || wanted === undefined || place.environment === wanted;
  };
}

async function listed(session: EventSession | undefined, signal: AbortSignal): Promise<EventsAnswer> {
  const client = session?.collector.client;
  if (!session || !client) return { items: [], problem: away };
  const { configuration, workspaceFolders, locations } = session;
  const answer = await client.get('/api/v1/events', eventsResponseSchema, { params: { limit: most }, signal });
  if (answer.kind === 'cancelled' || answer.kind === 'notModified') return { items: [], problem: null };
  if (answer.kind !== 'ok') return { items: [], problem: answer.message };
  const events = answer.value.events.filter(selected(session));
  const places = events.flatMap(({ concerns }) => concerns?.functions ?? []);
  const located = await locations.of(places, configuration, workspaceFolders);
  const locationOf = new Map(places.map((place, i) => [place, located[i] ?? null]));
  const items = events.map(
    (event): EventItem => ({
      event,
      locations: (event.concerns?.functions ?? []).map((place) => locationOf.get(place) ?? null),
    }),
  );
  return { items, problem: null };
}
