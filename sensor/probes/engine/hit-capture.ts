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

type Group = 'this' | 'arguments' | 'locals' | 'closure' | 'returned' | 'thrown';

const groupOf = (kind: ReadableName['kind']): Group => {
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
  const variables: Variable[] = [];
  /** Of each variable that is one's value, which expression. */
  const places: number[] = [];
  const told: CapturedExpression[] = [];
  let failure: string | undefined;
  let hidden = 0;
  for (let at = 0; at < expressions.length; at += 1) {
    const expression = expressions[at];
    if (!expression) continue;
    const { text, isSecret, evaluate } = expression;
    if (isSecret) {
      hidden += 1;
      told[at] = { text, value: { t: 'redacted', x: 'redacted' } };
      continue;
    }
    const evaluated = evaluateSafely(evaluate, frame);
    if (evaluated.ok) {
      const { value } = evaluated;
      variables[variables.length] = { name: '', read: () => value };
      places[places.length] = at;
      // Its place among the others; the value follows.
      told[at] = { text };
    } else {
      failure = evaluated.problem;
      told[at] = { text, error: evaluated.problem };
    }
  }
  const groups = withNames ? addNames(frame, names, limits, variables) : [];
  const { values, redacted, cut } = captureValues(variables, limits, redactor, large, rules);
  for (let index = 0; index < places.length; index += 1) {
    const at = places[index] ?? 0;
    const value = values[index]?.[1];
    if (value) told[at] = { text: told[at]?.text ?? '', value };
  }
  return {
    values: withNames ? sorted(values, places.length, groups) : undefined,
    expressions: told,
    redacted: redacted + hidden,
    cut,
    failure,
  };
}

/** Adds what is returned or thrown and the names of a place; gives the group of each. */
function addNames(
  { exit, value, read }: HitFrame,
  names: readonly ReadableName[],
  limits: Limits,
  variables: Variable[],
): readonly Group[] {
  const groups: Group[] = [];
  const add = (group: Group, variable: Variable): void => {
    groups[groups.length] = group;
    variables[variables.length] = variable;
  };
  if (exit === 'return') add('returned', { name: 'returned', read: () => value });
  if (exit === 'throw') add('thrown', { name: 'thrown', read: () => value });
  for (const { name, index, kind } of names) {
    const group = groupOf(kind);
    // What stands around is seldom what is looked for, and often large: schemas, clients, tables.
    const level = group === 'closure' ? Math.max(0, limits.depth - 1) : 0;
    add(group, { name, read: () => read(index), level });
  }
  return groups;
}

function sorted(
  values: readonly (readonly [string, CapturedValue])[],
  first: number,
  groups: readonly Group[],
): Hit['values'] {
  const many: Record<'arguments' | 'locals' | 'closure', (readonly [string, CapturedValue])[]> = {
    arguments: [],
    locals: [],
    closure: [],
  };
  const single: { this?: CapturedValue; returned?: CapturedValue; thrown?: CapturedValue } = {};
  for (let index = 0; index < groups.length; index += 1) {
    const pair = values[first + index];
    const group = groups[index];
    if (!pair || !group) continue;
    if (group === 'this' || group === 'returned' || group === 'thrown') [, single[group]] = pair;
    else many[group].push(pair);
  }
  return { ...many, ...single };
}
