import type { ProbeRequest } from '@runlens/protocol';
import { parseMessage } from '@runlens/protocol/probes/expression/message';
import { parseExpression } from '@runlens/protocol/probes/expression/parse';
import { ProblemError } from '../http/problems.ts';

/** Also refused by each sensor, which trusts nobody; here it is told at once, with the place. */
export function refuseExpressions({ condition, expressions, by, message }: ProbeRequest): void {
  const texts = [
    ['condition', condition],
    ...(expressions ?? []).map((text) => ['expression', text]),
    ['by', by],
  ] as const;
  for (const [what, text] of texts) {
    if (text === undefined) continue;
    const parsed = parseExpression(text);
    if (!parsed.ok) throw refused(what ?? 'expression', text, parsed.refusal);
  }
  if (message === undefined) return;
  const parsed = parseMessage(message);
  if (!parsed.ok) throw refused('message', message, parsed.refusal);
}

function refused(
  what: string,
  text: string,
  { at, end, problem }: { at: number; end: number; problem: string },
): ProblemError {
  return new ProblemError(
    'bad-request',
    `The ${what} is refused at character ${at + 1} (“${text.slice(at, Math.min(end, at + 40))}”): ${problem}`,
  );
}
