import type { CapturedValue, CutReason } from '@runlens/protocol/probes/capture';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { type CaptureRules, captureValues, type LargePlaces, type Variable } from '../capture-value.ts';
import { evaluateSafely } from '../evaluate.ts';
import type { ReadableName } from '../gates.ts';
import type { HitFrame } from './frame.ts';
import type { CapturedExpression, Hit } from './messages.ts';

export interface CompiledExpression {
  readonly text: string;
  readonly isSecret: boolean;
  readonly evaluate: (frame: HitFrame) => unknown;
}

/** What of a place is captured. */
export interface Captured {
  readonly values: Hit['values'];
  readonly expressions: readonly CapturedExpression[];
  readonly redacted: number;
  readonly cut: readonly CutReason[];
  /** Why an expression had no value, the last one. */
  readonly failure: string | undefined;
}

type Limits = Parameters<typeof captureValues>[1];

interface Sorted {
  readonly group: 'this' | 'arguments' | 'locals' | 'closure' | 'returned' | 'thrown' | 'expression';
  readonly variable: Variable;
}

const groupOf = (kind: ReadableName['kind']): Sorted['group'] => {
  if (kind === 'this') return 'this';
  if (kind === 'parameter') return 'arguments';
  return kind === 'closure' ? 'closure' : 'locals';
};

/**
 * Captures the names of a place and the values of expressions, together: what they share is told once. What is asked for
 * by an expression comes first, then what is returned or thrown, then what is nearest, should a budget be spent.
 */
export function captureFrame(
  frame: HitFrame,
  names: readonly ReadableName[],
  expressions: readonly CompiledExpression[],
  limits: Limits,
  redactor: Redactor,
  large: LargePlaces,
  rules: CaptureRules | undefined,
  withNames: boolean,
): Captured {
  const sorted: Sorted[] = [];
  const told: CapturedExpression[] = [];
  const evaluatedTexts: string[] = [];
  let failure: string | undefined;
  let hidden = 0;
  for (const { text, isSecret, evaluate } of expressions) {
    if (isSecret) {
      hidden += 1;
      told.push({ text, value: { t: 'redacted', x: 'redacted' } });
      continue;
    }
    const evaluated = evaluateSafely(evaluate, frame);
    if (evaluated.ok) {
      const { value } = evaluated;
      sorted.push({ group: 'expression', variable: { name: '', read: () => value } });
      evaluatedTexts.push(text);
    } else {
      failure = evaluated.problem;
      told.push({ text, error: evaluated.problem });
    }
  }
  if (withNames) {
    const { exit, value, read } = frame;
    if (exit === 'return') sorted.push({ group: 'returned', variable: { name: 'returned', read: () => value } });
    if (exit === 'throw') sorted.push({ group: 'thrown', variable: { name: 'thrown', read: () => value } });
    for (const { name, index, kind } of names) {
      const group = groupOf(kind);
      // What stands around is seldom what is looked for, and often large: schemas, clients, tables.
      const level = group === 'closure' ? Math.max(0, limits.depth - 1) : 0;
      sorted.push({ group, variable: { name, read: () => read(index), level } });
    }
  }
  const all = captureValues(
    sorted.map(({ variable }) => variable),
    limits,
    redactor,
    large,
    rules,
  );
  const groups: Record<'arguments' | 'locals' | 'closure', (readonly [string, CapturedValue])[]> = {
    arguments: [],
    locals: [],
    closure: [],
  };
  const single: { this?: CapturedValue; returned?: CapturedValue; thrown?: CapturedValue } = {};
  const byText = new Map(told.map((each) => [each.text, each] as const));
  let evaluated = 0;
  for (let at = 0; at < all.values.length; at += 1) {
    const pair = all.values[at];
    const group = sorted[at]?.group;
    if (!pair || !group) continue;
    if (group === 'expression') {
      const text = evaluatedTexts[evaluated] ?? '';
      evaluated += 1;
      byText.set(text, { text, value: pair[1] });
    } else if (group === 'this' || group === 'returned' || group === 'thrown') [, single[group]] = pair;
    else groups[group].push(pair);
  }
  return {
    values: withNames ? { ...groups, ...single } : undefined,
    expressions: expressions.flatMap(({ text }) => byText.get(text) ?? []),
    redacted: all.redacted + hidden,
    cut: all.cut,
    failure,
  };
}
