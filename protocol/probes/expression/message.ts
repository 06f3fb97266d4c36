/** Reads the message of a log probe: text with `{expressions}` in it; `{{` and `}}` stand for braces. */

import { probeLimits } from '../limits.ts';
import { parseExpression, type Refusal } from './parse.ts';
import type { Expression } from './tree.ts';

export type ParsedMessage =
  | {
      readonly ok: true;
      /** One more than expressions: they stand between. */
      readonly texts: readonly string[];
      readonly expressions: readonly { readonly text: string; readonly expression: Expression }[];
      readonly names: readonly string[];
    }
  | { readonly ok: false; readonly refusal: Refusal };

export function parseMessage(message: string): ParsedMessage {
  const texts: string[] = [];
  const expressions: { text: string; expression: Expression }[] = [];
  const names = new Set<string>();
  let text = '';
  let at = 0;
  const refuse = (from: number, end: number, problem: string) =>
    ({ ok: false, refusal: { at: from, end, problem } }) as const;
  while (at < message.length) {
    const character = message[at] ?? '';
    if ((character === '{' || character === '}') && message[at + 1] === character) {
      text += character;
      at += 2;
    } else if (character === '}') {
      return refuse(at, at + 1, 'This "}" closes nothing: write }} for a brace in the text.');
    } else if (character === '{') {
      const read = readUpToBrace(message, at + 1);
      if (read === undefined)
        return refuse(at, message.length, 'This "{" is not closed: write {{ for a brace in the text.');
      const parsed = parseExpression(read.text);
      if (!parsed.ok) {
        const { refusal } = parsed;
        return refuse(at + 1 + refusal.at, at + 1 + refusal.end, refusal.problem);
      }
      if (expressions.length === probeLimits.expressions) {
        return refuse(at, read.end, `A message has at most ${probeLimits.expressions} expressions.`);
      }
      texts.push(text);
      text = '';
      expressions.push({ text: read.text.trim(), expression: parsed.expression });
      for (const name of parsed.names) names.add(name);
      at = read.end;
    } else {
      text += character;
      at += 1;
    }
  }
  texts.push(text);
  return { ok: true, texts, expressions, names: [...names] };
}

/**
 * An expression has braces only in a template's `${}` and in strings: of the closing braces the first with which it can
 * be read is its end, and where none is, the first, so that the refusal is about what was written.
 */
function readUpToBrace(message: string, from: number): { text: string; end: number } | undefined {
  let first: { text: string; end: number } | undefined;
  for (let close = message.indexOf('}', from), tries = 0; close !== -1 && tries < 16; tries += 1) {
    const read = { text: message.slice(from, close), end: close + 1 };
    first ??= read;
    if (parseExpression(read.text).ok) return read;
    close = message.indexOf('}', close + 1);
  }
  return first;
}
