/** `/api/v1/context`: what is new for the session of an agent. */
import { contextEndedSchema, contextRequestSchema, contextResponseSchema } from '@runlens/protocol/api/context';
import { actorHeaders } from '@runlens/protocol/api/probes';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOf, userOf } from '../access/actor.ts';
import { ProblemError } from '../http/problems.ts';
import { parseBody } from '../http/schemas.ts';
import type { ContextDesk } from './context-desk.ts';

export interface ContextRouteOptions {
  readonly desk: ContextDesk;
}

export function contextRoutes(app: FastifyInstance, { desk }: ContextRouteOptions): void {
  const tags = ['agents'];
  const config = { role: 'viewer' } as const;
  app.post(
    '/api/v1/context',
    {
      config,
      schema: {
        tags,
        summary: 'What is new in production for the session of an agent, told once',
        response: { 200: contextResponseSchema },
      },
    },
    async (request) => {
      const asked = parseBody(contextRequestSchema, request.body ?? {});
      const { workspace, joins } = asked;
      return desk.ask({ ...nameOf(request), workspace, joins }, actorOf(request), asked);
    },
  );

  app.delete(
    '/api/v1/context',
    { config, schema: { tags, summary: 'Ends the session of an agent', response: { 200: contextEndedSchema } } },
    async (request) => {
      desk.end(nameOf(request));
      return { ended: true };
    },
  );
}

function nameOf(request: FastifyRequest): { readonly user: string; readonly session: string } {
  const actor = actorOf(request);
  if (actor.session !== undefined) return { user: userOf(actor), session: actor.session };
  throw new ProblemError(
    'bad-request',
    `Only a session is told what is new to it: name the agent and its session by the headers ${actorHeaders.agent} and ${actorHeaders.session}.`,
  );
}
