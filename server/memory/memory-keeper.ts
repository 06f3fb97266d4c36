/** The memories of a repository: read from its files, tied to its functions, written by one asker. */
import { randomInt } from 'node:crypto';
import {
  type Failed,
  type FunctionStanding,
  type Memory,
  type MemoryKeeper,
  memoryLimits,
  memorySchema,
  type NewMemory,
  type RememberedFunction,
  type Shelf,
} from '@runlens/agent/memory/memory';
import { neutralise } from '@runlens/agent/text/hostile';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import type { Git } from '../git/git.ts';
import { parseRaw } from '../review/changed-paths.ts';
import { FunctionPlaces } from './function-places.ts';
import { memoryFileName, readMemory, writeMemory } from './memory-file.ts';
import { MemoryFolder, MemoryFolderError, memoryFolder } from './memory-folder.ts';

export interface MemoryRepository {
  /** Its root folder. */
  readonly root: string;
  readonly git: Git;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const failed = (message: string): Failed => ({ kind: 'failed', message });
const mostTouched = 200;

export function memoryKeeper(repository: MemoryRepository, asker: MemoryKeeper['asker']): MemoryKeeper {
  return new RepositoryMemory(repository, asker);
}

class RepositoryMemory implements MemoryKeeper {
  readonly asker: MemoryKeeper['asker'];
  readonly #repository: MemoryRepository;
  readonly #folder: MemoryFolder;
  readonly #redactor = new Redactor();

  constructor(repository: MemoryRepository, { agent, session }: MemoryKeeper['asker']) {
    this.#repository = repository;
    this.#folder = new MemoryFolder(repository.root);
    this.asker = { agent: neutralise(agent, 100) || 'unknown', session: neutralise(session, 100) || 'unknown' };
  }

  async read(): Promise<Shelf | Failed> {
    try {
      const { memories, unread } = await this.#files();
      return { kind: 'shelf', memories: [...memories.values()], unread };
    } catch (error) {
      return explained(error);
    }
  }

  async add(memory: NewMemory): ReturnType<MemoryKeeper['add']> {
    const { root, git, now } = this.#repository;
    try {
      using places = new FunctionPlaces(root, git);
      const functions: RememberedFunction[] = [];
      for (const each of memory.functions) {
        const described = await places.describe(each);
        if (typeof described === 'string') return failed(`It was not remembered: ${described}.`);
        functions.push(described);
      }
      const { memories, names } = await this.#files();
      const replaced = memory.replaces === undefined ? undefined : names.get(memory.replaces);
      if (memory.replaces !== undefined && replaced === undefined) return noSuch(memory.replaces);
      if (memories.size >= memoryLimits.memories && replaced === undefined) {
        return failed(
          `${memoryFolder} holds ${memoryLimits.memories} memories, which is the most: forget some first, or give "replaces".`,
        );
      }
      let hidden = 0;
      const clean = (text: string, most: number, lines = false): string => {
        const shown = this.#redactor.text(lines ? cleanLines(text) : neutralise(text, most));
        hidden += shown.redacted;
        return shown.text.slice(0, most);
      };
      const author = await git.userName(root);
      const revision = await git.commit(root, 'HEAD');
      const whole = memorySchema.safeParse({
        id: newId(),
        kind: memory.kind,
        title: clean(memory.title, memoryLimits.title),
        text: clean(memory.text, memoryLimits.text, true),
        ...this.asker,
        ...(author === undefined ? {} : { author: neutralise(author, 100) }),
        at: new Date(now()).toISOString(),
        ...(revision === undefined ? {} : { revision }),
        functions,
        services: memory.services.map((each) => clean(each, 200)),
        events: memory.events.map((each) => clean(each, 200)),
        evidence: memory.evidence,
        open: memory.open.map((each) => clean(each, memoryLimits.openText)),
      });
      if (!whole.success) {
        const [issue] = whole.error.issues;
        return failed(`It was not remembered: ${issue?.path.join('.')}: ${issue?.message}.`);
      }
      const content = writeMemory(whole.data);
      const back = readMemory(content);
      if (back.kind === 'unread') return failed(`It was not remembered: ${back.reason}.`);
      const name = memoryFileName(whole.data);
      await this.#folder.add(name, content);
      if (replaced !== undefined) await this.#folder.remove(replaced);
      return { kind: 'added', memory: whole.data, file: `${memoryFolder}/${name}`, hidden };
    } catch (error) {
      return explained(error);
    }
  }

