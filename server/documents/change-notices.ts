/** Tells the client of changed numbers: together for all documents that changed meanwhile, not more often than given. */
export class ChangeNotices {
  readonly #leastMilliseconds: number;
  readonly #send: (uris: readonly string[]) => Promise<void>;
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #lastSent = 0;
  #sending = false;

  constructor(leastMilliseconds: number, send: (uris: readonly string[]) => Promise<void>) {
    this.#leastMilliseconds = leastMilliseconds;
    this.#send = send;
  }

  add(uris: readonly string[]): void {
    for (const uri of uris) this.#changed.add(uri);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#changed.size === 0 || this.#timer || this.#sending) return;
    const since = Date.now() - this.#lastSent;
    this.#timer = setTimeout(() => void this.#flush(), Math.max(0, this.#leastMilliseconds - since));
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    this.#lastSent = Date.now();
    this.#sending = true;
    const uris = [...this.#changed];
    this.#changed.clear();
    try {
      await this.#send(uris);
    } finally {
      this.#sending = false;
      this.#schedule();
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.clear();
  }
}
