/** The URLs of repositories' origins, to tell their own services from those of others. */
import { LRUCache } from 'lru-cache';
import type { Git } from './git.ts';

export class RemoteUrls {
  readonly #git: Git;
  readonly #urls = new LRUCache<string, Promise<string | undefined>>({ max: 100, ttl: 300_000 });

  constructor(git: Git) {
    this.#git = git;
  }

  /** Undefined when the repository has no origin, or git cannot be run. Never rejects. */
  of(root: string): Promise<string | undefined> {
    const known = this.#urls.get(root);
    if (known) return known;
    if (!this.#git.available) return Promise.resolve(undefined);
    const url = this.#git.remoteUrl(root);
    this.#urls.set(root, url);
    return url;
  }
}
