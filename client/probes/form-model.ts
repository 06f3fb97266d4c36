/** The rules of the form in which a probe is written: what is wrong, what can be completed, what is asked for. Pure. */
import type { ProbeKind, ProbePlace, ProbeRequest } from '@runlens/protocol';
import type { PlaceAnswer, ScopeName } from '@runlens/protocol/lsp-probes';
import { parseMessage } from '@runlens/protocol/probes/expression/message';
import { parseExpression } from '@runlens/protocol/probes/expression/parse';
import { constants } from '@runlens/protocol/probes/expression/pure-calls';

export type ReadyPlace = Extract<PlaceAnswer, { readonly kind: 'ready' }>;

export interface FormPlace {
  readonly uri: string;
  /** Zero-based. */
  readonly line: number;
  readonly at: ProbePlace['at'];
  /** Of a timer: it ends where this line is reached, zero-based. */
  readonly untilLine?: number | undefined;
}

/** Where a probe stands beside its line. */
export type Spot = Pick<FormPlace, 'at' | 'untilLine'>;

export interface FormValues {
  readonly kind: ProbeKind;
  /** The condition; of a log its message. */
  readonly text: string;
  readonly condition?: string | undefined;
  readonly expressions?: readonly string[] | undefined;
  readonly by?: string | undefined;
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | undefined;
  /** Of a log: written by the service's own console, too. */
  readonly toServiceLog?: boolean | undefined;
  /** Of a snapshot: levels of objects below a variable. */
  readonly depth?: number | undefined;
  readonly hits?: number | undefined;
  /** Hits that one instance tells in a second. */
  readonly rate?: number | undefined;
  readonly mostInstances?: number | undefined;
  /** Seconds. */
  readonly life?: number | undefined;
  readonly environment?: string | undefined;
  readonly service?: string | undefined;
  readonly reason?: string | undefined;
}

export interface Check {
  /** Why it cannot be placed. */
  readonly problem: string | null;
  /** What may not be meant: the sensor decides. */
  readonly warning: string | null;
}

/** Of the one input of a kind. */
export function checkText(kind: ProbeKind, text: string, names: readonly ScopeName[]): Check {
  if (text.trim() === '') {
    return {
      problem: kind === 'log' ? 'Write the line to log, such as: order {order.id} of {total}' : null,
      warning: null,
    };
  }
  return kind === 'log' ? checked(parseMessage(text), names) : checkExpression(text, names);
}

export function checkExpression(text: string, names: readonly ScopeName[]): Check {
  return text.trim() === '' ? { problem: null, warning: null } : checked(parseExpression(text), names);
}

function checked(
  parsed: ReturnType<typeof parseExpression> | ReturnType<typeof parseMessage>,
  names: readonly ScopeName[],
): Check {
  if (!parsed.ok) return { problem: parsed.refusal.problem, warning: null };
  const unknown =
    names.length === 0
      ? []
      : parsed.names.filter((name) => !Object.hasOwn(constants, name) && !names.some((known) => known.name === name));
  return {
    problem: null,
    warning:
      unknown.length === 0
        ? null
        : `${unknown.join(', ')}: no such name is in scope at this line of the text that runs`,
  };
}

const mostCompletions = 12;

/** Names for the word at the end of the text; each with the whole text that it makes. */
export function completions(
  kind: ProbeKind,
  text: string,
  names: readonly ScopeName[],
): readonly (ScopeName & { readonly completed: string })[] {
  // In a message only what stands in braces is an expression.
  const expression = kind === 'log' ? /\{([^{}]*)$/.exec(text)?.[1] : text;
  if (expression === undefined) return [];
  const word = /[A-Za-z_$][\w$]*$/.exec(expression)?.[0] ?? '';
  const before = text.slice(0, text.length - word.length);
  if (/[.\d]$/.test(before) || /['"`]$/.test(before)) return [];
  const fits = names.filter(({ name }) => name.toLowerCase().startsWith(word.toLowerCase()) && name !== word);
  return fits.slice(0, mostCompletions).map((name) => ({ ...name, completed: `${before}${name.name}` }));
}

/** What is asked of the collector. */
export function requestOf(ready: ReadyPlace, values: FormValues): ProbeRequest {
  const { kind } = values;
  const text = values.text.trim();
  const condition = (kind === 'log' ? (values.condition ?? '') : text).trim();
  const environment = values.environment ?? ready.target.environment;
  const isLog = kind === 'log';
  const isTold = isLog || kind === 'snapshot';
  return {
    kind,
    place: ready.place,
    target: {
      service: values.service ?? ready.target.service,
      ...(environment === undefined ? {} : { environment }),
      ...(values.mostInstances === undefined ? {} : { mostInstances: values.mostInstances }),
    },
    ...(condition === '' ? {} : { condition }),
    ...(isLog ? { message: values.text } : {}),
    ...(isLog && values.toServiceLog === true ? { toServiceLog: true } : {}),
    ...(isLog && values.level !== undefined ? { level: values.level } : {}),
    ...(kind === 'snapshot' && values.expressions && values.expressions.length > 0
      ? { expressions: [...values.expressions] }
      : {}),
    ...((kind === 'counter' || kind === 'timer') && values.by !== undefined && values.by !== ''
      ? { by: values.by }
      : {}),
    ...(kind === 'snapshot' && values.depth !== undefined ? { capture: { depth: values.depth } } : {}),
    ...(values.hits === undefined ? {} : { hits: values.hits }),
    ...(isTold && values.rate !== undefined ? { rate: values.rate } : {}),
    ...(values.life === undefined ? {} : { life: values.life }),
    ...(values.reason === undefined || values.reason === '' ? {} : { reason: values.reason }),
  };
}

/** Where a timer ends: a line of the editor, one-based, below the one that it begins at; empty: the whole function. A sentence where it is none. */
export function untilProblem(text: string, line: number, lineCount: number): string | undefined {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  const until = /^\d{1,7}$/.test(wanted) ? Number(wanted) : Number.NaN;
  return until > line && until <= lineCount
    ? undefined
    : `A line below line ${line} within the same function, or nothing for the whole function`;
}

/** Of a number that is typed. A sentence where it is none. */
export const numberProblem = (text: string, least: number, most: number, whole = true): string | undefined => {
  const value = /^\d{1,7}(\.\d{1,3})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= least && value <= most && (!whole || Number.isInteger(value))
    ? undefined
    : `A number from ${least} to ${most}`;
};

const units: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** `90s`, `15m`, `1h`; undefined: not a time. Seconds. */
export function parseLife(text: string): number | undefined {
  const found = /^\s*(\d{1,5})\s*(s|m|min|h|d)\s*$/.exec(text);
  const seconds = Number(found?.[1]) * (units[found?.[2] ?? ''] ?? Number.NaN);
  return seconds >= 1 && seconds <= 86_400 ? seconds : undefined;
}
