/** Asks the collector what is new for a session; by Node's own client, as a hook starts before each step of an agent. */
import { actorHeaders } from '@runlens/protocol/actor-headers';
import type { ContextRequest } from '@runlens/protocol/api/context';
import type { CollectorLocation } from '../home.ts';

const largestAnswerBytes = 1_000_000;

export interface AskedBy {
  readonly agent: string;
  readonly session: string;
}

export type ContextAnswer =
  | { readonly kind: 'text'; readonly text: string }
  /** Nobody answers: production is not known here, which is no fault of the agent's. */
  | { readonly kind: 'away' }
  | { readonly kind: 'refused'; readonly reason: string };

export async function askContext(
  location: Location,
  by: AskedBy,
  asked: ContextRequest,
  milliseconds: number,
): Promise<ContextAnswer> {
  const answer = await send(location, by, 'POST', JSON.stringify(asked), milliseconds);
  return answer === undefined ? { kind: 'away' } : answerOf(answer);
}

/** The session is over: nobody has to remember any longer what it was told. */
export async function endSession(
  location: Location,
  by: AskedBy,
  milliseconds: number,
): Promise<Exclude<ContextAnswer, { readonly kind: 'text' }> | { readonly kind: 'done' }> {
  const answer = await send(location, by, 'DELETE', '', milliseconds);
  if (answer === undefined) return { kind: 'away' };
  return answer.status < 300 ? { kind: 'done' } : refusedBy(answer);
}

type Location = Pick<CollectorLocation, 'url' | 'token'>;
interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Undefined: nobody answers, or not in time. */
async function send(
  { url, token }: Location,
  { agent, session }: AskedBy,
  method: 'POST' | 'DELETE',
  body: string,
  milliseconds: number,
): Promise<HttpAnswer | undefined> {
  // Loaded where it is needed: it takes longer than the rest of the hook.
  const { request: make } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  return await new Promise((resolve) => {
    const away = (): void => resolve(undefined);
    const headers = {
      ...(body !== '' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(token && { authorization: `Bearer ${token}` }),
      [actorHeaders.agent]: headerText(agent),
      [actorHeaders.session]: headerText(session),
    };
    const signal = AbortSignal.timeout(milliseconds);
    const request = make(`${url}/api/v1/context`, { method, signal, headers }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > largestAnswerBytes) request.destroy();
        else chunks.push(chunk);
      });
      response.on('error', away);
      response.on('close', away);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.on('error', away);
    request.end(body);
  });
}

const refusedBy = ({ status }: HttpAnswer) => ({ kind: 'refused', reason: `the collector answers ${status}` }) as const;

function answerOf(answer: HttpAnswer): ContextAnswer {
  const { status, body } = answer;
  if (status !== 200) return refusedBy(answer);
  try {
    const told: unknown = JSON.parse(body);
    const text: unknown = typeof told === 'object' && told !== null ? Reflect.get(told, 'text') : undefined;
    if (typeof text === 'string') return { kind: 'text', text };
  } catch {
    // Told below.
  }
  return { kind: 'refused', reason: 'what answers there is no Runlens collector of this version' };
}

/** A header is of visible ASCII. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 100) || 'agent';
