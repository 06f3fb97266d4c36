/** What changed a function since a deploy: the commits that touched its lines. Names and subjects are of the repository: hostile. */
import type { ParsedText } from '../documents/parsed-text.ts';
import type { Git } from '../git/git.ts';
import type { DeployedTexts, TextPlace } from './deployed-texts.ts';
import { matchFunctions } from './match-functions.ts';
import type { MappableText } from './matching.ts';

export interface FunctionCommit {
  /** Abbreviated. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly author: string;
  readonly subject: string;
}

export interface FunctionHistory {
  /** The newest first; at most {@link mostCommits}, and one more where there are others. */
  readonly commits: readonly FunctionCommit[];
  /** The text in the editor differs from the last commit's. */
  readonly uncommitted: boolean;
}

export const mostCommits = 3;

export interface LastCommit {
  readonly id: string;
  readonly text: ParsedText;
}

/** The text of the last commit; undefined: git cannot tell, or the file is not in it. Never rejects. */
export async function lastCommit(git: Git, texts: DeployedTexts, place: TextPlace): Promise<LastCommit | undefined> {
  const id = await git.commit(place.root, 'HEAD');
  const text = id === undefined ? null : await texts.load({ version: '', blob: undefined, revision: id }, place);
  return id === undefined || text === null ? undefined : { id, text };
}

/** The function of the last commit's text that one of the editor's (by index) is; undefined: it is in no commit. */
export function committedFunction(
  { text }: LastCommit,
  editor: MappableText,
  index: number,
): { readonly firstLine: number; readonly lastLine: number; readonly unchanged: boolean } | undefined {
  for (const [at, pair] of matchFunctions(text, editor).pairs) {
    const found = pair.editor === index ? text.functions[at] : undefined;
    if (found) return { firstLine: found.headerStart.row + 1, lastLine: found.end.row + 1, unchanged: pair.unchanged };
  }
  return undefined;
}

/** The commits after `revision` that touched these lines (1-based) of the last commit's text. Never rejects. */
export async function commitsOf(
  git: Git,
  place: Pick<TextPlace, 'root' | 'path'>,
  revision: string,
  last: LastCommit,
  lines: { readonly firstLine: number; readonly lastLine: number },
): Promise<readonly FunctionCommit[]> {
  const from = await git.commit(place.root, revision);
  if (from === undefined || from === last.id) return [];
  const told = await git.logOfLines(place.root, { from, to: last.id, path: place.path, ...lines }, mostCommits + 1);
  return (told ?? '').split('\n').flatMap((line) => {
    const [id, at, author, subject] = line.split('\0');
    return id && at && author !== undefined && subject !== undefined ? [{ id, at, author, subject }] : [];
  });
}
