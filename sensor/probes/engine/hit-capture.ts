import type { CapturedValue } from '@runlens/protocol/probes/capture';
import type { CaptureLimits } from '@runlens/protocol/probes/limits';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { type CaptureRules, type LargePlaces, ValueCapture } from '../capture-value.ts';
import { evaluateSafely } from '../evaluate.ts';
import type { ReadableName } from '../gates.ts';
import type { FormJudge } from '../judged-texts.ts';
import { shownValues } from '../shown-values.ts';
import type { HitFrame } from './frame.ts';
import type { CapturedExpression, CapturedFrameValues, NamedValues, ShownFrameValues } from './messages.ts';

export interface CompiledExpression {
  readonly text: string;
  readonly isSecret: boolean;
  readonly evaluate: (frame: HitFrame) => unknown;
}

/**
 * Captures the names of a place and the values of expressions, together: what they share is told once. What is asked for
 * by an expression comes first, then what is returned or thrown, then what is nearest, should a budget be spent.
 * {@link shownFrameValues} makes of it what may be seen, with the same names.
 */
export function captureFrame(
  frame: HitFrame,
  names: readonly ReadableName[] | undefined,
  expressions: readonly CompiledExpression[],
  limits: CaptureLimits,
  redactor: Redactor,
  large: LargePlaces,
  rules: CaptureRules | undefined,
): CapturedFrameValues {
  const capture = new ValueCapture(limits, redactor, large, rules);
  const told: CapturedExpression[] = [];
  const valued: number[] = [];
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
      capture.add('', evaluated.value);
      valued[valued.length] = at;
      // Its place among the others; the value follows.
      told[at] = { text };
    } else {
      failure = evaluated.problem;
      told[at] = { text, error: evaluated.problem };
    }
  }
  if (names) addNames(capture, frame, names, limits);
  return { values: capture.finish(), expressions: told, valued, exit: frame.exit, hidden, failure };
}

/** Adds what is returned or thrown and the names of a place. */
function addNames(
  capture: ValueCapture,
  { exit, value, read }: HitFrame,
  names: readonly ReadableName[],
  limits: CaptureLimits,
): void {
  if (exit !== undefined) capture.add(exit === 'return' ? 'returned' : 'thrown', value);
  for (let at = 0; at < names.length; at += 1) {
    const one = names[at];
    if (!one) continue;
    let named: unknown;
    try {
      named = read(one.index);
    } catch {
      capture.addUnset();
      continue;
    }
    // What stands around is seldom what is looked for, and often large: schemas, clients, tables.
    capture.add(one.name, named, one.kind === 'closure' ? Math.max(0, limits.depth - 1) : 0);
  }
}

/** What may be seen of it; `names`: as it was captured with. Throws where it is not what {@link captureFrame} made. */
export function shownFrameValues(
  { values: flat, expressions, valued, exit, hidden }: CapturedFrameValues,
  names: readonly ReadableName[] | undefined,
  redactor: FormJudge,
): ShownFrameValues {
  const first = valued.length;
  const named = names === undefined ? 0 : names.length + (exit === undefined ? 0 : 1);
  const { values, redacted, cut } = shownValues(flat, first + named, redactor);
  const told = [...expressions];
  valued.forEach((at, index) => {
    const value = values[index];
    if (value) told[at] = { text: told[at]?.text ?? '', value };
  });
  return {
    values: names && sorted(values.slice(first), names, exit),
    expressions: told,
    redacted: redacted + hidden,
    cut,
  };
}

type Group = 'this' | 'arguments' | 'locals' | 'closure';

const groupOf = (kind: ReadableName['kind']): Group => {
  if (kind === 'this') return 'this';
  if (kind === 'parameter') return 'arguments';
  return kind === 'closure' ? 'closure' : 'locals';
};

function sorted(
  values: readonly CapturedValue[],
  names: readonly ReadableName[],
  exit: CapturedFrameValues['exit'],
): ShownFrameValues['values'] {
  const many: Record<Exclude<Group, 'this'>, NamedValues[number][]> = { arguments: [], locals: [], closure: [] };
  let own: CapturedValue | undefined;
  const from = exit === undefined ? 0 : 1;
  names.forEach(({ name, kind }, index) => {
    const value = values[from + index];
    if (!value) return;
    const group = groupOf(kind);
    if (group === 'this') own = value;
    else many[group].push([name, value]);
  });
  const [left] = values;
  return {
    ...many,
    ...(own === undefined ? {} : { this: own }),
    ...(exit === undefined || !left ? {} : exit === 'return' ? { returned: left } : { thrown: left }),
  };
}
