/**
 * Texts that ran while an editor showed them, kept by their git id. A service that is started from uncommitted work runs
 * a text that git never had; once it is edited, this is the only copy.
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

  async get(blob: string): Promise<string | undefined> {
    const known = this.#memory.get(blob);
    if (known !== undefined) return known;
    const stored = await this.#disk?.read(blob);
    if (stored !== undefined) this.#memory.set(blob, stored);
    return stored;
  }

  /** The text if it is in memory. */
  peek(blob: string): string | undefined {
    return this.#memory.get(blob);
  }

  /** Keeps the text; the caller knows that `blob` is its id. */
  remember(blob: string, text: string): void {
    if (this.#memory.has(blob)) return;
    this.#memory.set(blob, text);
    this.#disk?.write(blob, text);
  }
}
