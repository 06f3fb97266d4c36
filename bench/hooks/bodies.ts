/** Text put into the bodies of functions, for ways that measure the functions that the sensor measures, and no others. */
import { type PlannedFunction, planTransform } from '@runlens/sensor/transform/plan';
import type { Required } from './on-require.ts';

export interface Wrapping {
  readonly open: string;
  readonly close: string;
}

interface Insertion extends Wrapping {
  readonly from: number;
  readonly to: number;
}

const directive = /\{(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:'use strict'|"use strict")/y;

/**
 * The text with something put at the start and the end of each function's body: of statements, or, where `isBlock` is
 * false, around the expression of an arrow function.
 */
export function wrapBodies(
  { text, isModule }: Required,
  wrap: (planned: PlannedFunction, isBlock: boolean) => Wrapping,
): string {
  const { functions } = planTransform(text, isModule ? 'module' : 'commonjs', 'javascript');
  const insertions = functions.map((planned): Insertion => {
    const isBlock = text[planned.bodyStart] === '{';
    const { open, close } = wrap(planned, isBlock);
    if (!isBlock) return { open, close, from: planned.bodyStart, to: planned.end };
    directive.lastIndex = planned.bodyStart;
    const isStrict = directive.test(text);
    const from = isStrict ? directive.lastIndex : planned.bodyStart + 1;
    return { open: isStrict ? `;${open}` : open, close, from, to: planned.end - 1 };
  });
  const events = insertions.flatMap(({ open, close, from, to }) => [
    { at: from, text: open, rank: from },
    // Of several that end at one place, the one that began last is the innermost. An empty body is opened first.
    { at: to, text: close, rank: 2 * text.length - from },
  ]);
  events.sort((a, b) => a.at - b.at || a.rank - b.rank);
  const parts: string[] = [];
  let written = 0;
  for (const { at, text: inserted } of events) {
    parts.push(text.slice(written, at), inserted);
    written = at;
  }
  return parts.join('') + text.slice(written);
}
