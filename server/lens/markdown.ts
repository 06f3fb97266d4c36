/** Markdown of text that came from outside: it shows as it is and does nothing. */

/** Longer texts are cut (UTF-16 units). */
const longestText = 300;

/**
 * The text on one line with everything that Markdown or HTML could act on written so that it shows: no link, no image, no
 * emphasis, no tag, no autolink, no control or direction-changing character.
 */
export function escapeMarkdown(text: string, longest = longestText): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return shown
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+\-.!|~$:@=^'"/]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text in a code span of a table or paragraph. */
export function codeSpan(text: string, longest = longestText): string {
  const shown = (text.length > longest ? `${text.slice(0, longest)}…` : text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu, '\ufffd')
    .trim();
  if (shown === '') return '';
  // A fence longer than any within cannot be closed by the text; `|` would end a table's cell even so.
  const runs = shown.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const pad = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${shown.replaceAll('|', '\u2223')}${pad}${fence}`;
}

/** A table; cells are Markdown already. The first column is of names, the others are numbers. Empty without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  // A hover's tables have no padding of their own: its columns would touch.
  const line = (cells: readonly string[]) => `| ${cells.join(`${gap} | `)} |`;
  const alignment = `|${head.map((_, at) => (at === 0 ? ':---' : '---:')).join('|')}|`;
  return [line(head), alignment, ...rows.map(line)].join('\n');
}

const gap = '&nbsp;&nbsp;&nbsp;';
