/** Where functions of a memory are in the working copy now, and whether they are what they were. */
import { createHash } from 'node:crypto';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FunctionName, FunctionStanding, RememberedFunction } from '@runlens/agent/memory/memory';
import { diffLines } from 'diff';
import { blobId, normalised } from '../documents/blob.ts';
import { type ParsedText, Parsers } from '../documents/parsed-text.ts';
import type { Git } from '../git/git.ts';
import { languageByPath } from '../languages/registry.ts';
import { matchFunctions } from '../mapping/match-functions.ts';
import { pairRenames, parseRaw } from '../review/changed-paths.ts';

const mostBytes = 2_000_000;
/** Files that are looked through for a function that left its own. */
const mostFilesSearched = 60;
/** A shorter content is found in too many functions to tell which one it is. */
const shortestTellingContent = 60;

export class FunctionPlaces implements Disposable {
  readonly #root: string;
  readonly #git: Git;
  readonly #parsers = new Parsers();
  readonly #parsed = new Map<string, Promise<ParsedText | undefined>>();
  readonly #changed = new Map<string, Promise<Changed>>();

  constructor(root: string, git: Git) {
    this.#root = root;
    this.#git = git;
  }

  /** As it is now; a sentence where it is not there. */
  async describe({ file, function: name, line }: FunctionName): Promise<RememberedFunction | string> {
    const parsed = await this.#now(file);
    if (!parsed) return `${file} is no source file in this repository that can be read`;
    const named = indexesOf(parsed, name);
    const [index, ...others] = line === undefined ? named : named.filter((at) => parsed.functions[at]?.line === line);
    const found = parsed.functions[index ?? -1];
    if (index === undefined || !found) {
      const near = [...new Set(parsed.functions.map((each) => each.name))].slice(0, 10).join(', ');
      return named.length > 0
        ? `${file} has ${named.length} functions named ${name}, none on line ${line}: lines ${named.map((at) => parsed.functions[at]?.line).join(', ')}`
        : `${file} has no function named ${name}; it has ${near || 'none'}`;
    }
    if (others.length > 0) return `${file} has ${others.length + 1} functions named ${name}: give the line`;
    return { file, function: name, line: found.line, body: bodyOf(parsed, index), blob: blobId(parsed.text) };
  }

  async standing(was: RememberedFunction, revision: string | undefined): Promise<FunctionStanding> {
    const since = revision === undefined ? 'since it was written' : `since ${revision.slice(0, 7)}`;
    const before = await this.#before(was, revision);
    const file = (await this.#isThere(was.file)) ? was.file : await this.#renamedTo(was.file, revision);
    const now = file === undefined ? undefined : await this.#now(file);
    if (file !== undefined && !now) return { kind: 'unknown', what: `${file} cannot be read` };
    if (file !== undefined && now) {
      const index = indexIn(now, was, before);
      if (index !== undefined) return standingAt(now, index, file, was, before, since);
    }
    const elsewhere = await this.#elsewhere(was, revision);
    if (elsewhere) return elsewhere;
    return {
      kind: 'gone',
      what:
        file === undefined
          ? `${was.file} is gone ${since}`
          : `${file} has no function ${was.function} any more, nor one like it, ${since}`,
    };
  }

  [Symbol.dispose](): void {
    for (const each of this.#parsed.values()) void each.then((parsed) => parsed?.dispose());
    this.#parsed.clear();
    this.#parsers.dispose();
  }

  /** The text of then, if git has it: as it was written, or as it was committed just before. */
  async #before(was: RememberedFunction, revision: string | undefined): Promise<Before | undefined> {
    const text =
      (await this.#git.object(this.#root, was.blob)) ??
      (revision === undefined ? undefined : await this.#git.object(this.#root, `${revision}:${was.file}`));
    if (text === undefined || text.length > mostBytes) return undefined;
    const parsed = await this.#parse(`before\0${blobId(text)}\0${was.file}`, was.file, async () => text);
    if (!parsed) return undefined;
    const index = indexesOf(parsed, was.function).find((at) => bodyOf(parsed, at) === was.body);
    return index === undefined ? undefined : { parsed, index };
  }

  async #renamedTo(file: string, revision: string | undefined): Promise<string | undefined> {
    if (revision === undefined) return undefined;
    return (await this.#changesSince(revision)).renames.get(file);
  }

  /** The same content, once, in a file that changed. */
  async #elsewhere(was: RememberedFunction, revision: string | undefined): Promise<FunctionStanding | undefined> {
    if (revision === undefined) return undefined;
    const found: FunctionStanding[] = [];
    for (const path of (await this.#changesSince(revision)).files) {
      const parsed = await this.#now(path);
      for (const [index, each] of parsed?.functions.entries() ?? []) {
        if (!parsed || parsed.fingerprint(index).length < shortestTellingContent) continue;
        if (bodyOf(parsed, index) !== was.body) continue;
        found.push({ kind: 'moved', file: path, function: each.name, line: each.line });
      }
    }
    return found.length === 1 ? found[0] : undefined;
  }

  #changesSince(revision: string): Promise<Changed> {
    const known = this.#changed.get(revision) ?? this.#lookForChanges(revision);
    this.#changed.set(revision, known);
    return known;
  }

  async #lookForChanges(revision: string): Promise<Changed> {
    const raw = parseRaw((await this.#git.rawDifferences(this.#root, revision, undefined)) ?? '');
    const untracked = ((await this.#git.untracked(this.#root)) ?? '').split('\0').filter((path) => path !== '');
    const isSource = (path: string): boolean => languageByPath(path) !== undefined;
    const gone = raw.flatMap(({ status, before }) => (status === 'deleted' && before !== undefined ? [before] : []));
    const come = [
      ...raw.flatMap(({ status, after }) => (status === 'added' && after !== undefined ? [after] : [])),
      ...untracked,
    ];
    const texts = async (paths: readonly string[], read: (path: string) => Promise<string | undefined>) => {
      const all = await Promise.all(
        paths
          .filter(isSource)
          .slice(0, mostFilesSearched)
          .map(async (path) => ({ path, text: await read(path) })),
      );
      return all.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }]));
    };
    const renames = pairRenames(
      await texts(gone, (path) => this.#git.object(this.#root, `${revision}:${path}`)),
      await texts(come, (path) => this.#read(path)),
    );
    const files = [...raw.flatMap(({ after }) => (after === undefined ? [] : [after])), ...untracked];
    return { renames, files: files.filter(isSource).slice(0, mostFilesSearched) };
  }

  #now(file: string): Promise<ParsedText | undefined> {
    return this.#parse(`now\0${file}`, file, () => this.#read(file));
  }

  #parse(key: string, path: string, read: () => Promise<string | undefined>): Promise<ParsedText | undefined> {
    const known = this.#parsed.get(key) ?? this.#reading(path, read);
    this.#parsed.set(key, known);
    return known;
  }

  async #reading(path: string, read: () => Promise<string | undefined>): Promise<ParsedText | undefined> {
    const definition = languageByPath(path);
    const text = definition && (await read());
    if (definition === undefined || text === undefined) return undefined;
    const result = await this.#parsers.parse(definition, normalised(text));
    return result.kind === 'parsed' ? result.parsed : undefined;
  }

