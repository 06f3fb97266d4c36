/** Files that were moved or renamed since a revision was deployed, by git: services know them by the path they had. */
import { LRUCache } from 'lru-cache';
import type { Git } from './git.ts';

/** Paths are relative to the repository's root, with `/`. */
interface Moves {
  /** By the path now: the path then. */
  readonly former: ReadonlyMap<string, string>;
  /** The other way round. */
  readonly present: ReadonlyMap<string, string>;
}

const none: Moves = { former: new Map(), present: new Map() };
/** What was committed or staged meanwhile is seen after this. */
const keptMilliseconds = 60_000;
const mostRevisions = 4;
/** Names of revisions come from services: nothing of them may read as an option or as two revisions. */
const revisionName = /^[0-9a-zA-Z][0-9a-zA-Z_-]*(?:[./][0-9a-zA-Z_-]+)*$/;

export class MovedFiles {
  readonly #git: Git;
  readonly #revisions: () => readonly string[];
  readonly #moves = new LRUCache<string, Promise<Moves>>({ max: 50, ttl: keptMilliseconds });

  /** `revisions`: those that run, the newest first. */
  constructor(git: Git, revisions: () => readonly string[]) {
    this.#git = git;
    this.#revisions = revisions;
  }

  /** The path that a file had when it was deployed; undefined: the same, or it was not there. Never rejects. */
  former(root: string, path: string): Promise<string | undefined> {
    return this.#first(root, ({ former }) => former.get(path));
  }

  /** The path that a deployed file has now; undefined: the same, or it is gone. Never rejects. */
  present(root: string, path: string): Promise<string | undefined> {
    return this.#first(root, ({ present }) => present.get(path));
  }

  async #first(root: string, find: (moves: Moves) => string | undefined): Promise<string | undefined> {
    if (!this.#git.available) return undefined;
    const named = [...new Set(this.#revisions())].filter((name) => name.length <= 200 && revisionName.test(name));
    for (const revision of named.slice(0, mostRevisions)) {
      const found = find(await this.#of(root, revision));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #of(root: string, revision: string): Promise<Moves> {
    const key = `${root}\0${revision}`;
    const known = this.#moves.get(key);
    if (known) return known;
    const moves = this.#git.renames(root, revision).then((raw) => (raw === undefined ? none : readRenames(raw)));
    this.#moves.set(key, moves);
    return moves;
  }
}

/** Out of `--raw -z`: `:100644 100644 OLD NEW R095`, the path then, the path now, each followed by NUL. */
function readRenames(raw: string): Moves {
  const parts = raw.split('\0');
  const former = new Map<string, string>();
  const present = new Map<string, string>();
  for (let at = 0; at + 2 < parts.length; at += 3) {
    const [what, then, now] = parts.slice(at, at + 3);
    if (!what?.startsWith(':') || then === undefined || now === undefined) break;
    former.set(now, then);
    present.set(then, now);
  }
  return { former, present };
}
