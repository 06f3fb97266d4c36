/**
 * Who may ask. The token guards everything that tells or changes something; on loopback, ingest goes without, so that
 * any OpenTelemetry SDK works unconfigured. A page in a browser must reach nothing, token or not: its requests carry
 * a foreign `Origin`, or by DNS rebinding a foreign `Host`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '@runlens/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { lowered, mayDo, setActor } from '../access/actor.ts';
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
  /** Is told of each call that is refused. */
  readonly onRefused: (actor: Actor, path: string, reason: string) => void;
  /** Bound to a loopback address. */
  readonly loopback: boolean;
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

export const isLoopback = (host: string): boolean => loopbackNames.has(host) || /^127(\.\d{1,3}){3}$/.test(host);

type Need = 'nothing' | 'token';

/** Paths that ask no token: the health of the collector tells nothing of a user's data. */
const openPaths = new Set(['/health']);

function needOf(path: string, rules: AccessRules): Need {
  if (openPaths.has(path)) return 'nothing';
  return rules.loopback && path.startsWith('/v1/') ? 'nothing' : 'token';
}

export function guard(app: FastifyInstance, rules: AccessRules, open: OpenAnswers): void {
  const expected = digest(rules.token);
  app.addHook('onRequest', async (request, reply) => {
    if (rules.loopback) refuseForeignHost(request);
    refuseForeignOrigin(request);
    const path = request.routeOptions.url ?? request.url.split('?')[0] ?? '';
    if (needOf(path, rules) === 'nothing') return;
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given === undefined) {
      throw new ProblemError(
        'unauthorized',
        'Send the token of this collector as "Authorization: Bearer …": it is in the file "token" of the Runlens home folder (~/.runlens).',
      );
    }
    const actor = actorOfToken(given, expected, rules);
    if (!actor) {
      rules.onRefused(nobody, path, 'The token is not known.');
      throw new ProblemError(
        'unauthorized',
        'The token is not one of this collector, or it has expired or was revoked: read it again from the file "token" of the Runlens home folder (~/.runlens), or ask for a new one (runlens token create).',
      );
    }
    const asking = lowered(actor, request.headers);
    const needed = request.routeOptions.config.role ?? 'viewer';
    if (!mayDo(asking, needed)) {
      const reason = `This needs the role ${needed}, and ${asking.name} has the role ${asking.role}: ask an admin for another token (runlens token create --role ${needed}).`;
      rules.onRefused(asking, path, reason);
      throw new ProblemError('forbidden', reason);
    }
    setActor(request, asking);
    open.add(reply.raw, () => actorOfToken(given, expected, rules) !== undefined);
  });
}

const nobody: Actor = { name: '(unknown)', kind: 'person', role: 'viewer' };

function actorOfToken(given: string, expected: Buffer, { user, tokens }: AccessRules): Actor | undefined {
  // Digests have one length, so the comparison tells nothing about the token's.
  if (timingSafeEqual(digest(given), expected)) return { name: user, kind: 'person', role: 'admin' };
  const known = tokens.identify(given);
  return known && { name: known.name, kind: known.role === 'agent' ? 'agent' : 'person', role: known.role };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function refuseForeignHost(request: FastifyRequest): void {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (isLoopback(name)) return;
  throw new ProblemError(
    'forbidden',
    'This collector listens on loopback only and answers to localhost, 127.0.0.1 and [::1], not to another host name: use http://127.0.0.1 with its port.',
  );
}

function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return;
  throw new ProblemError(
    'forbidden',
    'Requests from web pages are not answered: use the editor, the command line or an agent.',
  );
}
