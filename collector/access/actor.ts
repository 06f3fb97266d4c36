/** Who asks: known by the token, and lowered by what a request says of itself. */
import type { Actor } from '@runlens/protocol';
import { actorHeaders } from '@runlens/protocol/api/probes';
import type { FastifyRequest } from 'fastify';
import { cleanText } from '../ingest/clean-text.ts';

/**
 * What a path asks for: `viewer` may read, `prober` may place probes, `admin` may all; `sensor` is for services, which on
 * loopback need no token; `open` tells nothing of anybody's data.
 */
export type NeededRole = 'open' | 'sensor' | 'viewer' | 'prober' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may; a path that does not say it keeps the collector from starting. */
    readonly role?: NeededRole;
  }
}

const actors = new WeakMap<FastifyRequest, Actor>();

export function setActor(request: FastifyRequest, actor: Actor): void {
  actors.set(request, actor);
}

/** Of a request that has passed the guard with a token. */
export function actorOf(request: FastifyRequest): Actor {
  const actor = actors.get(request);
  if (!actor) throw new TypeError('a path without a token asked who it is');
  return actor;
}

/** Whether it is known who asks: on a path that needs no token it may be. */
export const isKnown = (request: FastifyRequest): boolean => actors.has(request);

/** An agent that uses a person's token is an agent: it says so by its headers, and loses what only a person may. */
export function lowered(actor: Actor, headers: FastifyRequest['headers']): Actor {
  const agent = labelOf(headers[actorHeaders.agent]);
  const session = labelOf(headers[actorHeaders.session]);
  if (agent === undefined && actor.kind === 'person') return actor;
  return {
    name: agent === undefined ? actor.name : `${agent} (${actor.name})`,
    kind: 'agent',
    role: actor.role === 'viewer' ? 'viewer' : 'agent',
    ...(agent === undefined ? {} : { user: actor.name }),
    ...(session === undefined ? {} : { session }),
  };
}

function labelOf(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header === '') return undefined;
  return cleanText(header.slice(0, 100));
}

/** Whose token it is: what an agent calls itself makes it nobody else. */
export const userOf = ({ name, user }: Actor): string => user ?? name;

export function mayDo(actor: Actor, needed: NeededRole): boolean {
  if (needed === 'open' || needed === 'viewer') return true;
  // What production does is told by services, and by no agent.
  if (needed === 'sensor') return actor.kind === 'person';
  if (needed === 'admin') return actor.role === 'admin';
  return actor.role !== 'viewer';
}
