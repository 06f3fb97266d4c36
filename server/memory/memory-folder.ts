/** The folder of a repository in which memories lie. What is in a repository is somebody else's: no link is followed. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryLimits } from '@runlens/agent/memory/memory';

/** Relative to the repository's root, with `/`. */
export const memoryFolder = '.runlens/memory';

export class MemoryFolderError extends Error {
  override readonly name = 'MemoryFolderError';
}

export interface FolderFile {
  readonly name: string;
  /** Undefined: it could not be read. */
  readonly content: string | undefined;
}

const fileName = /^[\w.-]{1,150}\.md$/;
/** On Windows there is no such flag; there links need rights of their own. */
const noFollow = constants.O_NOFOLLOW ?? 0;

export class MemoryFolder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** By name, which begins with the date; newest first. `more`: files that were not read, as there are too many. */
  async read(): Promise<{ readonly files: readonly FolderFile[]; readonly more: number }> {
    if (!(await this.#isThere())) return { files: [], more: 0 };
    const entries = await readdir(join(this.#root, memoryFolder), { withFileTypes: true });
    const names = entries.flatMap((entry) => (entry.isFile() && fileName.test(entry.name) ? [entry.name] : []));
    names.sort().reverse();
    const files: FolderFile[] = [];
    for (const name of names.slice(0, memoryLimits.memories)) files.push({ name, content: await this.#content(name) });
    return { files, more: Math.max(0, names.length - memoryLimits.memories) };
  }

  /** Throws a {@link MemoryFolderError} where that would leave the repository; never writes over a file. */
  async add(name: string, content: string): Promise<void> {
    await this.#make();
    const path = this.#pathOf(name);
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o644);
    try {
      await file.writeFile(content, 'utf8');
    } catch (error) {
      await unlink(path).catch(() => undefined); // a part of a memory is none
      throw error;
    } finally {
      await file.close();
    }
  }

  async remove(name: string): Promise<void> {
    if (await this.#isThere()) await unlink(this.#pathOf(name));
  }

  #pathOf(name: string): string {
    if (!fileName.test(name))
      throw new MemoryFolderError(`${JSON.stringify(name.slice(0, 80))} is no name of a memory's file.`);
    return join(this.#root, memoryFolder, name);
  }

  async #content(name: string): Promise<string | undefined> {
    try {
      const file = await open(this.#pathOf(name), constants.O_RDONLY | noFollow);
      try {
        const { size } = await file.stat();
        return size > memoryLimits.bytes ? undefined : await file.readFile('utf8');
      } finally {
        await file.close();
      }
    } catch {
      return undefined;
    }
  }

  /** False: there is none yet. */
  async #isThere(): Promise<boolean> {
    let path = this.#root;
    for (const part of memoryFolder.split('/')) {
      path = join(path, part);
      const found = await lstat(path).catch(() => undefined);
      if (found === undefined) return false;
      if (!found.isDirectory()) {
        throw new MemoryFolderError(
          `${memoryFolder} is not a folder of this repository (${part} is ${found.isSymbolicLink() ? 'a link' : 'a file'}): make it one.`,
        );
      }
    }
    return true;
  }

  async #make(): Promise<void> {
    if (await this.#isThere()) return;
    await mkdir(join(this.#root, memoryFolder), { recursive: true });
    // A link may have come in between.
    await this.#isThere();
  }
}
