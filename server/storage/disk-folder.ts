/** A bounded folder of small texts by key: what may be lost, and must never be wrong or in the way. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface DiskFolderLimits {
  readonly mostFiles: number;
  readonly mostBytes: number;
}

/** Written with each file, so that one of another format or a torn one is not taken for what was written. */
const format = 'runlens-cache 1';

export class DiskFolder {
  readonly #folder: string;
  readonly #limits: DiskFolderLimits;
  readonly #pending = new Map<string, string>();
  #writing: Promise<void> | undefined;
  #writes = 0;

  constructor(folder: string, limits: DiskFolderLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** What was written under the key; undefined when it is absent, damaged or of another format. */
  async read(key: string): Promise<string | undefined> {
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    try {
      const path = this.#path(key);
      const content = await readFile(path, 'utf8');
      const end = content.indexOf('\n');
      const text = content.slice(end + 1);
      if (content.slice(0, end) !== header(key, text)) return undefined;
      // The least recently used go first when the folder is full.
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return text;
    } catch {
      return undefined;
    }
  }

  /** Writes in the background, whole or not at all. A full or read-only disk is no error here. */
  write(key: string, text: string): void {
    this.#pending.set(key, text);
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #drain(): Promise<void> {
    for (const [key, text] of this.#pending) {
      try {
        await mkdir(this.#folder, { recursive: true });
        this.#writes += 1;
        const temporary = join(this.#folder, `.${process.pid}-${this.#writes}.tmp`);
        await writeFile(temporary, `${header(key, text)}\n${text}`, { mode: 0o600 });
        await rename(temporary, this.#path(key));
        if (this.#writes % 20 === 1) await this.#prune();
      } catch {
        // The next start is slower, nothing else.
      }
      if (this.#pending.get(key) === text) this.#pending.delete(key);
    }
  }

  async #prune(): Promise<void> {
    const files: { readonly path: string; readonly bytes: number; readonly used: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const { size, mtimeMs } = await stat(path);
      const abandoned = name.endsWith('.tmp') && Date.now() - mtimeMs > 60_000;
      if (abandoned) await rm(path, { force: true });
      else files.push({ path, bytes: size, used: mtimeMs });
    }
    files.sort((a, b) => b.used - a.used);
    let bytes = 0;
    for (const [index, file] of files.entries()) {
      bytes += file.bytes;
      if (index >= this.#limits.mostFiles || bytes > this.#limits.mostBytes) await rm(file.path, { force: true });
    }
  }

  #path(key: string): string {
    return join(this.#folder, createHash('sha1').update(key).digest('hex'));
  }
}

const header = (key: string, text: string): string =>
  `${format} ${createHash('sha1').update(key).update('\0').update(text).digest('hex')}`;