  async remove(id: string): ReturnType<MemoryKeeper['remove']> {
    try {
      const { memories, names } = await this.#files();
      const [memory, name] = [memories.get(id), names.get(id)];
      if (memory === undefined || name === undefined) return noSuch(id);
      await this.#folder.remove(name);
      return { kind: 'removed', memory, file: `${memoryFolder}/${name}` };
    } catch (error) {
      return explained(error);
    }
  }

  async standing(memory: Memory): Promise<readonly FunctionStanding[]> {
    const { root, git } = this.#repository;
    using places = new FunctionPlaces(root, git);
    const standings: FunctionStanding[] = [];
    for (const each of memory.functions) standings.push(await places.standing(each, memory.revision));
    return standings;
  }

  async touched(): Promise<readonly string[]> {
    const { root, git } = this.#repository;
    const head = await git.commit(root, 'HEAD');
    if (head === undefined) return [];
    const changed = parseRaw((await git.rawDifferences(root, head, undefined)) ?? '').flatMap(
      ({ before, after }) => after ?? before ?? [],
    );
    const untracked = ((await git.untracked(root)) ?? '').split('\0').filter((path) => path !== '');
    return [...changed, ...untracked].filter((path) => !path.startsWith(`${memoryFolder}/`)).slice(0, mostTouched);
  }

  async #files() {
    const { files, more } = await this.#folder.read();
    const memories = new Map<string, Memory>();
    const names = new Map<string, string>();
    const unread: { file: string; reason: string }[] = [];
    for (const { name, content } of files) {
      const file = `${memoryFolder}/${name}`;
      const read = content === undefined ? undefined : readMemory(content);
      if (read?.kind !== 'memory') {
        unread.push({ file, reason: read?.reason ?? 'it is a link, too long, or cannot be read' });
      } else if (memories.has(read.memory.id)) {
        unread.push({ file, reason: `it has the id of ${names.get(read.memory.id)}` });
      } else {
        memories.set(read.memory.id, read.memory);
        names.set(read.memory.id, name);
      }
    }
    if (more > 0) unread.push({ file: `${more} older files`, reason: `only ${memoryLimits.memories} are read` });
    const newest = [...memories].sort(([, one], [, other]) => (one.at < other.at ? 1 : -1));
    return { memories: new Map(newest), names, unread };
  }
}

/** Lines stay; what could mislead a terminal, a person or a model goes, line by line. */
const cleanLines = (text: string): string =>
  text
    .split(/\r\n?|\n/)
    .map((line) => `${/^ {0,8}/.exec(line)?.[0] ?? ''}${neutralise(line, memoryLimits.text)}`)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();

const digits = '0123456789abcdefghijklmnopqrstuvwxyz';
const newId = (): string => `m-${Array.from({ length: 10 }, () => digits[randomInt(digits.length)]).join('')}`;

const noSuch = (id: string): Failed =>
  failed(`There is no memory ${id} in ${memoryFolder}; runlens_recall tells those that there are.`);

/** What the file system refuses is told; the rest is a fault. */
function explained(error: unknown): Failed {
  if (error instanceof MemoryFolderError) return failed(error.message);
  if (error instanceof Error && 'code' in error) {
    return failed(`${memoryFolder} cannot be used (${String(error.code)}): look at its rights, and at the disk.`);
  }
  throw error;
}
