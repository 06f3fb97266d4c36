/** Which files a change touches, read from what git tells, with renames found by what the files hold. Pure. */

export interface ChangedPath {
  /** Before the change; absent: the file is new. */
  readonly before?: string;
  /** After it; absent: the file is gone. */
  readonly after?: string;
  /** Git's id of the text before. */
  readonly blobBefore?: string;
  /** Of the text after; absent: it is the file on disk. */
  readonly blobAfter?: string;
}

export interface RawChange extends ChangedPath {
  readonly status: 'added' | 'modified' | 'deleted';
}

const none = /^0+$/;
const regularFile = /^100(?:644|755)$/;

/** Paths of `git ls-files --unmerged -z`, each once. */
export function parseUnmerged(output: string): ReadonlySet<string> {
  return new Set(output.split('\0').flatMap((line) => /^\d{6} [0-9a-f]+ [123]\t([\s\S]+)$/.exec(line)?.[1] ?? []));
}

/** Reads `git diff --raw -z --no-renames`; links and submodules are left out, as they hold no functions. */
export function parseRaw(output: string): RawChange[] {
  const parts = output.split('\0');
  const changes = new Map<string, RawChange>();
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const match = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) [A-Z]/.exec(parts[at] ?? '');
    const path = parts[at + 1];
    if (!match || path === undefined) break;
    const [, modeBefore = '', modeAfter = '', before = '', after = ''] = match;
    const had = regularFile.test(modeBefore);
    const has = regularFile.test(modeAfter);
    if (!had && !has) continue;
    changes.set(path, {
      status: had && has ? 'modified' : has ? 'added' : 'deleted',
      ...(had ? { before: path, blobBefore: before } : {}),
      ...(has ? { after: path, ...(none.test(after) ? {} : { blobAfter: after }) } : {}),
    });
  }
  return [...changes.values()];
}

export interface Candidate {
  readonly path: string;
  readonly text: string;
}

/** A file that shares less of its lines with another is another file. */
const leastAlike = 0.5;
/** More pairs than this are not compared. */
const mostPairs = 2_500;

/** For files that went and files that came, which came from which: by their lines, the most alike first. */
export function pairRenames(gone: readonly Candidate[], come: readonly Candidate[]): Map<string, string> {
  if (gone.length * come.length > mostPairs) return new Map();
  const lines = (text: string): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const line of text.split('\n')) {
      const trimmed = line.trim();
      if (trimmed.length > 2) counts.set(trimmed, (counts.get(trimmed) ?? 0) + 1);
    }
    return counts;
  };
  const after = come.map(({ path, text }) => ({ path, lines: lines(text) }));
  const alike = gone.flatMap(({ path: before, text }) => {
    const ofBefore = lines(text);
    return after.map((each) => ({ before, after: each.path, share: share(ofBefore, each.lines) }));
  });
  const pairs = new Map<string, string>();
  const taken = new Set<string>();
  for (const one of alike.filter(({ share: of }) => of >= leastAlike).sort((a, b) => b.share - a.share)) {
    if (pairs.has(one.before) || taken.has(one.after)) continue;
    pairs.set(one.before, one.after);
    taken.add(one.after);
  }
  return pairs;
}

function share(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let common = 0;
  let ofOne = 0;
  let ofOther = 0;
  for (const [line, count] of one) {
    ofOne += count;
    common += Math.min(count, other.get(line) ?? 0);
  }
  for (const count of other.values()) ofOther += count;
  return common / Math.max(1, ofOne, ofOther);
}
