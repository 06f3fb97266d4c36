/** Tells when what a resource says has changed in a way that matters: asks again from time to time, as long as somebody listens. */

export interface ResourceWatchOptions {
  /** Equal to an earlier one when nothing that matters has changed; rejects when it cannot be told now. */
  readonly versionOf: (uri: string, signal: AbortSignal) => Promise<string>;
  readonly onChange: (uri: string) => void;
  readonly everyMilliseconds?: number;
}

/** The sensor reports every ten seconds. */
const usualMilliseconds = 15_000;
/** Of one listener. */
export const mostWatched = 50;

export class ResourceWatch {
  readonly #options: ResourceWatchOptions;
  /** The version told last; undefined: not asked yet. */
  readonly #watched = new Map<string, string | undefined>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** To be looked at before the others. */
  readonly #wanted = new Set<string>();
  #asking = false;

  constructor(options: ResourceWatchOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#watched.size;
  }

  /** False: it listens to as many as it may. What is told now is what later changes are compared with. */
  add(uri: string): boolean {
    if (this.#stop.signal.aborted) return false;
    if (this.#watched.has(uri)) return true;
    if (this.#watched.size >= mostWatched) return false;
    this.#watched.set(uri, undefined);
    this.#timer ??= setInterval(() => void this.#look(), this.#options.everyMilliseconds ?? usualMilliseconds).unref();
    void this.#look();
    return true;
  }

  /** Now, and not when it is its turn. */
  look(uri: string): void {
    if (!this.#watched.has(uri)) return;
    this.#wanted.add(uri);
    void this.#look([]);
  }

  remove(uri: string): void {
    this.#watched.delete(uri);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#stop.abort();
    this.#watched.clear();
    this.#wanted.clear();
    clearInterval(this.#timer);
  }

  /** One after the other, and not while the last look still goes on: a slow collector is not asked more. */
  async #look(uris: readonly string[] = [...this.#watched.keys()]): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const waiting = [...uris];
      for (let next = this.#next(waiting); next !== undefined; next = this.#next(waiting)) {
        const [uri, isWanted] = next;
        await this.#lookAt(uri, isWanted);
        if (this.#stop.signal.aborted) return;
      }
    } finally {
      this.#asking = false;
    }
  }

  /** `isWanted`: something has happened, so that without an earlier version to compare with it counts as changed. */
  async #lookAt(uri: string, isWanted: boolean): Promise<void> {
    const version = await this.#options.versionOf(uri, this.#stop.signal).catch(() => undefined);
    if (this.#stop.signal.aborted || version === undefined || !this.#watched.has(uri)) return;
    const before = this.#watched.get(uri);
    this.#watched.set(uri, version);
    if (before === undefined ? isWanted : before !== version) this.#options.onChange(uri);
  }

  #next(waiting: string[]): readonly [uri: string, isWanted: boolean] | undefined {
    const [wanted] = this.#wanted;
    const first = wanted ?? waiting.shift();
    if (first === undefined) return undefined;
    this.#wanted.delete(first);
    return [first, wanted !== undefined];
  }
}
