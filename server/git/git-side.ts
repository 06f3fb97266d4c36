/** A text of git's that an editor shows, as a side of a diff is, and which deployed versions it belongs to. */
import { LRUCache } from 'lru-cache';
import type { URI } from 'vscode-uri';
import { z } from 'zod';
import type { Git } from './git.ts';

export interface GitSide {
  /** The file's path on disk. */
  readonly file: string;
  /** A revision; empty or `~`: what is staged. */
  readonly ref: string;
}

const querySchema = z.object({ path: z.string().min(1), ref: z.string().max(200) });

/** Out of a URI of VS Code's git extension, `git:/shop/cart.js?{"path":"/shop/cart.js","ref":"HEAD"}`; undefined: it is none. */
export function gitSideOf({ scheme, query }: URI): GitSide | undefined {
  if (scheme !== 'git') return undefined;
  try {
    const { path, ref } = querySchema.parse(JSON.parse(query));
    return { file: path, ref };
  } catch {
    return undefined;
  }
}

/** What a text is of, for people: `4f0c2d1`, `HEAD`, `the staged text`. */
export function sideName({ ref }: GitSide): string {
  if (ref === '' || ref.startsWith('~')) return 'the staged text';
  return /^[0-9a-f]{40}$/.test(ref) ? ref.slice(0, 7) : ref;
}

/** Which commits names are of, kept for a while. */
export class GitCommits {
  readonly #git: Git;
  readonly #commits = new LRUCache<string, Promise<string | undefined>>({ max: 500, ttl: 30_000 });

  constructor(git: Git) {
    this.#git = git;
  }

  /** Undefined: it names none here. Never rejects. */
  of(root: string, name: string): Promise<string | undefined> {
    if (/^[0-9a-f]{40}$/.test(name)) return Promise.resolve(name);
    if (name === '' || name.startsWith('~') || name.startsWith('-')) return Promise.resolve(undefined);
    const key = `${root}\0${name}`;
    const known = this.#commits.get(key);
    if (known) return known;
    const commit = this.#git.commit(root, name);
    this.#commits.set(key, commit);
    return commit;
  }
}
