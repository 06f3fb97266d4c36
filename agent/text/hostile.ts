/**
 * Names of services, files, functions and errors come from production, so from anyone who can make a service throw.
 * Terminals obey escape sequences, people are misled by direction marks, and models by sentences that look like orders.
 */

/**
 * Controls (so every terminal escape), formats (direction marks, tag characters), separators of lines, lone surrogates,
 * private use, and whatever else Unicode draws as nothing, by which text for a model can be smuggled past people.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/** The longest name that is shown; a qualified name or a path beyond it is not written by people. */
export const maxNameCharacters = 200;

/** Text from outside on one line: unsafe characters become `�`, blanks one blank, the end is cut with `…`. */
export function neutralise(text: string, maxCharacters: number = maxNameCharacters): string {
  // Cut first, generously: a hostile name may be megabytes long.
  const head = text.slice(0, maxCharacters * 4);
  const clean = head
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replace(unsafe, '\ufffd')
    .replace(/\s+/gu, ' ')
    .trim();
  const characters = Array.from(clean);
  if (characters.length <= maxCharacters && head.length === text.length) return clean;
  return `${characters.slice(0, maxCharacters - 1).join('')}…`;
}
