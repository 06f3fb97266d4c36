/** Reads a change from a git repository: its functions before and after, paired, and what they do now that they did not. */
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChangedFunction,
  type ChangeReader,
  type ChangeRequest,
  type Deployed,
  placeKey,
  type ReadChange,
} from '@runlens/agent/review/change';
import type { ProfilesResponse } from '@runlens/protocol/api/profile';
import { blobId, normalised } from '../documents/blob.ts';
import { type ParsedText, Parsers } from '../documents/parsed-text.ts';
import type { Git } from '../git/git.ts';
import { languageByPath } from '../languages/registry.ts';
import { DeployedTexts } from '../mapping/deployed-texts.ts';
import { mapDocument, versionsOf } from '../mapping/map-document.ts';
import { matchFunctions } from '../mapping/match-functions.ts';
import type { FunctionMatches } from '../mapping/matching.ts';
import { SeenTexts } from '../mapping/seen-texts.ts';
import { type ChangedPath, pairRenames, parseRaw, parseUnmerged, type RawChange } from './changed-paths.ts';
import { compareBehaviour, type FilePair, placeOf, type Sides } from './compare-behaviour.ts';
import { type FunctionAt, type SideFile, SourceSide } from './source-side.ts';

/** Files of a change beyond this are counted and not read. */
const mostFiles = 400;
/** Bytes of a file on disk; longer ones are not read. */
const mostBytes = 8_000_000;
const nothing: FunctionMatches = { pairs: new Map(), ambiguous: new Set() };
/** What no service runs: tests, and what drives tools. */
const notProgram =
  /(?:^|\/)(?:__tests__|__mocks__|tests?|specs?|e2e|fixtures|benchmarks?)\/|\.d\.[cm]?ts$|[.-](?:test|tests|spec|bench|stories)\.[^./]+$/i;

export interface Repository {
  /** Its root folder. */
  readonly root: string;
  readonly git: Git;
}

type Failed = { readonly kind: 'failed'; readonly message: string };
const failed = (message: string): Failed => ({ kind: 'failed', message });

type Owned = { dispose(): void | Promise<void> }[];

/** An agent's session may ask for many; an answer is judged within seconds of its reading. */
const mostReadings = 4;

/** A reader of the repository's changes. It keeps what the last few readings hold, all until `dispose`. */
export function changeReader(repository: Repository): ChangeReader & { dispose(): Promise<void> } {
  const readings: Owned[] = [];
  const giveBack = async (owned: Owned): Promise<void> => {
    for (const each of owned.reverse()) await each.dispose();
  };
  return {
    async read(request) {
      const owned: Owned = [];
      readings.push(owned);
      const oldest = readings.length > mostReadings ? readings.shift() : undefined;
      if (oldest) await giveBack(oldest);
      return await new Reading(repository, owned).read(request);
    },
    async dispose() {
      for (const owned of readings.splice(0)) await giveBack(owned);
    },
  };
}

interface Ends {
  readonly from: string;
  /** Undefined: the files on disk. */
  readonly to: string | undefined;
  readonly base: string;
  readonly head: string;
}

class Reading {
  readonly #root: string;
  readonly #git: Git;
  readonly #parsers = new Parsers();
  readonly #deployed: DeployedTexts;
  readonly #owned: Owned;
  readonly #unread: { file: string; reason: string }[] = [];

