/** The facts as the collector's HTTP API tells them, whichever way it is asked. */
import {
  capturesResponseSchema,
  compareResponseSchema,
  entriesResponseSchema,
  eventDetailSchema,
  eventsResponseSchema,
  findingsResponseSchema,
  hotResponseSchema,
  placedProbeSchema,
  probesResponseSchema,
  profilesResponseSchema,
  servicesResponseSchema,
  sqlResponseSchema,
  statementsResponseSchema,
  unusedResponseSchema,
} from '@runlens/protocol';
import type { z } from 'zod';
import type { ProductionFacts } from './facts.ts';

export interface CollectorRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly params?: object;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** Sends a request and checks its answer; rejects with a sentence for people where there is none of that schema. */
export type AskCollector = <Schema extends z.ZodType>(
  request: CollectorRequest,
  schema: Schema,
) => Promise<z.output<Schema>>;

export function collectorFacts(ask: AskCollector): ProductionFacts {
  const get = <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    params: object,
    signal: AbortSignal | undefined,
  ): Promise<z.output<Schema>> => ask({ method: 'GET', path, params, ...(signal && { signal }) }, schema);
  const pathOf = (id: string): string => `/api/v1/probes/${encodeURIComponent(id)}`;
  return {
    services: (signal) => get('/api/v1/services', servicesResponseSchema, {}, signal),
    profiles: (query, signal) => get('/api/v1/profiles', profilesResponseSchema, query, signal),
    hot: (query, signal) => get('/api/v1/hot', hotResponseSchema, query, signal),
    entries: (query, signal) => get('/api/v1/entries', entriesResponseSchema, query, signal),
    statements: (query, signal) => get('/api/v1/statements', statementsResponseSchema, query, signal),
    unused: (query, signal) => get('/api/v1/unused', unusedResponseSchema, query, signal),
    findings: (query, signal) => get('/api/v1/findings', findingsResponseSchema, query, signal),
    events: (query, signal) => get('/api/v1/events', eventsResponseSchema, query, signal),
    event: (id, signal) => get(`/api/v1/events/${encodeURIComponent(id)}`, eventDetailSchema, {}, signal),
    compare: (query, signal) => get('/api/v1/compare', compareResponseSchema, query, signal),
    query: (query, signal) => get('/api/v1/query', sqlResponseSchema, query, signal),
    probes: {
      place: (body, signal) =>
        ask({ method: 'POST', path: '/api/v1/probes', body, ...(signal && { signal }) }, placedProbeSchema),
      list: async ({ service, ended = false }, signal) => {
        const params = { ...(service !== undefined && { service }), ...(ended && { ended: 'true' }) };
        return (await get('/api/v1/probes', probesResponseSchema, params, signal)).probes;
      },
      get: (id, signal) => get(pathOf(id), placedProbeSchema, {}, signal),
      captures: (id, query, signal) => get(`${pathOf(id)}/captures`, capturesResponseSchema, query, signal),
      remove: (id, signal) => ask({ method: 'DELETE', path: pathOf(id), ...(signal && { signal }) }, placedProbeSchema),
    },
  };
}
