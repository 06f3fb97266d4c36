/** `/api/v1/findings`: what deserves a fix, and what people say of it. */

import type { FindingEvent } from '@runlens/protocol/api/findings';
import {
  findingSchema,
  findingsQuerySchema,
  findingsResponseSchema,
  setFindingStateSchema,
} from '@runlens/protocol/api/findings';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { actorOf } from '../access/actor.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ProblemError } from '../http/problems.ts';
import { parseBody, parseQuery } from '../http/schemas.ts';
import type { Evaluator } from './evaluator.ts';
import type { FindingBook } from './finding-book.ts';

export interface FindingRouteOptions {
  readonly book: FindingBook;
  readonly evaluator: Evaluator;
  readonly audit: Pick<AuditLog, 'append' | 'owe'>;
  readonly now: () => number;
  readonly tell: (event: FindingEvent) => void;
}

const idSchema = z.object({ id: z.string().max(64) });

export function findingRoutes(app: FastifyInstance, { book, evaluator, audit, now, tell }: FindingRouteOptions): void {
  const tags = ['findings'];
  const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
  const noSuch = (): ProblemError =>
    new ProblemError(
      'not-found',
      'There is no such finding: GET /api/v1/findings?state=all lists those that are known.',
    );

  app.get(
    '/api/v1/findings',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'What deserves a fix, ranked by impact',
        querystring: findingsQuerySchema,
        response: { 200: findingsResponseSchema },
      },
    },
    async (request) => {
      const { limit, ...filter } = parseQuery(findingsQuerySchema, request.query);
      const findings = book.list(filter);
      return {
        now: iso(now()),
        evaluatedAt: evaluator.evaluatedAt === null ? null : iso(evaluator.evaluatedAt),
        findings: findings.slice(0, limit),
        found: findings.length,
        services: evaluator.measuring(filter),
      };
    },
  );

  app.get(
    '/api/v1/findings/:id',
    { config: { role: 'viewer' }, schema: { tags, summary: 'One finding', response: { 200: findingSchema } } },
    async (request) => {
      const finding = book.get(parseQuery(idSchema, request.params).id);
      if (finding === undefined) throw noSuch();
      return finding;
    },
  );

  app.post(
    '/api/v1/findings/:id/state',
    {
      config: { role: 'prober' },
      schema: { tags, summary: 'Accepts, takes up, mutes or reopens a finding', response: { 200: findingSchema } },
    },
    async (request) => {
      const { id } = parseQuery(idSchema, request.params);
      const wanted = parseBody(setFindingStateSchema, request.body);
      const actor = actorOf(request);
      const known = book.get(id);
      if (known === undefined) throw noSuch();
      const record = {
        ...{ actor, action: 'finding.state' as const, subject: `${id} ${known.service}` },
        details: JSON.stringify(wanted),
      };
      if (actor.kind === 'agent' && wanted.state === 'muted') {
        const reason = 'An agent mutes no finding: a person decides what is not looked at any more.';
        audit.owe({ ...record, outcome: 'refused', reason });
        throw new ProblemError('forbidden', reason);
      }
      // What cannot be recorded is not done.
      audit.append({ ...record, outcome: 'done' });
      const finding = book.set(id, wanted, actor, now());
      if (finding === undefined) throw noSuch();
      const { service, environment, state } = finding;
      tell({ at: iso(now()), changes: [{ id, service, environment, change: state }] });
      return finding;
    },
  );
}
