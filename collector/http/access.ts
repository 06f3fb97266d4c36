/**
 * Who may ask. The token guards everything that tells or changes something; on loopback, ingest goes without, so that
 * any OpenTelemetry SDK works unconfigured. A page in a browser must reach nothing, token or not: its requests carry
 * a foreign `Origin`, or by DNS rebinding a foreign `Host`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '@runlens/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { lowered, mayDo, type NeededRole, setActor } from '../access/actor.ts';
import type { OpenAnswers } from '../access/open-answers.ts';
import type { TokenStore } from '../access/token-store.ts';
import { ProblemError } from './problems.ts';

export interface AccessRules {
  /** Of this machine's user, who is its admin. */
  readonly token: string;
  /** The user's name. */
  readonly user: string;
  /** All others. */
  readonly tokens: TokenStore;
  /** Is told of each call that is refused, and from which address it came. */
  readonly onRefused: (actor: Actor, path: string, reason: string, from: string) => void;
  /** Bound to a loopback address. */
  readonly loopback: boolean;
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

export const isLoopback = (host: string): boolean => loopbackNames.has(host) || /^127(\.\d{1,3}){3}$/.test(host);

/** On loopback a service needs no token. */
const needsToken = (needed: NeededRole, { loopback }: AccessRules): boolean =>
  needed !== 'open' && !(needed === 'sensor' && loopback);

export function guard(app: FastifyInstance, rules: AccessRules, open: OpenAnswers): void {
  const expected = digest(rules.token);
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.role === undefined) throw new TypeError(`${method} ${url} does not say who may`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const url = request.routeOptions.url ?? request.url.split('?')[0]?.slice(0, 200) ?? '';
    const refuse = (code: 'unauthorized' | 'forbidden', actor: Actor, reason: string, told = reason): never => {
      rules.onRefused(actor, `${request.method} ${url}`, reason, request.ip);
      throw new ProblemError(code, told);
    };
    if (rules.loopback && !isOwnHost(request)) refuse('forbidden', nobody, foreignHost);
    if (!isOwnOrigin(request)) refuse('forbidden', nobody, foreignOrigin);
    // Nothing is at a path without a route; who sends telemetry that is not taken is told that.
    const needed = request.routeOptions.config.role ?? (url.startsWith('/v1/') ? 'sensor' : 'viewer');
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const actor = given === undefined ? undefined : actorOfToken(given, expected, rules);
    if (!needsToken(needed, rules)) {
      if (actor) setActor(request, lowered(actor, request.headers));
      return;
    }
    if (given === undefined) return refuse('unauthorized', nobody, 'No token was sent.', tokenMissing);
    if (!actor) return refuse('unauthorized', nobody, 'The token is not known.', tokenUnknown);
    const asking = lowered(actor, request.headers);
    if (!mayDo(asking, needed)) {
      refuse(
        'forbidden',
        asking,
        `This needs the role ${needed}, and ${asking.name} has the role ${asking.role}: ask an admin for another token (runlens token create).`,
      );
    }
    setActor(request, asking);
    open.add(reply.raw, () => actorOfToken(given, expected, rules) !== undefined);
  });
}

const tokenMissing =
  'Send the token of this collector as "Authorization: Bearer …": it is in the file "token" of the Runlens home folder (~/.runlens).';
const tokenUnknown =
  'The token is not one of this collector, or it has expired or was revoked: read it again from the file "token" of the Runlens home folder (~/.runlens), or ask for a new one (runlens token create).';
const foreignHost =
  'This collector listens on loopback only and answers to localhost, 127.0.0.1 and [::1], not to another host name: use http://127.0.0.1 with its port.';
const foreignOrigin = 'Requests from web pages are not answered: use the editor, the command line or an agent.';

const nobody: Actor = { name: '(unknown)', kind: 'person', role: 'viewer' };

function actorOfToken(given: string, expected: Buffer, { user, tokens }: AccessRules): Actor | undefined {
  // Digests have one length, so the comparison tells nothing about the token's.
  if (timingSafeEqual(digest(given), expected)) return { name: user, kind: 'person', role: 'admin' };
  const known = tokens.identify(given);
  return known && { name: known.name, kind: known.role === 'agent' ? 'agent' : 'person', role: known.role };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const isOwnHost = ({ headers }: FastifyRequest): boolean => isLoopback((headers.host ?? '').replace(/:\d+$/, ''));

function isOwnOrigin({ headers: { origin, host } }: FastifyRequest): boolean {
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}
