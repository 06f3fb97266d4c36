/** Who owns a file, as hosts of repositories read CODEOWNERS: the last line that fits counts. */
import ignore from 'ignore';

export type OwnersOf = (file: string) => readonly string[] | undefined;

/** In the order in which they are looked for. */
export const codeOwnersPlaces = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'] as const;

/** `text`: undefined: the repository has none. */
export function codeOwners(text: string | undefined): OwnersOf {
  if (text === undefined) return () => undefined;
  const rules = text
    .split(/\r?\n/)
    .map((line) =>
      line
        .replace(/(?:^|\s)#.*$/, '')
        .trim()
        .split(/\s+/),
    )
    // `[Section]` of GitLab's, and what CODEOWNERS does not allow: to take a file out again.
    .filter(([pattern = '']) => pattern !== '' && !/^[[^!]/.test(pattern))
    .map(([pattern = '', ...owners]) => ({ fits: ignore().add(pattern), owners }));
  return (file) => rules.findLast(({ fits }) => fits.ignores(file))?.owners ?? [];
}
