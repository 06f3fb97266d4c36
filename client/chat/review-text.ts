/** A review as the parts of a chat's answer: the figures are Runlens's own, and no model's. Pure. */
import type { Location, ReviewedChange, ReviewVerdict } from '@runlens/protocol/lsp';
import { oneLine } from '../probes/shown-text.ts';

export type ReviewPart =
  | { readonly kind: 'markdown'; readonly text: string }
  | { readonly kind: 'anchor'; readonly location: Location; readonly title: string };

export const verdictMarks: Readonly<Record<ReviewVerdict, string>> = {
  severe: '🔴',
  warning: '🟠',
  notice: '🔵',
  ok: '⚪',
};

const mostFunctions = 12;
const mostUnread = 5;

export function reviewParts(review: ReviewedChange): readonly ReviewPart[] {
  const told = review.functions.filter(({ reasons }) => reasons.length > 0);
  const rest = review.functions.length - told.length;
  const parts: ReviewPart[] = [markdown(`**${plain(review.title)}**\n\n`)];
  if (review.withoutFacts !== null) {
    parts.push(
      markdown(`No figures from production, so the text alone is judged: ${plain(review.withoutFacts, 400)}\n\n`),
    );
  }
  for (const each of told.slice(0, mostFunctions)) {
    parts.push(markdown(`- ${verdictMarks[each.verdict]} ${each.verdict} · `));
    if (each.location) parts.push({ kind: 'anchor', location: each.location, title: oneLine(each.function, 100) });
    else parts.push(markdown(plain(each.function)));
    parts.push(markdown(` ${plain(each.file)} · ${plain(each.numbers)}\n`));
    for (const { text } of each.reasons) parts.push(markdown(`  - ${withCode(text)}\n`));
  }
  if (told.length > mostFunctions) parts.push(markdown(`- … and ${told.length - mostFunctions} more functions\n`));
  if (rest > 0)
    parts.push(markdown(`- ${rest} changed ${rest === 1 ? 'function' : 'functions'} with nothing to say\n`));
  if (review.functions.length === 0) parts.push(markdown('No function was changed.\n'));
  for (const { file, reason } of review.unread.slice(0, mostUnread)) {
    parts.push(markdown(`- not reviewed: ${plain(file)}: ${plain(reason)}\n`));
  }
  parts.push(markdown('\n'));
  return parts;
}

const markdown = (text: string): ReviewPart => ({ kind: 'markdown', text });

/** Everything that Markdown could act on, written so that it shows. */
function plain(text: string, longest = 300): string {
  return oneLine(text, longest)
    .replace(/&/g, '&amp;')
    .replace(/[\\`*_{}[\]()<>#+\-.!|~$:@=^'"/]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The sentences of a review have names in backquotes, which hold none themselves. */
function withCode(text: string): string {
  return oneLine(text, 600)
    .split(/(`[^`]*`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? part : plain(part, 600)))
    .join('');
}
