/** The agent tools for the editor's language models: asked by the client, answered by the collector. */
import { randomUUID } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { answerText } from '@runlens/agent/answer/model-answer';
import { type AskCollector, type CollectorRequest, collectorFacts } from '@runlens/agent/collector-facts';
import { ContextMemory } from '@runlens/agent/context-memory';
import type { ProductionFacts } from '@runlens/agent/facts';
import { type NewsSource, newsSource } from '@runlens/agent/interest/news-source';
import { agentTools } from '@runlens/agent/registry';
import type { ChangeReader } from '@runlens/agent/review/change';
import type { ReviewScope } from '@runlens/agent/review/production';
import { leastTokens, type ToolContext } from '@runlens/agent/tool';
import type { ProbeRequest } from '@runlens/protocol';
import { actorHeaders, disarmedSchema } from '@runlens/protocol/api/probes';
import type { AgentToolAnswer, Location, NamedFunction, ReviewAnswer } from '@runlens/protocol/lsp';
import type { z } from 'zod';
import { blobId } from '../documents/blob.ts';
import type { RepositoryPaths } from '../documents/repository-path.ts';
import type { Git } from '../git/git.ts';
import { memoryKeeper } from '../memory/memory-keeper.ts';
import type { CollectorEndpoint } from '../profiles/collector-address.ts';
import { CollectorClient } from '../profiles/collector-client.ts';
import { type ChangedFiles, changedFiles } from '../review/changed-files.ts';
import { changeReader } from '../review/read-change.ts';
import { reviewWorkingCopy } from '../review/review-working-copy.ts';
import { type RepositoryReview, reviewsTogether } from '../review/reviews-together.ts';
import { namedFunctions } from './named-functions.ts';
import { workspaceId } from './workspace-id.ts';

export interface AgentToolsOptions {
  /** Undefined when not connected. */
  readonly endpoint: () => CollectorEndpoint | undefined;
  /** Why there is none. */
  readonly away: () => string;
  readonly paths: RepositoryPaths;
  readonly git: Git;
  readonly workspaceFolders: () => readonly string[];
  /** False: no program may be started in the workspace, so no change is read. */
  readonly trusted: () => boolean;
  readonly log: (message: string) => void;
}

/** Where functions are in the working copy; with folders only in those. */
type Locate = (
  functions: readonly NamedFunction[],
  folders?: readonly string[],
) => Promise<readonly (Location | null)[]>;

const agentName = 'VS Code';

export class AgentTools {
  readonly #options: AgentToolsOptions;
  readonly #session = `editor-${randomUUID()}`;
  readonly #told = new ContextMemory();
  /** By repository. */
  readonly #changed = new Map<string, ChangedFiles>();
  #client: CollectorClient | undefined;
  #placed = false;

  constructor(options: AgentToolsOptions) {
    this.#options = options;
  }