  async #isThere(file: string): Promise<boolean> {
    return (await lstat(join(this.#root, file)).catch(() => undefined))?.isFile() ?? false;
  }

  /** Only files of the repository: a link may lead out of it, also one above the file. */
  async #read(file: string): Promise<string | undefined> {
    try {
      const path = join(this.#root, file);
      const real = relative(await realpath(this.#root), await realpath(path));
      if (real.split(sep).join('/') !== file) return undefined;
      const found = await lstat(path);
      return found.isFile() && found.size <= mostBytes ? await readFile(path, 'utf8') : undefined;
    } catch {
      return undefined;
    }
  }
}

interface Before {
  readonly parsed: ParsedText;
  readonly index: number;
}

interface Changed {
  readonly renames: ReadonlyMap<string, string>;
  readonly files: readonly string[];
}

const indexesOf = ({ functions }: ParsedText, name: string): number[] =>
  functions.flatMap((each, index) => (each.name === name ? [index] : []));

const bodyOf = (parsed: ParsedText, index: number): string =>
  createHash('sha256').update(parsed.fingerprint(index)).digest('hex').slice(0, 16);

/** The function that it is now, by name, content, and at last by how alike the lines of what went and what came are. */
function indexIn(now: ParsedText, was: RememberedFunction, before: Before | undefined): number | undefined {
  const named = indexesOf(now, was.function);
  const same = named.filter((index) => bodyOf(now, index) === was.body);
  if (same.length > 0) return same[0];
  if (named.length === 1) return named[0];
  if (before) {
    const matches = matchFunctions(before.parsed, now);
    const pair = matches.pairs.get(before.index);
    if (pair) return pair.editor;
    const paired = new Set([...matches.pairs.values()].map(({ editor }) => editor));
    const candidates = (parsed: ParsedText, isFree: (index: number) => boolean) =>
      parsed.functions.flatMap((_, index) =>
        isFree(index) ? [{ path: String(index), text: parsed.textOf(index) }] : [],
      );
    const alike = pairRenames(
      candidates(before.parsed, (index) => !matches.pairs.has(index)),
      candidates(now, (index) => !paired.has(index)),
    ).get(String(before.index));
    if (alike !== undefined) return Number(alike);
  }
  const byContent = now.functions.flatMap((_, index) =>
    now.fingerprint(index).length >= shortestTellingContent && bodyOf(now, index) === was.body ? [index] : [],
  );
  return byContent.length === 1 ? byContent[0] : undefined;
}

function standingAt(
  now: ParsedText,
  index: number,
  file: string,
  was: RememberedFunction,
  before: Before | undefined,
  since: string,
): FunctionStanding {
  const { name = was.function, line = 1 } = now.functions[index] ?? {};
  const at = { file, function: name, line };
  if (bodyOf(now, index) === was.body) {
    return file === was.file && name === was.function ? { kind: 'same', ...at } : { kind: 'moved', ...at };
  }
  const renamed = file === was.file && name === was.function ? '' : `it is now ${name} in ${file}, and `;
  return { kind: 'changed', ...at, what: `${renamed}its body has changed ${since}${linesWords(before, now, index)}` };
}

function linesWords(before: Before | undefined, now: ParsedText, index: number): string {
  if (!before) return '';
  const [old, fresh] = [before.parsed.textOf(before.index), now.textOf(index)];
  const parts = diffLines(`${old}\n`, `${fresh}\n`);
  const count = (which: 'added' | 'removed'): number =>
    parts.reduce((sum, part) => sum + (part[which] ? part.count : 0), 0);
  return `: ${count('added')} lines added, ${count('removed')} taken away`;
}
