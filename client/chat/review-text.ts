/** A review as the parts of a chat's answer: the figures are Runlens's own, and no model's. Pure. */
import type { Location, ReviewedChange } from '@runlens/protocol/lsp';
import { oneLine } from '../probes/shown-text.ts';
import { plainMarkdown } from './plain-markdown.ts';

export type ReviewPart =
  | { readonly kind: 'markdown'; readonly text: string }
  | { readonly kind: 'anchor'; readonly location: Location; readonly title: string };

const mostFunctions = 12;
const mostUnread = 5;

export function reviewParts(review: ReviewedChange): readonly ReviewPart[] {
  const told = review.functions.filter(({ reasons }) => reasons.length > 0);
  const rest = review.functions.length - told.length;
  const parts: ReviewPart[] = [markdown(`**${plainMarkdown(review.title)}**\n\n`)];
  if (review.withoutFacts !== null) {
    parts.push(
      markdown(
        `No figures from production, so the text alone is judged: ${plainMarkdown(review.withoutFacts, 400)}\n\n`,
      ),
    );
  }
  for (const each of told.slice(0, mostFunctions)) {
    parts.push(markdown(`- ${each.verdict} · `));
    const name = oneLine(each.function, 100);
    parts.push(markdown(`**${plainMarkdown(name)}** `));
    if (each.location) parts.push({ kind: 'anchor', location: each.location, title: name });
    else parts.push(markdown(plainMarkdown(each.file)));
    if (each.folder !== undefined) parts.push(markdown(` in ${plainMarkdown(each.folder)}`));
    parts.push(markdown(` · ${plainMarkdown(each.numbers)}\n`));
    for (const { text } of each.reasons) parts.push(markdown(`  - ${withCode(text)}\n`));
  }
  if (told.length > mostFunctions) parts.push(markdown(`- … and ${told.length - mostFunctions} more functions\n`));
  if (rest > 0)
    parts.push(markdown(`- ${rest} changed ${rest === 1 ? 'function' : 'functions'} with nothing to say\n`));
  if (review.functions.length === 0) parts.push(markdown('No function was changed.\n'));
  for (const { file, reason } of review.unread.slice(0, mostUnread)) {
    parts.push(markdown(`- not reviewed: ${plainMarkdown(file)}: ${plainMarkdown(reason)}\n`));
  }
  parts.push(markdown('\n'));
  return parts;
}

const markdown = (text: string): ReviewPart => ({ kind: 'markdown', text });

/** The sentences of a review have names in backquotes, which hold none themselves. */
function withCode(text: string): string {
  return oneLine(text, 600)
    .split(/(`[^`]*`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? part : plainMarkdown(part, 600)))
    .join('');
}