  /** Never rejects: what goes wrong is told to the model as a sentence. */
  async call(name: string, input: unknown, signal: AbortSignal): Promise<AgentToolAnswer> {
    const tool = agentTools.find((each) => each.name === name);
    if (!tool) return { kind: 'failed', message: `There is no tool ${name.slice(0, 80)}.` };
    const root = await this.#root();
    await using changes = this.#changes(root);
    try {
      const result = await tool.call(input, {
        facts: this.#facts(root),
        signal,
        told: this.#told,
        changes: changes.reader,
        news: await this.#news(root),
        ...this.#memory(root),
      });
      if (result.kind === 'invalidInput') {
        return { kind: 'failed', message: `The input is not valid: ${result.message}.` };
      }
      const functions = result.kind === 'answer' ? namedFunctions(result.output) : [];
      return { kind: 'answer', text: answerText(result.model(Date.now())), functions };
    } catch (error) {
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The change of the working copy, for the editor. Never rejects. */
  async review(
    request: { readonly base: string | undefined; readonly scope: ReviewScope },
    locate: Locate,
    signal: AbortSignal,
  ): Promise<ReviewAnswer> {
    const [root, ...others] = await this.#roots();
    if (root === undefined || others.length === 0) return await this.#reviewOf(root, request, locate, signal);
    const reviews: RepositoryReview[] = [];
    // One after the other: each parses and starts git.
    for (const each of [root, ...others]) {
      const answer = await this.#reviewOf(each, request, (functions) => locate(functions, [each]), signal);
      reviews.push({ folder: basename(each), answer });
    }
    return reviewsTogether(reviews);
  }

  async #reviewOf(
    root: string | undefined,
    request: { readonly base: string | undefined; readonly scope: ReviewScope },
    locate: Locate,
    signal: AbortSignal,
  ): Promise<ReviewAnswer> {
    await using changes = this.#changes(root);
    try {
      const facts = this.#facts(root);
      return await reviewWorkingCopy(
        { changes: changes.reader, facts, locate, ...request, now: () => Date.now() },
        signal,
      );
    } catch (error) {
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The probes of this editor's agents go with it; what stays is told in the log. */
  async dispose(): Promise<void> {
    const client = this.#client;
    if (client && this.#placed) {
      const answer = await client.send('DELETE', `/api/v1/probes?session=${this.#session}`, disarmedSchema);
      const left = answer.kind === 'ok' ? answer.value.unconfirmed.length : undefined;
      if (left !== 0) {
        const reason =
          answer.kind === 'ok' ? `${left} not confirmed` : 'message' in answer ? answer.message : answer.kind;
        this.#options.log(`Probes that agents placed may still be in services (${reason}); they end when they expire.`);
      }
    }
    client?.dispose();
  }

  async #root(): Promise<string | undefined> {
    return (await this.#roots())[0];
  }

  /** Of each repository of the workspace once; several folders can be of one. */
  async #roots(): Promise<readonly string[]> {
    const { paths, workspaceFolders } = this.#options;
    const roots = await Promise.all(workspaceFolders().map(async (folder) => (await paths.rootOf(folder)) ?? folder));
    return [...new Set(roots)];
  }

  /** Reads the working copy's changes, or says why none can be read. */
  #changes(root: string | undefined): AsyncDisposable & { readonly reader: ChangeReader } {
    if (root === undefined) return unreadable('No folder of files is open, so there is no change to review.');
    if (!this.#options.trusted()) {
      return unreadable(
        'The workspace is in Restricted Mode, in which Runlens starts no git, so no change can be read: trust the workspace first.',
      );
    }
    const reader = changeReader({ root, git: this.#options.git });
    return { reader, [Symbol.asyncDispose]: () => reader.dispose() };
  }

  async #news(root: string | undefined): Promise<NewsSource> {
    if (root === undefined) return newsSource({ ask: this.#ask });
    const changed = this.#changed.get(root) ?? changedFiles(root, this.#options.git, () => Date.now());
    this.#changed.set(root, changed);
    return newsSource({ ask: this.#ask, workspace: workspaceId(await realpath(root)), changed });
  }

  /** None where no program may be started: what is remembered is tied to commits. */
  #memory(root: string | undefined): Pick<ToolContext, 'memory'> {
    if (root === undefined || !this.#options.trusted()) return {};
    const repository = { root, git: this.#options.git, now: () => Date.now() };
    return { memory: memoryKeeper(repository, { agent: agentName, session: this.#session }) };
  }

  #facts(root: string | undefined): ProductionFacts {
    const facts = collectorFacts(this.#ask);
    return {
      ...facts,
      probes: {
        ...facts.probes,
        place: async (request, signal) => {
          this.#placed = true;
          return facts.probes.place(await ofTextHere(request, root), signal);
        },
      },
    };
  }

  readonly #ask: AskCollector = async <Schema extends z.ZodType>(
    { method, path, params = {}, body, signal }: CollectorRequest,
    schema: Schema,
  ): Promise<z.output<Schema>> => {
    const client = this.#clientOf(this.#options.endpoint());
    // The compiler does not see that a schema is one of its own output while that is a parameter.
    const typed = schema as z.ZodType<z.output<Schema>>;
    const answer =
      method === 'GET'
        ? await client.get(path, typed, { params, signal })
        : await client.send(method, path, typed, body);
    if (answer.kind === 'ok') return answer.value;
    throw new Error('message' in answer ? answer.message : 'The call was cancelled.');
  };

  #clientOf(endpoint: CollectorEndpoint | undefined): CollectorClient {
    if (!endpoint) throw new Error(this.#options.away());
    const known = this.#client;
    if (known?.endpoint.url === endpoint.url && known.endpoint.token === endpoint.token) return known;
    known?.dispose();
    this.#client = new CollectorClient(endpoint, {
      [actorHeaders.agent]: agentName,
      [actorHeaders.session]: this.#session,
    });
    return this.#client;
  }
}

const unreadable = (message: string) => ({
  reader: { read: async () => ({ kind: 'failed' as const, message }) },
  [Symbol.asyncDispose]: async () => undefined,
});

/** A model reads lines in the workspace: a service that runs another text is to refuse. */
async function ofTextHere(request: ProbeRequest, root: string | undefined): Promise<ProbeRequest> {
  if (root === undefined || request.place.blob !== undefined) return request;
  const text = await readFile(join(root, request.place.file), 'utf8').catch(() => undefined);
  return text === undefined ? request : { ...request, place: { ...request.place, blob: blobId(text) } };
}

/** What the model asked for, or less where the editor has less room; tools have defaults of their own below that. */
export function withinRoom(input: Readonly<Record<string, unknown>>, roomTokens: number | undefined): object {
  if (roomTokens === undefined || typeof input.maxTokens !== 'number') return input;
  return { ...input, maxTokens: Math.max(leastTokens, Math.min(input.maxTokens, roomTokens)) };
}
