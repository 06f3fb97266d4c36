/**
 * `/mcp`: the agent tools by the Model Context Protocol over Streamable HTTP. The newer protocol has no sessions, and each
 * request is answered by itself; a client of the older one that opens a session keeps its server until it ends it.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  createMcpHandler,
  isInitializeRequest,
  type McpHttpHandler,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { ContextMemory } from '@runlens/agent';
import { Listeners, type ListenRequest, listenRequestOf, refusedListening } from '@runlens/agent/mcp/listeners';
import { contextUri } from '@runlens/agent/mcp/resource-uri';
import { resourceVersion } from '@runlens/agent/mcp/resources';
import { mcpServer } from '@runlens/agent/mcp/server';
import { actorHeaders } from '@runlens/protocol/api/probes';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../access/actor.ts';
import { ProblemError } from '../http/problems.ts';
import { collectorVersion } from '../version.ts';
import { type Asking, factsOfRequest, newsOfRequest, removeProbesOf } from './facts-of-request.ts';
import { mcpLimits } from './limits.ts';

export interface McpRouteOptions {
  readonly now: () => number;
  /** Calls the listener whenever an event has come or gone, until what it returns is called. */
  readonly onHappening: (listener: () => void) => () => void;
  /** How often resources that somebody listens to are looked at; absent: every 15 seconds. */
  readonly watchMilliseconds?: number | undefined;
}

interface McpSession {
  readonly id: string;
  readonly authorization: string;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** As which probes were placed. */
  readonly placers: Set<string>;
  usedAt: number;
}

