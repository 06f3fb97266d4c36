/** `runlens mcp`: the agent tools over standard input and output, for an agent that starts this command. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { ContextMemory, collectorFacts, neutralise, type ProductionFacts } from '@runlens/agent';
import { type NewsSource, newsSource } from '@runlens/agent/interest/news-source';
import { ListeningTransport } from '@runlens/agent/mcp/listening-transport';
import { resourceVersion } from '@runlens/agent/mcp/resources';
import { mcpServer } from '@runlens/agent/mcp/server';
import { contextEndedSchema, disarmedSchema, type ProbeRequest } from '@runlens/protocol';
import { workspaceId } from '@runlens/server/agent/workspace-id';
import { blobId } from '@runlens/server/documents/blob';
import { Command } from 'commander';
import { collectorClient } from '../collector-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { memorySource } from '../memory/memory-source.ts';
import { repositoryRoot } from '../repository-path.ts';
import { changeSource } from '../review/change-source.ts';
import { examples } from '../scope-options.ts';
import type { Session } from '../session.ts';
import { version } from '../version.ts';

/** The largest message that is read; a call's input is some kilobytes. */
const mostMessageBytes = 1_048_576;
/** How long the end of the session waits for the collector: a client kills a server that takes long to end. */
const endMilliseconds = 4_000;
const contextMilliseconds = 500;
/** Together far below what a pipe holds: 64 KiB, on Windows 4. */
const mostFaults = 10;
const largestFile = 32 * 1024 * 1024;

export function mcpCommand(session: Session): Command {
  return new Command('mcp')
    .description('the agent tools by the Model Context Protocol over standard input and output; an agent starts it')
    .addHelpText('after', examples('claude mcp add runlens -- runlens mcp', 'codex mcp add runlens -- runlens mcp'))
    .action(async () => {
      const { pipes } = session;
      if (!pipes) throw new CliFailure(exitCodes.usage, 'There is no standard input to read from.');
      await serve(session, pipes);
    });
}

async function serve(session: Session, { input, output }: NonNullable<Session['pipes']>): Promise<void> {
  const id = `mcp-${randomUUID()}`;
  /** As which probes were placed. */
  const placers = new Set<string>();
  const told = new ContextMemory();
  await using source = changeSource(session);
  using memories = memorySource(session);
  const newsFor = (agent: string): NewsSource =>
    newsSource({
      ask: (request, schema) =>
        collectorClient(locateCollector(session.env), { agent, session: id }).request(request, schema),
      workspace: workspaceId(repositoryRoot(session)),
      changed: source.changedFiles,
    });
  /** Of a client of the newest protocol. */
  let listening: Server | undefined;
  const transport = new ListeningTransport(
    new StdioServerTransport(input, output, { maxBufferSize: mostMessageBytes }),
    {
      versionOf: (uri, signal) => {
        const facts = factsFor(session, { agent: 'MCP client', session: id }, () => {});
        return resourceVersion(
          uri,
          { facts, news: newsFor('MCP client'), told, now: session.now, signal },
          session.now(),
        );
      },
      // A client that has gone is no fault; its connection ends by itself.
      onChange: (uri) => void listening?.sendResourceUpdated({ uri }).catch(() => undefined),
    },
  );
  const connection = serveStdio(
    ({ era }) => {
      const server = mcpServer({
        tellsChanges: era === 'legacy' ? 'subscribe' : 'listen',
        version,
        now: session.now,
        told,
        changes: source,
        news: newsFor,
        memory: (agent) => memories.of({ agent, session: id }),
        facts: (agent) => factsFor(session, { agent, session: id }, () => placers.add(agent)),
      });
      if (era === 'modern') listening = server;
      return server;
    },
    {
      transport,
      onerror: tellFaults(session),
    },
  );
  await ended(input, output);
  await connection.close();
  await endContext(session, { agent: 'MCP client', session: id });
  for (const agent of placers) await removeProbes(session, { agent, session: id });
}

/** Messages that could not be read. Who does not read standard error would be waited for once its pipe is full: a few are told. */
function tellFaults(session: Session): (error: Error) => void {
  let told = 0;
  return ({ message }) => {
    told += 1;
    if (told > mostFaults) return;
    const more = told === mostFaults ? '; further ones are not told' : '';
    session.stderr.write(`runlens mcp: ${neutralise(message, 300)}${more}\n`);
  };
}

/** The collector is looked for at each call: it may come, move or go while an agent works. */
function factsFor(
  session: Session,
  asking: { readonly agent: string; readonly session: string },
  onPlace: () => void,
): ProductionFacts {
  const facts = collectorFacts((request, schema) =>
    collectorClient(locateCollector(session.env), asking).request(request, schema),
  );
  return {
    ...facts,
    probes: {
      ...facts.probes,
      place: (request, signal) => {
        onPlace();
        return facts.probes.place(ofTextHere(request, session), signal);
      },
    },
  };
}

/** An agent reads lines in the working tree: a service that runs another text is to refuse, not to be probed elsewhere. */
function ofTextHere(request: ProbeRequest, session: Session): ProbeRequest {
  if (request.place.blob !== undefined) return request;
  const path = join(repositoryRoot(session), request.place.file);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined || size > largestFile) return request;
  const blob = blobId(readFileSync(path, 'utf8'));
  return { ...request, place: { ...request.place, blob } };
}

/** By the client, which closes the input or no longer reads the output, or by a signal. */
async function ended(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const over = [
    ...(['end', 'close', 'error'] as const).map((event) => once(input, event, { signal })),
    ...(['close', 'error'] as const).map((event) => once(output, event, { signal })),
    ...(['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((event) => once(process, event, { signal })),
  ];
  // An error of a pipe is its end, too.
  await Promise.race(over.map((each) => each.catch(() => undefined)));
  for (const each of over) each.catch(() => undefined);
  stop.abort();
}

/** So that the next process in this working copy is known as its only one; otherwise it is forgotten after some time. */
async function endContext(
  session: Session,
  asking: { readonly agent: string; readonly session: string },
): Promise<void> {
  try {
    const signal = AbortSignal.timeout(contextMilliseconds);
    const collector = collectorClient(locateCollector(session.env), asking);
    await collector.request({ method: 'DELETE', path: '/api/v1/context', signal }, contextEndedSchema);
  } catch {
    // There is no collector, or it does not know the session any more.
  }
}

/** What cannot be removed is told loudly: until it expires it stays in a running service. */
async function removeProbes(
  session: Session,
  asking: { readonly agent: string; readonly session: string },
): Promise<void> {
  try {
    const { unconfirmed } = await collectorClient(locateCollector(session.env), asking).request(
      {
        method: 'DELETE',
        path: '/api/v1/probes',
        params: { session: asking.session },
        signal: AbortSignal.timeout(endMilliseconds),
      },
      disarmedSchema,
    );
    for (const { probe, instance } of unconfirmed) {
      tell(session, `${probe} may still be in ${instance}, which has not confirmed its removal`);
    }
  } catch (error) {
    tell(
      session,
      `the probes of this session could not be removed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function tell(session: Session, what: string): void {
  session.stderr.write(
    `runlens mcp: ${what}; it withdraws by itself when it expires or the service loses the collector. "runlens probe list" shows it.\n`,
  );
  session.exitCode = exitCodes.failure;
}
