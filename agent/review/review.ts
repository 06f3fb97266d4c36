/** A change judged by what production knows: for each function what it adds, what it takes away, and a verdict. */
import { formatAge, formatCount, formatRate, formatSeconds, formatShare, windowSchema } from '@runlens/protocol';
import { z } from 'zod';
import { neutralise } from '../text/hostile.ts';
import { type AddedOperation, type ChangedFunction, type ReachKind, type ReadChange, reachKinds } from './change.ts';
import type { KnownProduction, Production } from './production.ts';
import {
  failingErrors,
  failingShare,
  hotCallsPerMinute,
  lower,
  severeOperationsPerMinute,
  slowSeconds,
  type Verdict,
  verdicts,
  worst,
} from './verdict.ts';

const verdictSchema = z.enum(verdicts);
const count = z.number().nonnegative();

export const reasonRules = [
  'added-operation',
  'operation-in-loop',
  'slow-call',
  'lost-safeguard',
  'failing-now',
  'never-runs',
  'not-judged',
] as const;

export const reasonSchema = z.object({
  rule: z.enum(reasonRules),
  verdict: verdictSchema,
  /** A sentence; names in it stand in backquotes. */
  text: z.string(),
  /** 1-based, in the text after the change. */
  line: z.number(),
  /** What the change adds a minute, at the rate of now. `atLeast` is less where it does not happen in each call. */
  operationsPerMinute: z.object({ kind: z.enum(reachKinds), atLeast: count, atMost: count }).optional(),
});
export type Reason = z.infer<typeof reasonSchema>;

export const reviewedFunctionSchema = z.object({
  file: z.string(),
  function: z.string(),
  line: z.number(),
  change: z.enum(['changed', 'added', 'removed']),
  verdict: verdictSchema,
  production: z
    .object({
      mapping: z.enum(['exact', 'moved', 'byName', 'changed']),
      services: z.array(z.string()),
      calls: count,
      callsPerMinute: count,
      errors: count,
      /** Seconds. */
      p50: z.number().nullable(),
      p99: z.number().nullable(),
      lastSeen: z.string().nullable(),
    })
    .nullable(),
  reasons: z.array(reasonSchema),
});
export type ReviewedFunction = z.infer<typeof reviewedFunctionSchema>;

export const reviewSchema = z.object({
  base: z.string(),
  head: z.string(),
  /** null: nothing is known of the changed files, or nobody was asked. */
  environment: z.string().nullable(),
  window: windowSchema.nullable(),
  verdict: verdictSchema,
  files: z.number(),
  /** The worst first. */
  functions: z.array(reviewedFunctionSchema),
  unread: z.array(z.object({ file: z.string(), reason: z.string() })),
});
export type Review = z.infer<typeof reviewSchema>;

/** `production` undefined: nobody was asked; the text alone is judged. Pure. */
export function reviewOf(change: ReadChange, production: KnownProduction | undefined, now: number): Review {
  const functions = change.functions
    .map((each) => reviewFunction(each, production, now))
    .sort(
      (a, b) =>
        verdicts.indexOf(b.verdict) - verdicts.indexOf(a.verdict) ||
        (b.production?.callsPerMinute ?? -1) - (a.production?.callsPerMinute ?? -1) ||
        (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line),
    );
  return {
    base: change.base,
    head: change.head,
    environment: production?.environment ?? null,
    window: production?.environment === null ? null : (production?.window ?? null),
    verdict: worst(functions.map(({ verdict }) => verdict)),
    files: change.files,
    functions,
    unread: [...change.unread],
  };
}

/** What a reason may count with: undefined where nothing is known, or what runs is another text. */
interface Rate {
  readonly callsPerMinute: number;
  readonly isZero: boolean;
  /** The function is called for each element: so many times in one call of the one around it, where that is known. */
  readonly repeated: number | 'unknown' | undefined;
  /** The one around it, whose rate this is. */
  readonly around: string | undefined;
}

function reviewFunction(each: ChangedFunction, known: KnownProduction | undefined, now: number): ReviewedFunction {
  const own = each.before && known?.of(each.before);
  const around = each.within && known?.of(each.within.before);
  const rate = rateOf(each, own, around);
  const reasons: Reason[] = [
    ...(each.change === 'removed' ? [] : operationReasons(each, rate, known)),
    ...lostReasons(each, own, rate),
    ...stateReasons(each, own, now),
  ].sort((a, b) => verdicts.indexOf(b.verdict) - verdicts.indexOf(a.verdict));
  const { file, function: name, line, change } = each;
  return {
    file,
    function: name,
    line,
    change,
    verdict: worst(reasons.map(({ verdict }) => verdict)),
    production: own ? { ...own, services: [...own.services] } : null,
    reasons,
  };
}

const isJudged = (production: Production | undefined): production is Production =>
  production !== undefined && (production.mapping === 'exact' || production.mapping === 'moved');