export function mcpRoutes(app: FastifyInstance, { now, onHappening, watchMilliseconds }: McpRouteOptions): void {
  const sessions = new Map<string, McpSession>();
  const told = new ContextMemory();
  /** Handlers of streams of changes, with whose they are. */
  const streams = new Map<McpHttpHandler, string>();
  const stateless = createMcpHandler(
    ({ requestInfo, era }) => {
      const headers = requestInfo?.headers;
      const authorization = headers?.get('authorization') ?? '';
      const named = headers?.get(actorHeaders.session);
      const asking = (agent: string): Asking => ({
        ...{ authorization, agent: label(agent) },
        session: named ?? sessionOf(authorization, agent),
      });
      return mcpServer({
        version: collectorVersion,
        now,
        told,
        // A stream of changes has a handler of its own.
        tellsChanges: era === 'modern' ? 'listen' : 'never',
        facts: (agent) => factsOfRequest(app, asking(agent)),
        news: (agent) => newsOfRequest(app, asking(agent)),
      });
    },
    { onerror: (error) => app.log.debug({ err: error }, 'an MCP request was refused') },
  );
  const sweep = setInterval(() => {
    for (const session of sessions.values()) {
      if (session.usedAt < now() - mcpLimits.idleMilliseconds) void end(session);
    }
  }, mcpLimits.sweepMilliseconds);
  sweep.unref();
  app.addHook('preClose', async () => {
    clearInterval(sweep);
    await Promise.all([
      stateless.close(),
      ...[...streams.keys()].map((stream) => stream.close()),
      ...[...sessions.values()].map(({ transport }) => transport.close()),
    ]);
  });

  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    config: { role: 'viewer' },
    schema: { tags: ['agents'], summary: 'Model Context Protocol, Streamable HTTP' },
    handler: async (request, reply) => {
      const id = request.headers['mcp-session-id'];
      if (id !== undefined) return answerInSession(sessionOfRequest(request, String(id)), request, reply);
      if (request.method === 'POST' && isInitializeRequest(request.body)) {
        return answerInSession(await open(request), request, reply);
      }
      const listening = request.method === 'POST' ? listenRequestOf(request.body) : undefined;
      if (listening) return listen(listening, request, reply);
      return reply.send(
        await stateless.fetch(webRequest(request, reply), { ...(request.body ? { parsedBody: request.body } : {}) }),
      );
    },
  });

  /**
   * Answers with a stream of changes that lasts until either side ends it. What is looked at, and by whose rights, is this stream's
   * own, and so is the handler that carries it.
   */
  async function listen(listening: ListenRequest, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const authorization = request.headers.authorization ?? '';
    const own = [...streams.values()].filter((each) => each === authorization).length;
    if (streams.size >= mcpLimits.streams || own >= mcpLimits.streamsOfToken) {
      return reply.send(refusedListening(listening.id, 'Too many listen already: end another subscription first.'));
    }
    // The session that its calls are of: what it asked about is what it is told of.
    const agent = listening.client ?? 'MCP client';
    const named = request.headers[actorHeaders.session];
    const session = typeof named === 'string' ? named : sessionOf(authorization, agent);
    const asking = { authorization, agent: label(agent), session };
    const handler = createMcpHandler(
      () =>
        mcpServer({
          version: collectorVersion,
          now,
          told,
          tellsChanges: 'listen',
          facts: () => factsOfRequest(app, asking),
          news: () => newsOfRequest(app, asking),
        }),
      { onerror: (error) => app.log.debug({ err: error }, 'an MCP request was refused') },
    );
    const listeners = new Listeners({
      versionOf: (uri, signal) =>
        resourceVersion(
          uri,
          { facts: factsOfRequest(app, asking), news: newsOfRequest(app, asking), told, now, signal },
          now(),
        ),
      onChange: (uri) => handler.notify.resourceUpdated(uri),
      ...(watchMilliseconds !== undefined && { everyMilliseconds: watchMilliseconds }),
    });
    const refused = listeners.add(listening);
    if (refused !== undefined) return reply.send(refusedListening(listening.id, refused));
    streams.set(handler, authorization);
    const unsubscribe = onHappening(() => listeners.look(contextUri));
    reply.raw.once('close', () => {
      unsubscribe();
      listeners.close();
      streams.delete(handler);
      void handler.close();
    });
    return reply.send(await handler.fetch(webRequest(request, reply), { parsedBody: request.body }));
  }

  async function answerInSession(
    session: McpSession,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    session.usedAt = now();
    const answer = await session.transport.handleRequest(webRequest(request, reply), {
      ...(request.body ? { parsedBody: request.body } : {}),
    });
    return reply.send(request.method === 'GET' ? begun(answer) : answer);
  }

  function sessionOfRequest(request: FastifyRequest, id: string): McpSession {
    const session = sessions.get(id);
    // Another's session is told as none.
    if (!session || session.authorization !== request.headers.authorization) {
      throw new ProblemError('not-found', 'This session has ended, or is another’s: send initialize again.');
    }
    return session;
  }

  async function open(request: FastifyRequest): Promise<McpSession> {
    const authorization = request.headers.authorization ?? '';
    const bySilence = [...sessions.values()].toSorted((one, other) => one.usedAt - other.usedAt);
    const own = bySilence.filter((session) => session.authorization === authorization);
    const tooMany =
      own.length >= mcpLimits.sessionsOfToken ? own : sessions.size >= mcpLimits.sessions ? bySilence : [];
    if (tooMany[0]) void end(tooMany[0]);
    const id = randomUUID();
    const placers = new Set<string>();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessionclosed: () => end(session),
    });
    const session: McpSession = { id, authorization, transport, placers, usedAt: now() };
    const server = mcpServer({
      version: collectorVersion,
      now,
      told,
      tellsChanges: 'subscribe',
      ...(watchMilliseconds !== undefined && { watchMilliseconds }),
      news: (agent) => newsOfRequest(app, { authorization, agent: label(agent), session: id }),
      onHappening,
      facts: (agent) => {
        const facts = factsOfRequest(app, { authorization, agent: label(agent), session: id });
        return {
          ...facts,
          probes: {
            ...facts.probes,
            place: (probe, signal) => {
              placers.add(label(agent));
              return facts.probes.place(probe, signal);
            },
          },
        };
      },
    });
    await server.connect(transport);
    sessions.set(id, session);
    app.log.debug({ actor: actorOf(request).name }, 'an MCP session began');
    return session;
  }

  /** Its probes go with it; those that stay are told loudly. */
  async function end(session: McpSession): Promise<void> {
    if (!sessions.delete(session.id)) return;
    for (const agent of session.placers) {
      const asking: Asking = { authorization: session.authorization, agent, session: session.id };
      try {
        const { unconfirmed } = await removeProbesOf(app, asking);
        if (unconfirmed.length > 0) {
          app.log.error({ agent, unconfirmed }, 'probes of an MCP session that ended may still be in services');
        }
      } catch (error) {
        app.log.error({ agent, err: error }, 'the probes of an MCP session that ended could not be removed');
      }
    }
    await session.transport.close();
  }
}

const comment = new TextEncoder().encode(': ready\n\n');

/** A stream of events that begins with a comment: its headers would else be sent with the first event, and the client wait till then. */
function begun(answer: Response): Response {
  if (answer.body === null || !answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer;
  const opening = new TransformStream<Uint8Array, Uint8Array>({ start: (controller) => controller.enqueue(comment) });
  return new Response(answer.body.pipeThrough(opening), { status: answer.status, headers: answer.headers });
}

/** As the protocol's library takes it; it ends when the client goes. */
function webRequest(request: FastifyRequest, reply: FastifyReply): Request {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return new Request(`http://${request.headers.host ?? 'localhost'}/mcp`, {
    method: request.method,
    headers,
    signal: gone.signal,
  });
}

/** Of a client of the newer protocol: it has none, so its probes are those of its token and name. */
function sessionOf(authorization: string, agent: string): string {
  return `mcp-${createHash('sha256').update(`${authorization}\n${agent}`).digest('hex').slice(0, 32)}`;
}

/** A header is of visible ASCII. */
const label = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]+/g, '?')
    .trim()
    .slice(0, 100) || 'agent';
