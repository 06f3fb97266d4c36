/** `GET /api/v1/…`: what the editor, the command line and agents ask. */

import { compactProfiles, compactProfilesResponseSchema } from '@runlens/protocol/api/compact-profiles';
import { compareQuerySchema, compareResponseSchema } from '@runlens/protocol/api/compare';
import { deploysQuerySchema, deploysResponseSchema } from '@runlens/protocol/api/deploys';
import { overviewQuerySchema, overviewResponseSchema } from '@runlens/protocol/api/overview';
import {
  entriesQuerySchema,
  entriesResponseSchema,
  hotQuerySchema,
  hotResponseSchema,
  profilesQuerySchema,
  profilesResponseSchema,
  servicesResponseSchema,
} from '@runlens/protocol/api/profile';
import { sqlQuerySchema, sqlResponseSchema } from '@runlens/protocol/api/query';
import { seriesQuerySchema, seriesResponseSchema } from '@runlens/protocol/api/series';
import { statementsQuerySchema, statementsResponseSchema } from '@runlens/protocol/api/statements';
import { unusedQuerySchema, unusedResponseSchema } from '@runlens/protocol/api/unused';
import { defaultWindow, parseInstant } from '@runlens/protocol/window';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { actorOf, userOf } from '../access/actor.ts';
import type { SensorReadings } from '../control/sensor-readings.ts';
import type { SensorRegistry } from '../control/sensor-registry.ts';
import { withSensors } from '../control/sensors-of-services.ts';
import { compare } from '../query/comparison/compare.ts';
import { deploys } from '../query/deploys.ts';
import { withMeasurement } from '../query/measurement.ts';
import { overview } from '../query/overview.ts';
import { entries, hot, profiles, services } from '../query/queries.ts';
import { series } from '../query/series.ts';
import { QueryRunner } from '../query/sql/query-runner.ts';
import { SqlQueries } from '../query/sql/sql-query.ts';
import { statements } from '../query/statements.ts';
import { unused } from '../query/unused.ts';
import { withoutHistograms } from '../query/without-histograms.ts';
import type { ProfileStore, Selection, Window } from '../store/profile-store.ts';
import { ProblemError } from './problems.ts';
import { parseQuery } from './schemas.ts';
import type { StreamHub } from './stream.ts';

export interface QueryOptions {
  readonly store: ProfileStore;
  readonly hub: StreamHub;
  readonly sensors: SensorRegistry;
  readonly readings: SensorReadings;
  readonly now: () => number;
  readonly startedAt: number;
  /** The machine's own. */
  readonly user: string;
}

const defaultLimit = 5_000;
const comparedMilliseconds = 20_000;
const notModified = z.undefined();

