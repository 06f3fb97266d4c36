/** A review for a terminal or a model: the worst first, what needs no look in one line. */
import { formatRate, formatSeconds } from '@runlens/protocol';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import type { TextOptions } from '../text/options.ts';
import { windowWords } from '../text/window.ts';
import type { Review, ReviewedFunction } from './review.ts';

/** Names in the line of functions of which there is nothing to say, and files that were not read. */
const mostListed = 8;

export function reviewText(review: Review, { budgetCharacters, now, style }: TextOptions): string {
  const told = review.functions.filter(({ reasons }) => reasons.length > 0);
  const rest = review.functions.filter(({ reasons }) => reasons.length === 0);
  const mark = (verdict: string): string =>
    verdict === 'severe' || verdict === 'warning' ? style.bad(verdict) : style.quiet(verdict);
  const lines = [
    style.heading(titleOf(review, now)),
    ...told.flatMap((each) => [
      `${mark(each.verdict)}  ${style.heading(neutralise(each.function))}  ${neutralise(each.file)}:${each.line}  ${style.quiet(numbersOf(each, review))}`,
      ...each.reasons.map(({ text, line }) => `    ${text}${line === each.line ? '' : ` (line ${line})`}`),
    ]),
    ...(rest.length > 0 ? [`${told.length > 0 ? 'also' : 'nothing to say of'}: ${listOf(rest, review)}`] : []),
    ...review.unread.slice(0, mostListed).map(({ file, reason }) => `not reviewed: ${neutralise(file)}: ${reason}`),
    ...(review.unread.length > mostListed
      ? [`… and ${review.unread.length - mostListed} more files not reviewed`]
      : []),
  ];
  return withinBudget(lines, budgetCharacters, 'review a part of the change, with another base.');
}

export function titleOf(review: Review, now: number): string {
  const { verdict, base, head, functions, environment, window } = review;
  const against =
    environment === null
      ? 'nothing is known of these files in production'
      : `${neutralise(environment)}${window ? `, ${windowWords(window, now)}` : ''}`;
  return `${verdict} · ${neutralise(base)} → ${neutralise(head)} · ${functions.length} changed ${functions.length === 1 ? 'function' : 'functions'} in ${review.files} ${review.files === 1 ? 'file' : 'files'} · ${against}`;
}

/** `1.2k/min, p50 3.1 ms, p99 12 ms`; an unknown is told as such. */
export function numbersOf({ production, change }: ReviewedFunction, { environment }: Review): string {
  if (!production) return change === 'added' ? 'new' : environment === null ? change : `${change}, not measured`;
  const { callsPerMinute, p50, p99, mapping } = production;
  const time = p50 === null ? '' : `, p50 ${formatSeconds(p50)}, p99 ${formatSeconds(p99 ?? p50)}`;
  const sure = mapping === 'byName' ? ', by name' : mapping === 'changed' ? ', of another text' : '';
  return `${change === 'removed' ? 'removed, ' : ''}${formatRate(callsPerMinute)}${time}${sure}`;
}

function listOf(functions: readonly ReviewedFunction[], review: Review): string {
  const shown = functions
    .slice(0, mostListed)
    .map((each) => `${neutralise(each.function, 80)} (${numbersOf(each, review)})`);
  const left = functions.length - shown.length;
  return `${shown.join('; ')}${left > 0 ? ` and ${left} more` : ''}`;
}
