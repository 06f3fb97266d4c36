/** Texts of services, of other people and of agents, made harmless for the places in which VS Code shows them. */

/** One line without control, bidirectional and other invisible characters, cut at `longest` UTF-16 units. */
export function oneLine(text: string, longest = 200): string {
  const line = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu, '\ufffd')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** Notifications make links, also to commands, of `[text](address)`. */
export const inMessage = (text: string, longest = 500): string => oneLine(text, longest).replaceAll('](', '] (');

/** Lists, lenses and the status bar make icons of `$(name)`. */
export const withoutIcons = (text: string): string => text.replaceAll('$(', '$\u2060(');