export function queryRoutes(app: FastifyInstance, options: QueryOptions): void {
  const { store, hub, sensors, readings, now } = options;

  app.get(
    '/api/v1/services',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'Services, environments, versions',
        response: { 200: servicesResponseSchema },
      },
    },
    async () => withMeasurement(withSensors(services(store, now()), sensors.list()), store, readings, now()),
  );

  app.get(
    '/api/v1/profiles',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'Profiles of functions in a window',
        querystring: profilesQuerySchema,
        response: { 200: z.union([profilesResponseSchema, compactProfilesResponseSchema]), 304: notModified },
      },
    },
    async (request, reply) => {
      const query = parseQuery(profilesQuerySchema, request.query);
      const window = windowOf(query.since, query.until, now());
      if (unchanged(request, reply, query.service, window)) return reply.code(304).send();
      const selection = selectionOf(query);
      const limit = query.limit ?? defaultLimit;
      // More than fit are ranked first.
      if (store.functions(selection).length > limit) await store.prepare(window);
      const answer = profiles(store, selection, window, limit);
      return query.form === 'compact' ? compactProfiles(answer) : answer;
    },
  );

  app.get(
    '/api/v1/hot',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'Functions ranked',
        querystring: hotQuerySchema,
        response: { 200: hotResponseSchema, 304: notModified },
      },
    },
    async (request, reply) => {
      const query = parseQuery(hotQuerySchema, request.query);
      const window = windowOf(query.since, query.until, now());
      if (unchanged(request, reply, query.service, window)) return reply.code(304).send();
      await store.prepare(window);
      const answer = hot(store, { ...selectionOf(query), under: query.under }, window, query);
      return query.histograms === 'empty' ? withoutHistograms(answer) : answer;
    },
  );

  app.get(
    '/api/v1/series',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'One function over time',
        querystring: seriesQuerySchema,
        response: { 200: seriesResponseSchema, 304: notModified },
      },
    },
    async (request, reply) => {
      const query = parseQuery(seriesQuerySchema, request.query);
      const window = windowOf(query.since, query.until, now());
      if (unchanged(request, reply, query.service, window)) return reply.code(304).send();
      const answer = series(store, query, window, now());
      if (answer.kind === 'ok') return answer.response;
      throw new ProblemError(answer.kind === 'unknown' ? 'not-found' : 'bad-request', answer.reason);
    },
  );

  app.get(
    '/api/v1/overview',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'All functions of a service, with few numbers each',
        querystring: overviewQuerySchema,
        response: { 200: overviewResponseSchema, 304: notModified },
      },
    },
    async (request, reply) => {
      const query = parseQuery(overviewQuerySchema, request.query);
      const window = windowOf(query.since, query.until, now());
      if (unchanged(request, reply, query.service, window)) return reply.code(304).send();
      await store.prepare(window);
      return overview(store, query, window);
    },
  );

  app.get(
    '/api/v1/entries',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'Routes of services, with the durations of their requests',
        querystring: entriesQuerySchema,
        response: { 200: entriesResponseSchema, 304: notModified },
      },
    },
    async (request, reply) => {
      const query = parseQuery(entriesQuerySchema, request.query);
      const window = windowOf(query.since, query.until, now());
      if (unchanged(request, reply, query.service, window)) return reply.code(304).send();
      return entries(store, selectionOf(query), window, query.limit);
    },
  );

  app.get(
    '/api/v1/statements',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'Database statements ranked, with who asks them',
        querystring: statementsQuerySchema,
        response: { 200: statementsResponseSchema, 304: notModified },
      },
    },
    async (request, reply) => {
      const query = parseQuery(statementsQuerySchema, request.query);
      const window = windowOf(query.since, query.until, now());
      if (unchanged(request, reply, query.service, window)) return reply.code(304).send();
      await store.prepare(window);
      return statements(store, { ...selectionOf(query), under: query.under }, window, query);
    },
  );

  // Whole minutes are compared, so the same question has the same answer for a while, and those who ask at once share it.
  const comparisons = new LRUCache<string, ReturnType<typeof compare>>({ max: 50, ttl: comparedMilliseconds });
  app.get(
    '/api/v1/compare',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'Two versions or two windows of a service: what differs by more than chance',
        querystring: compareQuerySchema,
        response: { 200: compareResponseSchema },
      },
    },
    async (request) => {
      const query = parseQuery(compareQuerySchema, request.query);
      const key = JSON.stringify(query);
      const asked = comparisons.get(key) ?? compare(store, query, now());
      comparisons.set(key, asked, { noUpdateTTL: true });
      const comparison = await asked;
      if (comparison.kind === 'invalid') throw new ProblemError('bad-request', comparison.reason);
      return comparison.response;
    },
  );

  app.get(
    '/api/v1/deploys',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'Which versions of a service ran, and what each is to be compared with',
        querystring: deploysQuerySchema,
        response: { 200: deploysResponseSchema },
      },
    },
    async (request) => deploys(store, parseQuery(deploysQuerySchema, request.query), now()),
  );

  app.get(
    '/api/v1/unused',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'Functions that the running version of a service has loaded and nobody ever called',
        querystring: unusedQuerySchema,
        response: { 200: unusedResponseSchema },
      },
    },
    async (request) => {
      const { limit, files, ...selection } = parseQuery(unusedQuerySchema, request.query);
      return unused(store, selection, { limit, withFiles: files === 'loaded', now: now() });
    },
  );

  const queries = new SqlQueries(new QueryRunner());
  app.addHook('onClose', async () => queries.close());
  app.get(
    '/api/v1/query',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['query'],
        summary: 'One SELECT over the profiles of a window',
        querystring: sqlQuerySchema,
        response: { 200: sqlResponseSchema },
      },
    },
    async (request) => {
      const query = parseQuery(sqlQuerySchema, request.query);
      const answer = await queries.answer(store, query, windowOf(query.since, query.until, now()), now());
      if (answer.kind === 'refused') throw new ProblemError('bad-request', answer.reason);
      if (answer.kind === 'busy') throw new ProblemError('unavailable', answer.reason, 5);
      return answer.response;
    },
  );

  app.get(
    '/api/v1/stream',
    { config: { role: 'viewer' }, schema: { tags: ['query'], summary: 'Server-sent events: what changed' } },
    async (request, reply) => {
      reply.raw.setHeader('content-type', 'text/event-stream; charset=utf-8');
      reply.raw.setHeader('cache-control', 'no-store');
      reply.raw.setHeader('x-accel-buffering', 'no');
      const user = userOf(actorOf(request));
      if (!hub.add(reply.raw, user === options.user ? undefined : user)) {
        throw new ProblemError(
          'unavailable',
          'Too many clients listen already: close some editors, or try again later.',
          30,
        );
      }
      reply.hijack();
    },
  );

  /**
   * Whether the client has this answer already. What it says changes with new data of the service, and with the
   * window, which moves on: its front edge counts in steps of the answer's resolution.
   */
  function unchanged(
    request: FastifyRequest,
    reply: FastifyReply,
    service: string | undefined,
    window: Window,
  ): boolean {
    const length = window.until - window.since;
    const step = length <= 16 * 60_000 ? 10_000 : length <= 6 * 3_600_000 ? 60_000 : 3_600_000;
    const tag = `W/"${options.startedAt.toString(36)}-${store.generation(service)}-${Math.floor(window.since / step)}"`;
    reply.header('etag', tag).header('cache-control', 'private, no-cache');
    return (request.headers['if-none-match'] ?? '').split(/\s*,\s*/).includes(tag);
  }
}

function windowOf(since: string | undefined, until: string | undefined, now: number): Window {
  const end = until === undefined ? now : parseInstant(until, now);
  const start = parseInstant(since ?? defaultWindow, now);
  if (end === undefined || start === undefined) {
    const [name, value] = start === undefined ? ['since', since] : ['until', until];
    throw new ProblemError(
      'bad-request',
      `"${String(value).slice(0, 60)}" is not a time for "${name}": give a length such as 15m, 2h or 7d, or an instant such as 2026-01-31T12:00:00Z.`,
    );
  }
  if (start >= end)
    throw new ProblemError('bad-request', 'The window ends before it begins: "since" must lie before "until".');
  return { since: start, until: Math.min(end, now) > start ? Math.min(end, now) : end };
}

function selectionOf(query: {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly version?: string | undefined;
  readonly file?: string | undefined;
  readonly function?: string | undefined;
}): Selection {
  const { service, environment, version, file } = query;
  return { service, environment, version, file, function: query.function };
}
