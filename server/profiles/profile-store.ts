/**
 * The profiles of files: one request a file whatever its size, four at a time, what is seen first. An answer is kept and
 * asked for again on condition (ETag); a failure is not asked again before a growing wait is over.
 */
import { compactProfiles, compactProfilesResponseSchema, wholeProfiles } from '@runlens/protocol/api/compact-profiles';
import type { ProfilesResponse } from '@runlens/protocol/api/profile';
import type { ProfilesEvent } from '@runlens/protocol/api/stream';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { DiskFolder } from '../storage/disk-folder.ts';
import { BackOff } from './back-off.ts';
import type { CollectorClient } from './collector-client.ts';

export interface ProfileKey {
  /** As services know it. */
  readonly file: string;
  /** Such as `15m`. */
  readonly window: string;
}

export interface StoredProfiles {
  readonly response: ProfilesResponse;
  /** Goes up with each answer that differs. */
  readonly generation: number;
  /** When it was last confirmed, milliseconds since 1970. */
  readonly confirmedAt: number;
  /** From the disk, of an earlier start, and not confirmed yet. */
  readonly restored: boolean;
}

interface Entry {
  readonly key: ProfileKey;
  stored: StoredProfiles | undefined;
  etag: string | undefined;
  stale: boolean;
  problem: string | undefined;
  notBefore: number;
  readonly backOff: BackOff;
  pending: { readonly promise: Promise<void>; readonly abort: AbortController } | undefined;
  restoring: Promise<void> | undefined;
  keptAt: number;
}

export interface StoreHandlers {
  readonly client: () => CollectorClient | undefined;
  /** A file's profiles, or the problem in having them, changed. */
  readonly onChange: (key: ProfileKey) => void;
  readonly onUnauthorized: () => void;
  readonly onUnreachable: () => void;
}

const mostAtOnce = 4;
/** What is shown is kept on disk this often at most. */
const leastKeepMilliseconds = 10_000;
/** A file of more functions is not kept: it would take megabytes. */
const mostKeptProfiles = 3_000;

const keptSchema = z.object({ at: z.number(), response: compactProfilesResponseSchema });

