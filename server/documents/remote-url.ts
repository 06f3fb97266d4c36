/** The URL of a repository's origin, to tell its own services from those of others. */
import { execFile } from 'node:child_process';
import { LRUCache } from 'lru-cache';

const remotes = new LRUCache<string, Promise<string | undefined>>({ max: 100, ttl: 300_000 });

/** Undefined when the repository has no origin, or git cannot be run. */
export function remoteUrl(root: string): Promise<string | undefined> {
  let url = remotes.get(root);
  if (!url) {
    url = new Promise((resolve) => {
      execFile(
        'git',
        ['-C', root, 'config', '--get', 'remote.origin.url'],
        { timeout: 3_000, windowsHide: true },
        (error, stdout) => resolve(error ? undefined : stdout.trim() || undefined),
      );
    });
    remotes.set(root, url);
  }
  return url;
}
