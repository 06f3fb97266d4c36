/** Text from outside as Markdown that shows it as it is, on one line that wraps at its blanks. Pure. */
import { oneLine } from '../probes/shown-text.ts';

/** `longest`: UTF-16 units. */
export function plainMarkdown(text: string, longest = 300): string {
  return oneLine(text, longest)
    .replace(/&/g, '&amp;')
    .replace(/[\\`*_{}[\]()<>#+\-.!|~$:@=^'"/]/g, (character) => `&#${character.charCodeAt(0)};`);
}
