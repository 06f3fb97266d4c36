/**
 * Texts that ran while an editor showed them, kept by their git id. A service that is started from uncommitted work runs
 * a text that git never had; once it is edited, this is the only copy. Each repository has its own: that a text was seen
 * in another says nothing of the one that is asked about.
 */
import { LRUCache } from 'lru-cache';
import type { DiskFolder } from '../storage/disk-folder.ts';

export class SeenTexts {
  readonly #memory = new LRUCache<string, string>({
    max: 200,
    maxSize: 20_000_000,
    sizeCalculation: (text) => Math.max(1, text.length),
  });
  readonly #disk: DiskFolder | undefined;

  constructor(disk: DiskFolder | undefined) {
    this.#disk = disk;
  }

  async get(root: string, blob: string): Promise<string | undefined> {
    const key = keyOf(root, blob);
    const known = this.#memory.get(key);
    if (known !== undefined) return known;
    const stored = await this.#disk?.read(key);
    if (stored !== undefined) this.#memory.set(key, stored);
    return stored;
  }

  /** The text if it is in memory. */
  peek(root: string, blob: string): string | undefined {
    return this.#memory.get(keyOf(root, blob));
  }

  /** Keeps the text; the caller knows that `blob` is its id. */
  remember(root: string, blob: string, text: string): void {
    const key = keyOf(root, blob);
    if (this.#memory.has(key)) return;
    this.#memory.set(key, text);
    this.#disk?.write(key, text);
  }
}

const keyOf = (root: string, blob: string): string => `${blob}\0${root}`;