  constructor({ root, git }: Repository, owned: Owned) {
    this.#root = root;
    this.#git = git;
    this.#deployed = new DeployedTexts(this.#parsers, new SeenTexts(undefined), git);
    owned.push(this.#parsers, this.#deployed);
    this.#owned = owned;
  }

  async read(request: ChangeRequest): Promise<ReadChange | Failed> {
    const ends = await this.#ends(request);
    if ('kind' in ends) return ends;
    const raw = await this.#git.rawDifferences(this.#root, ends.from, ends.to);
    if (raw === undefined) {
      return failed('git could not list the changed files in time; name a nearer revision with --base.');
    }
    const changes = parseRaw(raw);
    if (ends.to === undefined) {
      for (const path of ((await this.#git.untracked(this.#root)) ?? '').split('\0')) {
        if (path !== '' && !changes.some(({ after }) => after === path)) changes.push({ status: 'added', after: path });
      }
    }
    const unmerged =
      ends.to === undefined ? parseUnmerged((await this.#git.unmerged(this.#root)) ?? '') : new Set<string>();
    const { base, head } = this.#sides(ends, changes);
    this.#owned.push(base, head);
    const pairs = await this.#pairs(changes, unmerged, base, head);
    const sides: Sides = {
      base,
      head,
      byBefore: new Map(pairs.flatMap((pair) => (pair.before ? [[pair.before.path, pair] as const] : []))),
      byAfter: new Map(pairs.flatMap((pair) => (pair.after ? [[pair.after.path, pair] as const] : []))),
    };
    const functions: ChangedFunction[] = [];
    for (const pair of pairs) functions.push(...(await functionsOf(pair, sides)));
    const repository = await this.#git.remoteUrl(this.#root);
    return {
      kind: 'change',
      base: ends.base,
      head: ends.head,
      functions,
      files: changes.length,
      unread: this.#unread,
      ...(repository === undefined ? {} : { repository }),
      deployed: (file, response, of) => this.#mapped(base, file, response, of),
    };
  }

  async #ends({ base, head }: ChangeRequest): Promise<Ends | Failed> {
    const git = this.#git;
    const root = this.#root;
    if (!(await git.works(root))) {
      return failed('git cannot be started; install it, or correct PATH: a review reads the change from git.');
    }
    const to = await git.commit(root, head ?? 'HEAD');
    if (to === undefined) {
      return failed(
        head === undefined
          ? `${root} is in no git repository with a commit; run it in the repository of the change.`
          : `git knows no revision "${head}" here; name another with --head, or fetch it.`,
      );
    }
    const wanted = base === undefined ? await this.#mainBranch() : { name: base, id: await git.commit(root, base) };
    if (base !== undefined && wanted?.id === undefined) {
      return failed(
        `git knows no revision "${base}" here; name another with --base, or fetch it (a shallow clone has few).`,
      );
    }
    const short = (id: string): string => id.slice(0, 7);
    const headName =
      head === undefined ? 'working tree' : head === short(to) || head === to ? short(to) : `${head} (${short(to)})`;
    if (wanted?.id === undefined) {
      if (head !== undefined) return failed('There is no main branch to compare with; name a revision with --base.');
      return { from: to, to: undefined, base: `HEAD (${short(to)})`, head: headName };
    }
    const from = await git.mergeBase(root, wanted.id, to);
    if (from === undefined) {
      return failed(
        `"${wanted.name}" and the change have no common commit here; fetch more of the history, or name another revision with --base.`,
      );
    }
    return { from, to: head === undefined ? undefined : to, base: `${wanted.name} (${short(from)})`, head: headName };
  }

  async #mainBranch(): Promise<{ readonly name: string; readonly id: string } | undefined> {
    for (const name of ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']) {
      const id = await this.#git.commit(this.#root, name);
      if (id !== undefined) return { name, id };
    }
    return undefined;
  }

  #sides(ends: Ends, changes: readonly RawChange[]): { readonly base: SourceSide; readonly head: SourceSide } {
    const git = this.#git;
    const root = this.#root;
    const before = new Map(
      changes.flatMap((each) => (each.before === undefined ? [] : [[each.before, each.blobBefore] as const])),
    );
    const paths = (commit: string): (() => Promise<ReadonlySet<string>>) => {
      let known: Promise<ReadonlySet<string>> | undefined;
      return () => {
        known ??= git.paths(root, commit).then((text) => new Set((text ?? '').split('\0')));
        return known;
      };
    };
    const committed = (commit: string, blobs: ReadonlyMap<string, string | undefined>): SourceSide => {
      const all = paths(commit);
      return new SourceSide(
        this.#parsers,
        async (path) => (await all()).has(path),
        (path) => git.object(root, blobs.get(path) ?? `${commit}:${path}`),
      );
    };
    const after = new Map(
      changes.flatMap((each) => (each.after === undefined ? [] : [[each.after, each.blobAfter] as const])),
    );
    return {
      base: committed(ends.from, before),
      head:
        ends.to === undefined
          ? new SourceSide(
              this.#parsers,
              async (path) => (await sizeOf(join(root, path))) !== undefined,
              (path) => textOnDisk(join(root, path)),
            )
          : committed(ends.to, after),
    };
  }

  /** The files of the change that are read, with their functions paired; why others are not goes to `unread`. */
  async #pairs(
    changes: readonly RawChange[],
    unmerged: ReadonlySet<string>,
    base: SourceSide,
    head: SourceSide,
  ): Promise<FilePair[]> {
    const program = changes.filter(({ before, after }) => {
      const path = after ?? before ?? '';
      return languageByPath(path) !== undefined && !notProgram.test(path);
    });
    const hasConflicts = ({ after }: RawChange): boolean => after !== undefined && unmerged.has(after);
    for (const change of program.filter(hasConflicts)) {
      this.#unread.push({ file: change.after ?? '', reason: 'it has conflicts that are not resolved' });
    }
    const merged = program.filter((change) => !hasConflicts(change));
    if (merged.length > mostFiles) {
      this.#unread.push({
        file: `${merged.length - mostFiles} more files`,
        reason: `only the first ${mostFiles} files of a change are read; review it in parts`,
      });
    }
    const paths = await this.#withRenames(merged.slice(0, mostFiles), base, head);
    const pairs: FilePair[] = [];
    for (const { before, after } of paths) {
      const old = before === undefined ? undefined : await base.file(before);
      const fresh = after === undefined ? undefined : await head.file(after);
      if ((before !== undefined && !old) || (after !== undefined && !fresh)) {
        this.#unread.push({
          file: after ?? before ?? '',
          reason: 'it is binary, too large, or cannot be had from git',
        });
        continue;
      }
      if (fresh?.parsed.hasError) {
        this.#unread.push({ file: fresh.path, reason: 'some of it does not parse; only what does is reviewed' });
      }
      if (old && fresh && normalised(old.text) === normalised(fresh.text)) continue;
      const matches = old && fresh ? matchFunctions(old.parsed, fresh.parsed) : nothing;
      const back = new Map([...matches.pairs].map(([d, { editor }]) => [editor, d] as const));
      pairs.push({ before: old, after: fresh, matches, back });
    }
    return pairs;
  }

  async #withRenames(changes: readonly RawChange[], base: SourceSide, head: SourceSide): Promise<ChangedPath[]> {
    const texts = async (side: SourceSide, paths: readonly (string | undefined)[]) => {
      const files = await Promise.all(
        paths.map(async (path) => (path === undefined ? undefined : await side.file(path))),
      );
      return files.flatMap((file) => (file ? [{ path: file.path, text: file.text }] : []));
    };
    const gone = changes.filter(({ status }) => status === 'deleted');
    const come = changes.filter(({ status }) => status === 'added');
    const renames = pairRenames(
      await texts(
        base,
        gone.map(({ before }) => before),
      ),
      await texts(
        head,
        come.map(({ after }) => after),
      ),
    );
    const targets = new Set(renames.values());
    return changes.flatMap((change): ChangedPath[] => {
      if (change.after !== undefined && change.before === undefined && targets.has(change.after)) return [];
      const after = change.before === undefined ? undefined : renames.get(change.before);
      return [after === undefined ? change : { ...change, after }];
    });
  }

  async #mapped(
    base: SourceSide,
    path: string,
    response: ProfilesResponse,
    of: { readonly service: string; readonly environment: string },
  ): Promise<ReadonlyMap<string, Deployed>> {
    const file = await base.file(path);
    if (!file) return new Map();
    const { definition, namespace } = file.parsed;
    const own = blobId(file.text);
    const texts = new Map<string, 'same' | ParsedText | null>();
    for (const version of versionsOf(response, of, undefined)) {
      const loaded =
        version.blob === own ? 'same' : await this.#deployed.load(version, { root: this.#root, path, definition });
      const same = loaded !== null && loaded !== 'same' && loaded.text === file.text;
      texts.set(keyOfVersion(version), same ? 'same' : loaded);
    }
    const { localName } = definition;
    const mapped = mapDocument({
      editor: file.parsed,
      response,
      chosen: of,
      onlyVersions: undefined,
      textOf: (version) => texts.get(keyOfVersion(version)) ?? null,
      ...(localName ? { localName: (name: string) => localName(name, { path, namespace }) } : {}),
    });
    return new Map(
      mapped.flatMap((each, index) => {
        const found = file.parsed.functions[index];
        return found ? [[placeKey({ function: found.name, line: found.line }), each] as const] : [];
      }),
    );
  }
}