function rateOf(each: ChangedFunction, own: Production | undefined, around: Production | undefined): Rate | undefined {
  if (isJudged(own)) {
    const perCall = isJudged(around) && around.calls > 0 ? own.calls / around.calls : undefined;
    return {
      callsPerMinute: own.callsPerMinute,
      isZero: own.calls === 0,
      repeated: each.within?.inLoop && perCall !== undefined && perCall > 1.5 ? perCall : undefined,
      around: each.within?.before.function,
    };
  }
  // A callback that is not measured by itself runs as often as what is around it, or for each element in it.
  if (own === undefined && isJudged(around) && each.within) {
    return {
      callsPerMinute: around.callsPerMinute,
      isZero: around.calls === 0,
      repeated: each.within.inLoop ? 'unknown' : undefined,
      around: each.within.before.function,
    };
  }
  return undefined;
}

const nouns: Record<ReachKind, string> = {
  database: 'database operation',
  network: 'request to another service',
  files: 'file operation',
};
const plural = (kind: ReachKind, n: number): string =>
  n === 1 ? nouns[kind] : kind === 'network' ? 'requests to other services' : `${nouns[kind]}s`;

interface Counted {
  readonly operation: AddedOperation;
  readonly kind: ReachKind;
  readonly least: number;
  readonly most: number;
  readonly inLoop: boolean;
}

function operationReasons(each: ChangedFunction, rate: Rate | undefined, known: KnownProduction | undefined): Reason[] {
  const counted = each.added.flatMap((operation): Counted[] =>
    operation.reaches.map(({ kind, operations, conditional, inLoop }) => {
      const callee = operation.calls && known?.of(operation.calls);
      const measured = kind === 'database' && isJudged(callee) && callee.calls > 0 ? (callee.queriesPerCall ?? 0) : 0;
      const sure = operation.conditional ? 0 : operations - conditional;
      return {
        operation,
        kind,
        least: operation.conditional ? 0 : Math.max(sure, measured),
        most: Math.max(operations, measured),
        inLoop: operation.inLoop || inLoop,
      };
    }),
  );
  const reasons: Reason[] = [];
  for (const kind of reachKinds) {
    for (const inLoop of [true, false]) {
      const group = counted.filter((one) => one.kind === kind && one.inLoop === inLoop);
      const [first] = group;
      if (first) reasons.push(operationReason(each, kind, inLoop, group, first, rate, known !== undefined));
    }
  }
  return [...reasons, ...slowReasons(each, rate, known)];
}

function operationReason(
  each: ChangedFunction,
  kind: ReachKind,
  inLoop: boolean,
  group: readonly Counted[],
  first: Counted,
  rate: Rate | undefined,
  wasAsked: boolean,
): Reason {
  const total = (of: (one: Counted) => number): number => group.reduce((sum, one) => sum + of(one), 0);
  const [least, most] = [total(({ least: n }) => n), total(({ most: n }) => n)];
  const names = listNames([...new Set(group.map(({ operation }) => operation))].map(({ text }) => text));
  const moved = group.some(({ operation }) => operation.movedIntoLoop);
  const n = `${least < most ? 'up to ' : ''}${formatCount(most)} ${plural(kind, most)}`;
  // The loop is here, or in what is called.
  const isHere = group.some(({ operation }) => operation.inLoop);
  const where = inLoop ? ` for each element of a loop${isHere ? '' : ' in what it calls'}` : '';
  const perMinute = rate && { kind, atLeast: rate.callsPerMinute * least, atMost: rate.callsPerMinute * most };
  const repeats = inLoop || rate?.repeated !== undefined;
  const times =
    typeof rate?.repeated === 'number'
      ? `, in a loop: it runs ${formatCount(rate.repeated)} times in one call of ${quote(rate.around ?? '')}`
      : rate?.repeated === 'unknown'
        ? `, for each element, in ${quote(rate.around ?? '')}`
        : '';
  const cost = ((): string => {
    if (each.change === 'added') return '';
    if (!rate || !perMinute) return wasAsked ? '; how often it runs is not known' : '';
    if (rate.isZero) return '; it is not called now';
    const figure = formatRate(perMinute.atMost);
    const isElements = inLoop || rate.repeated === 'unknown';
    return isElements ? `: ${figure} × the elements` : `: ${least < most ? 'up to ' : ''}+${figure}`;
  })();
  return {
    rule: repeats ? 'operation-in-loop' : 'added-operation',
    verdict: operationVerdict(each, kind, repeats, rate, most, least < most && least === 0, wasAsked),
    text: `${moved ? 'moves into a loop' : 'adds'} ${n}${where} (${names})${times}${cost}`,
    line: first.operation.line,
    ...(perMinute && !rate.isZero && each.change !== 'added' ? { operationsPerMinute: perMinute } : {}),
  };
}