export class ProfileStore {
  readonly #handlers: StoreHandlers;
  readonly #disk: DiskFolder | undefined;
  readonly #entries = new LRUCache<string, Entry>({
    max: 500,
    maxSize: 100_000,
    sizeCalculation: (entry) => 1 + (entry.stored?.response.profiles.length ?? 0),
    dispose: (entry) => entry.pending?.abort.abort(),
    noDisposeOnSet: true,
  });
  readonly #queue: { readonly urgent: boolean; readonly run: () => Promise<void> }[] = [];
  #running = 0;
  #generation = 0;

  constructor(handlers: StoreHandlers, disk?: DiskFolder) {
    this.#handlers = handlers;
    this.#disk = disk;
  }

  /** What is known of a file, fresh or not. */
  get(key: ProfileKey): StoredProfiles | undefined {
    return this.#entries.get(textOf(key))?.stored;
  }

  /** Why the last request for a file failed; undefined when it did not. */
  problem(key: ProfileKey): string | undefined {
    return this.#entries.peek(textOf(key))?.problem;
  }

  isFresh(key: ProfileKey): boolean {
    const entry = this.#entries.peek(textOf(key));
    return entry?.stored !== undefined && !entry.stale;
  }

  #entry(key: ProfileKey): Entry {
    const text = textOf(key);
    let entry = this.#entries.get(text);
    if (!entry) {
      entry = {
        key,
        stored: undefined,
        etag: undefined,
        stale: true,
        problem: undefined,
        notBefore: 0,
        backOff: new BackOff(2_000, 60_000),
        pending: undefined,
        restoring: undefined,
        keptAt: 0,
      };
      this.#entries.set(text, entry);
    }
    return entry;
  }

  /** Has what was shown of the file at an earlier start, if nothing newer is known. Never rejects. */
  restore(key: ProfileKey): Promise<void> {
    const entry = this.#entry(key);
    entry.restoring ??= this.#restore(entry).catch(() => undefined);
    return entry.restoring;
  }

  async #restore(entry: Entry): Promise<void> {
    if (entry.stored) return;
    const text = await this.#disk?.read(textOf(entry.key));
    if (text === undefined || entry.stored) return;
    const kept = keptSchema.safeParse(JSON.parse(text));
    if (!kept.success) return;
    this.#generation += 1;
    entry.stored = {
      response: wholeProfiles(kept.data.response),
      generation: this.#generation,
      confirmedAt: kept.data.at,
      restored: true,
    };
  }

  #keep(entry: Entry): void {
    const now = Date.now();
    if (!this.#disk || !entry.stored || now - entry.keptAt < leastKeepMilliseconds) return;
    if (entry.stored.response.profiles.length > mostKeptProfiles) return;
    entry.keptAt = now;
    this.#disk.write(textOf(entry.key), JSON.stringify({ at: now, response: compactProfiles(entry.stored.response) }));
  }

  /** Asks for a file unless it is fresh; resolves when it is answered or failed. Never rejects. */
  want(key: ProfileKey, urgent: boolean): Promise<void> {
    const entry = this.#entry(key);
    if (entry.pending) return entry.pending.promise;
    if (!entry.stale || Date.now() < entry.notBefore || !this.#handlers.client()) return Promise.resolve();
    const wanted = entry;
    const abort = new AbortController();
    const promise = new Promise<void>((resolve) => {
      const job = {
        urgent,
        run: () =>
          this.#ask(wanted, abort.signal).finally(() => {
            wanted.pending = undefined;
            resolve();
          }),
      };
      if (urgent) {
        const at = this.#queue.findIndex((other) => !other.urgent);
        this.#queue.splice(at === -1 ? this.#queue.length : at, 0, job);
      } else this.#queue.push(job);
    });
    entry.pending = { promise, abort };
    this.#next();
    return promise;
  }

  /** Marks what an event says as changed; returns the files that were known and are now stale. */
  invalidate(event: ProfilesEvent): readonly ProfileKey[] {
    const files = new Set<string>();
    let all = false;
    for (const change of event.changes) {
      if (change.files === undefined || change.newVersion) all = true;
      for (const file of change.files ?? []) files.add(file);
    }
    return this.#markStale((key) => all || files.has(key.file));
  }

  /** Everything known may be old. */
  invalidateAll(): readonly ProfileKey[] {
    return this.#markStale(() => true);
  }

  /** The collector is there again, or another one: what failed before is asked for at once. */
  reset(): void {
    for (const entry of this.#entries.values()) {
      entry.notBefore = 0;
      entry.backOff.reset();
    }
    this.invalidateAll();
  }

  dispose(): void {
    this.#queue.length = 0;
    this.#entries.clear();
  }

  #markStale(concerns: (key: ProfileKey) => boolean): readonly ProfileKey[] {
    const stale: ProfileKey[] = [];
    for (const entry of this.#entries.values()) {
      if (!concerns(entry.key)) continue;
      entry.stale = true;
      stale.push(entry.key);
    }
    return stale;
  }

  #next(): void {
    while (this.#running < mostAtOnce) {
      const job = this.#queue.shift();
      if (!job) return;
      this.#running += 1;
      void job.run().finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #ask(entry: Entry, signal: AbortSignal): Promise<void> {
    const client = this.#handlers.client();
    if (!client || signal.aborted) return;
    // What changes while it is asked for must be asked for again.
    entry.stale = false;
    const answer = await client.get('/api/v1/profiles', compactProfilesResponseSchema, {
      params: { file: entry.key.file, since: entry.key.window, form: 'compact' },
      etag: entry.etag,
      signal,
    });
    const now = Date.now();
    switch (answer.kind) {
      case 'ok':
        entry.etag = answer.etag;
        entry.problem = undefined;
        entry.backOff.reset();
        this.#generation += 1;
        entry.stored = {
          response: wholeProfiles(answer.value),
          generation: this.#generation,
          confirmedAt: now,
          restored: false,
        };
        this.#keep(entry);
        // Set again, so that its size is taken anew.
        if (this.#entries.has(textOf(entry.key))) this.#entries.set(textOf(entry.key), entry);
        this.#handlers.onChange(entry.key);
        return;
      case 'notModified':
        entry.problem = undefined;
        entry.backOff.reset();
        if (entry.stored) entry.stored = { ...entry.stored, confirmedAt: now, restored: false };
        return;
      case 'cancelled':
        entry.stale = true;
        return;
      default:
        entry.stale = true;
        entry.problem = answer.message;
        entry.notBefore = now + entry.backOff.next();
        if (answer.kind === 'unauthorized') this.#handlers.onUnauthorized();
        else if (answer.kind === 'unreachable') this.#handlers.onUnreachable();
        this.#handlers.onChange(entry.key);
    }
  }
}

const textOf = ({ file, window }: ProfileKey): string => `${window}\0${file}`;
