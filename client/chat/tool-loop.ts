/** The talk between a model and the tools: round after round, within bounds, until the model has said its answer. */

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: object;
}

export type ModelPart = { readonly kind: 'text'; readonly text: string } | ({ readonly kind: 'call' } & ToolCall);

export type Message =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly parts: readonly ModelPart[] }
  | { readonly role: 'tools'; readonly results: readonly { readonly id: string; readonly text: string }[] };

export interface LoopPorts {
  /** `withTools` false: the model is to answer with what it has. */
  readonly ask: (messages: readonly Message[], withTools: boolean) => AsyncIterable<ModelPart>;
  /** Never rejects but for a cancellation: what goes wrong is told to the model. */
  readonly call: (call: ToolCall) => Promise<string>;
  /** The model's words as they come. */
  readonly say: (text: string) => void;
  readonly isCancelled: () => boolean;
}

export interface LoopEnd {
  readonly kind: 'answered' | 'cancelled' | 'silent';
  /** Rounds in which the model was asked. */
  readonly rounds: number;
  readonly calls: number;
}

/** Rounds with tools; one more without them, in which the model has to answer. */
export const mostRounds = 8;
export const mostCallsInRound = 6;
/** UTF-16 units of an answer: beyond this a model is not telling any more. */
export const longestAnswer = 40_000;

/** Asks the model until it calls no more tools. Rejects where the model cannot be asked. */
export async function runToolLoop(opening: readonly Message[], ports: LoopPorts): Promise<LoopEnd> {
  const messages = [...opening];
  let said = 0;
  let calls = 0;
  for (let round = 1; round <= mostRounds + 1; round += 1) {
    const parts: ModelPart[] = [];
    for await (const part of ports.ask(messages, round <= mostRounds)) {
      if (ports.isCancelled()) return { kind: 'cancelled', rounds: round, calls };
      parts.push(part);
      if (part.kind !== 'text') continue;
      said += part.text.length;
      ports.say(part.text);
      if (said > longestAnswer) return { kind: 'answered', rounds: round, calls };
    }
    const wanted = parts.filter((part) => part.kind === 'call');
    if (ports.isCancelled()) return { kind: 'cancelled', rounds: round, calls };
    if (wanted.length === 0 || round > mostRounds) {
      return { kind: said > 0 ? 'answered' : 'silent', rounds: round, calls };
    }
    // What was said between two calls is not the same paragraph as what follows.
    if (parts.some((part) => part.kind === 'text')) ports.say('\n\n');
    const results: { id: string; text: string }[] = [];
    for (const [index, call] of wanted.entries()) {
      if (ports.isCancelled()) return { kind: 'cancelled', rounds: round, calls };
      if (index < mostCallsInRound) calls += 1;
      // Each call has a result, or the model's own protocol is broken.
      const text =
        index < mostCallsInRound
          ? await ports.call(call)
          : `Not asked: at most ${mostCallsInRound} tools a round. Ask again in the next one.`;
      results.push({ id: call.id, text });
    }
    messages.push({ role: 'assistant', parts }, { role: 'tools', results });
  }
  return { kind: 'silent', rounds: mostRounds + 1, calls };
}

/** The same talk for a request without tools, in which some models refuse calls and their results. */
export function withoutCalls(messages: readonly Message[]): readonly Message[] {
  return messages.flatMap((message): readonly Message[] => {
    if (message.role === 'tools') return [{ role: 'user', text: message.results.map(({ text }) => text).join('\n\n') }];
    if (message.role === 'user') return [message];
    const parts = message.parts.filter(({ kind }) => kind === 'text');
    return parts.length === 0 ? [] : [{ role: 'assistant', parts }];
  });
}
