/**
 * The texts that services run, by what their sensors told: git's object id of the text, or the revision. Looked for
 * where it costs least: a text this editor has shown while it ran, the file on disk, git's objects, the revision in git.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { blobId } from '../documents/blob.ts';
import type { ParsedText, Parsers } from '../documents/parsed-text.ts';
import type { Git } from '../git/git.ts';
import type { LanguageDefinition } from '../languages/definition.ts';
import type { DeployedVersion } from './map-document.ts';
import type { SeenTexts } from './seen-texts.ts';

export interface TextPlace {
  readonly root: string;
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly definition: LanguageDefinition;
}

/** A text that was not found is looked for again after this: it may have been fetched or committed. */
const absentMilliseconds = 60_000;

export class DeployedTexts {
  readonly #parsers: Parsers;
  readonly #seen: SeenTexts;
  readonly #texts: LRUCache<string, ParsedText>;
  readonly #absent = new LRUCache<string, true>({ max: 1_000, ttl: absentMilliseconds });
  readonly #pending = new Map<string, Promise<ParsedText | null>>();
  readonly #git: Git;

  constructor(parsers: Parsers, seen: SeenTexts, git: Git) {
    this.#git = git;
    this.#parsers = parsers;
    this.#seen = seen;
    this.#texts = new LRUCache({
      max: 64,
      maxSize: 40_000_000,
      sizeCalculation: (parsed) => Math.max(1, parsed.text.length),
      // A document that is being mapped may still hold it for the rest of this turn of the event loop.
      dispose: (parsed) => setTimeout(() => parsed.dispose(), 1_000).unref(),
    });
  }

  /** The text if it is at hand; null: known to be absent; undefined: {@link load} has to look for it. */
  peek(version: DeployedVersion, place: TextPlace): ParsedText | null | undefined {
    const key = keyOf(version, place);
    if (key === undefined) return null;
    return this.#texts.get(key) ?? (this.#absent.has(key) ? null : undefined);
  }

  /** Looks for the text; null when it cannot be had. Never rejects. */
  load(version: DeployedVersion, place: TextPlace): Promise<ParsedText | null> {
    const key = keyOf(version, place);
    const known = this.peek(version, place);
    if (known !== undefined || key === undefined) return Promise.resolve(known ?? null);
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const loading = this.#load(version, place)
      .catch(() => null)
      .then((parsed) => {
        if (parsed) this.#texts.set(key, parsed);
        else this.#absent.set(key, true);
        return parsed;
      })
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, loading);
    return loading;
  }

  async #load(version: DeployedVersion, place: TextPlace): Promise<ParsedText | null> {
    const text = await this.#find(version, place);
    if (text === undefined) return null;
    const result = await this.#parsers.parse(place.definition, text);
    return result.kind === 'parsed' ? result.parsed : null;
  }

  async #find({ blob, revision }: DeployedVersion, place: TextPlace): Promise<string | undefined> {
    const object = blob !== undefined && /^[0-9a-f]{40}$/.test(blob) ? blob : undefined;
    if (object !== undefined) {
      const seen = await this.#seen.get(place.root, object);
      if (seen !== undefined) return seen;
      const onDisk = await readText(join(place.root, place.path));
      if (onDisk !== undefined && blobId(onDisk) === object) return onDisk;
      const stored = await this.#git.object(place.root, object);
      if (stored !== undefined) return stored;
    }
    if (revision === undefined || !/^[0-9a-zA-Z][0-9a-zA-Z._/-]{0,200}$/.test(revision)) return undefined;
    const committed = await this.#git.object(place.root, `${revision}:${place.path}`);
    // What runs may differ from the commit (built from uncommitted work): then this is not its text.
    return committed !== undefined && (object === undefined || blobId(committed) === object) ? committed : undefined;
  }

  /** Takes a reading of the very text, so that it is at hand when the editor's text is another; `share` makes it. */
  keep(version: DeployedVersion, place: TextPlace, share: () => ParsedText | undefined): void {
    const key = keyOf(version, place);
    if (key === undefined || this.#texts.has(key)) return;
    const parsed = share();
    if (parsed) this.#texts.set(key, parsed);
  }

  /** What could not be had is looked for again: more may be asked now than before. */
  forgetAbsent(): void {
    this.#absent.clear();
  }

  dispose(): void {
    this.#texts.clear();
  }
}

const keyOf = ({ blob, revision }: DeployedVersion, place: TextPlace): string | undefined =>
  blob === undefined && revision === undefined
    ? undefined
    : `${place.root}\0${place.definition.grammar}\0${blob ?? ''}\0${blob === undefined ? `${revision}:${place.path}` : (revision ?? '')}`;

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
