/** Asks the collector what is new for this session, for whoever gives answers to a model. */
import {
  type ContextRequest,
  type ContextResponse,
  contextResponseSchema,
  type Interest,
  mostInterests,
} from '@runlens/protocol';
import type { AskCollector } from '../collector-facts.ts';

export interface NewsSource {
  /** Undefined: it cannot be told now, and is told with a later answer. Never rejects. */
  ask(
    request: Pick<ContextRequest, 'via' | 'interest' | 'answer' | 'maxTokens' | 'form' | 'mark'>,
  ): Promise<ContextResponse | undefined>;
}

export interface NewsSourceOptions {
  readonly ask: AskCollector;
  /** Of the working copy, see {@link ContextRequest}; absent: there is none. */
  readonly workspace?: string | undefined;
  /** Paths that the working copy has changed; undefined: not known. Never rejects. */
  readonly changed?: () => Promise<readonly string[] | undefined>;
}

/**
 * As long as for the answer itself, which the same collector has just given: what is given up here counts as told there, and would be
 * lost to the session.
 */
const patienceMilliseconds = 10_000;

export function newsSource({ ask, workspace, changed }: NewsSourceOptions): NewsSource {
  return {
    async ask({ interest, ...request }) {
      try {
        const files = await changed?.();
        const told: Interest = {
          ...interest,
          ...(files === undefined ? {} : { changed: [...files.slice(0, mostInterests)] }),
        };
        const body: ContextRequest = {
          ...request,
          interest: told,
          // The client's process does not say which of its sessions asks.
          ...(workspace === undefined ? {} : { workspace, joins: true }),
        };
        const signal = AbortSignal.timeout(patienceMilliseconds);
        return await ask({ method: 'POST', path: '/api/v1/context', body, signal }, contextResponseSchema);
      } catch {
        return undefined;
      }
    },
  };
}
