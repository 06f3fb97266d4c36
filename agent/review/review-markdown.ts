/** A review as a comment of a pull request. What comes from outside stands in code spans: it links and mentions nobody. */
import type { Review } from './review.ts';
import { quote } from './review.ts';
import { numbersOf, titleOf } from './review-text.ts';

const mostRows = 50;
const mostUnread = 10;
const marks = { severe: '🔴 severe', warning: '🟠 warning', notice: '🔵 notice', ok: 'ok' } as const;

export function reviewMarkdown(review: Review, now: number): string {
  const told = review.functions.filter(({ reasons }) => reasons.length > 0);
  const rest = review.functions.length - told.length;
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = told.slice(0, mostRows).map((each) => {
    const why = each.reasons.map(({ text }) => text).join('<br>');
    const place = quote(`${each.file}:${each.line}`);
    return `| ${marks[each.verdict]} | ${cell(quote(each.function))}<br>${cell(place)} | ${cell(numbersOf(each, review))} | ${cell(why)} |`;
  });
  return [
    '### Runlens: this change in production',
    '',
    quote(titleOf(review, now).slice(0, 400)).replaceAll('…`', '`'),
    '',
    ...(rows.length > 0 ? ['| verdict | function | now | why |', '| --- | --- | --- | --- |', ...rows, ''] : []),
    ...(told.length > mostRows ? [`… and ${told.length - mostRows} more functions.`, ''] : []),
    ...(rest > 0 ? [`${rest} changed ${rest === 1 ? 'function' : 'functions'} with nothing to say.`, ''] : []),
    ...(review.functions.length === 0 ? ['No function was changed.', ''] : []),
    ...review.unread.slice(0, mostUnread).map(({ file, reason }) => `- not reviewed: ${quote(file)}: ${reason}`),
  ]
    .join('\n')
    .trimEnd();
}