function operationVerdict(
  each: ChangedFunction,
  kind: ReachKind,
  repeats: boolean,
  rate: Rate | undefined,
  operations: number,
  isConditional: boolean,
  wasAsked: boolean,
): Verdict {
  if (each.change === 'added') return repeats && kind !== 'files' ? 'notice' : 'ok';
  // Without facts a loop around a query is worth a look, and nothing else can be told.
  if (!rate) return !wasAsked && repeats && kind !== 'files' ? 'warning' : 'notice';
  if (rate.isZero) return 'notice';
  const perMinute = rate.callsPerMinute * operations;
  const hot = rate.callsPerMinute >= hotCallsPerMinute;
  const plain: Verdict =
    perMinute >= severeOperationsPerMinute || (repeats && hot)
      ? 'severe'
      : perMinute >= hotCallsPerMinute || repeats
        ? 'warning'
        : 'notice';
  const verdict = kind === 'files' ? lower(plain) : plain;
  return isConditional && verdict !== 'notice' ? lower(verdict) : verdict;
}

/** Added calls that reach nothing by their text, and take long by what was measured. */
function slowReasons(each: ChangedFunction, rate: Rate | undefined, known: KnownProduction | undefined): Reason[] {
  return each.added.flatMap((operation): Reason[] => {
    const callee = operation.calls && known?.of(operation.calls);
    if (operation.reaches.length > 0 || !isJudged(callee) || callee.p50 === null || callee.p50 < slowSeconds) return [];
    const hot = rate !== undefined && rate.callsPerMinute >= hotCallsPerMinute;
    const repeats = operation.inLoop || rate?.repeated !== undefined;
    const verdict: Verdict =
      each.change === 'added' || !rate || rate.isZero
        ? 'notice'
        : hot && repeats
          ? 'severe'
          : hot || repeats
            ? 'warning'
            : 'notice';
    return [
      {
        rule: 'slow-call',
        verdict: operation.conditional ? lower(verdict) : verdict,
        text: `adds a call of ${quote(operation.text)}, which takes ${formatSeconds(callee.p50)} (p99 ${formatSeconds(callee.p99 ?? callee.p50)})${operation.inLoop ? ', for each element of a loop' : ''}`,
        line: operation.line,
      },
    ];
  });
}

function lostReasons(each: ChangedFunction, own: Production | undefined, rate: Rate | undefined): Reason[] {
  return each.lost.map(({ kind, text }): Reason => {
    const runs = rate !== undefined && !rate.isZero;
    const hot = runs && rate.callsPerMinute >= hotCallsPerMinute;
    const isPlain = kind === 'guard' || kind === 'cache' || kind === 'error handling';
    const verdict: Verdict = hot || (runs && (!isPlain || isFailing(own))) ? 'warning' : 'notice';
    const about = { guard: 'on', cache: 'for' }[kind as string] ?? 'around';
    return {
      rule: 'lost-safeguard',
      verdict,
      text: `takes away the ${kind} ${about} ${listNames(text.split(', '))}${runs ? `, at ${formatRate(rate.callsPerMinute)}` : ''}`,
      line: each.line,
    };
  });
}

const isFailing = (own: Production | undefined): boolean =>
  own !== undefined && own.errors > 0 && (own.errors >= failingErrors || own.errors >= own.calls * failingShare);

function stateReasons(each: ChangedFunction, own: Production | undefined, now: number): Reason[] {
  if (!own) return [];
  const at = (rule: Reason['rule'], verdict: Verdict, text: string): Reason => ({
    rule,
    verdict,
    text,
    line: each.line,
  });
  if (own.mapping === 'byName' || own.mapping === 'changed') {
    const what =
      own.mapping === 'changed'
        ? 'what runs has another text than the one that is changed here'
        : 'the text that runs is not at hand, so its numbers are matched by name alone';
    return each.added.length + each.lost.length > 0
      ? [at('not-judged', 'notice', `its numbers are not judged: ${what}`)]
      : [];
  }
  if (own.calls === 0) {
    const last = own.lastSeen;
    const when =
      last === null
        ? `never called since it is measured (${formatAge(now - Date.parse(own.measuredSince))})`
        : `not called now, last ${formatAge(now - Date.parse(last))}`;
    return [at('never-runs', each.change === 'removed' ? 'ok' : 'notice', when)];
  }
  if (!isFailing(own) || each.change === 'removed') return [];
  const share = formatShare(own.errors / own.calls);
  const types = own.exceptions.length > 0 ? `: ${listNames(own.exceptions)}` : '';
  return [
    at(
      'failing-now',
      'warning',
      `it is failing now, ${formatCount(own.errors)} errors (${share} of its calls)${types}`,
    ),
  ];
}

const mostNames = 4;

/** Names from outside, in backquotes, so that neither Markdown nor a model reads them as more than names. */
export const quote = (name: string): string => `\`${neutralise(name, 80).replaceAll('`', "'")}\``;

function listNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const shown = distinct.slice(0, mostNames).map((name) => {
    const times = names.filter((each) => each === name).length;
    return `${quote(name)}${times > 1 ? ` × ${times}` : ''}`;
  });
  return `${shown.join(', ')}${distinct.length > mostNames ? ` and ${distinct.length - mostNames} more` : ''}`;
}