const keyOfVersion = (version: { readonly version: string; readonly blob: string | undefined }): string =>
  `${version.version}\0${version.blob ?? ''}`;

async function functionsOf(pair: FilePair, sides: Sides): Promise<ChangedFunction[]> {
  const { before, after, matches, back } = pair;
  const changed: ChangedFunction[] = [];
  if (after) {
    for (const [index, found] of after.parsed.functions.entries()) {
      if (found.uncertain || matches.ambiguous.has(index)) continue;
      const at: FunctionAt = { file: after, index };
      const old = back.get(index);
      if (old === undefined || !before) {
        // One within another new function is told with that.
        if (isWithinNew(pair, after, index)) continue;
        const { added } = await compareBehaviour(sides, undefined, at);
        changed.push({ ...headOf(at), change: 'added', added, lost: [], ...unreadOf(after) });
        continue;
      }
      if (matches.pairs.get(old)?.unchanged) continue;
      if (ownText(pair, 'before', old) === ownText(pair, 'after', index)) continue;
      const { added, lost } = await compareBehaviour(sides, { file: before, index: old }, at);
      const parent = enclosing(before, old);
      const use = before.behaviour?.nested.get(old);
      changed.push({
        ...headOf(at),
        change: 'changed',
        before: placeOf({ file: before, index: old }),
        ...(parent === undefined
          ? {}
          : {
              within: {
                before: placeOf({ file: before, index: parent }),
                inLoop: use?.use === 'element' || use?.inLoop === true,
              },
            }),
        added,
        lost,
        ...unreadOf(after),
      });
    }
  }
  if (before) {
    for (const [index, found] of before.parsed.functions.entries()) {
      if (matches.pairs.has(index) || found.uncertain) continue;
      const parent = enclosing(before, index);
      if (parent !== undefined && !matches.pairs.has(parent)) continue;
      // A nameless one that is gone is a change of the function around it.
      if (parent !== undefined && /\(#\d+\)$/.test(found.name)) continue;
      const place = placeOf({ file: before, index });
      changed.push({ ...place, change: 'removed', before: place, added: [], lost: [] });
    }
  }
  return changed;
}

const headOf = (at: FunctionAt): Pick<ChangedFunction, 'file' | 'function' | 'line'> => placeOf(at);

const unreadOf = (file: SideFile): Pick<ChangedFunction, 'unread'> =>
  file.behaviour ? {} : { unread: 'what it calls is read in JavaScript and TypeScript only' };

/** The innermost function around one. */
function enclosing({ parsed }: SideFile, index: number): number | undefined {
  const inner = parsed.functions[index];
  if (!inner) return undefined;
  const found = parsed.functions.findLastIndex(
    (outer, at) => at < index && outer.startIndex <= inner.startIndex && outer.endIndex >= inner.endIndex,
  );
  return found === -1 ? undefined : found;
}

/** Its function around is new, too, or it is a nameless part of that. */
function isWithinNew({ back }: FilePair, after: SideFile, index: number): boolean {
  const parent = enclosing(after, index);
  if (parent === undefined) return false;
  return !back.has(parent) || /\(#\d+\)$/.test(after.parsed.functions[index]?.name ?? '');
}

/** The text of a function without that of the paired functions within it, and without blanks. */
function ownText({ before, after, matches, back }: FilePair, side: 'before' | 'after', index: number): string {
  const file = side === 'before' ? before : after;
  const own = file?.parsed.functions[index];
  if (!file || !own) return '';
  let text = '';
  let at = own.startIndex;
  for (let inner = index + 1; inner < file.parsed.functions.length; inner += 1) {
    const found = file.parsed.functions[inner];
    if (!found || found.startIndex >= own.endIndex) break;
    const isPaired = side === 'before' ? matches.pairs.has(inner) : back.has(inner);
    if (!isPaired || found.startIndex < at) continue;
    text += `${file.text.slice(at, found.startIndex)}{}`;
    at = found.endIndex;
  }
  return (text + file.text.slice(at, own.endIndex)).replace(/\s+/g, '');
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    // A link may lead out of the repository.
    const found = await lstat(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}

async function textOnDisk(path: string): Promise<string | undefined> {
  const size = await sizeOf(path);
  if (size === undefined || size > mostBytes) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
