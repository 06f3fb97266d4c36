/** When which context version was told last, so that an agent can ask what has changed since. */

const mostRemembered = 10_000;

/** Of one process: for as long as it runs, and the newest only. */
export class ContextMemory {
  readonly #told = new Map<string, number>();

  /** `now`: milliseconds since 1970. */
  tell(contextVersion: string, now: number): void {
    // Moved to the end: the first one is the one that was told longest ago.
    this.#told.delete(contextVersion);
    this.#told.set(contextVersion, now);
    const [oldest] = this.#told.keys();
    if (this.#told.size > mostRemembered && oldest !== undefined) this.#told.delete(oldest);
  }

  /** Milliseconds since 1970; undefined: not told, or forgotten. */
  when(contextVersion: string): number | undefined {
    return this.#told.get(contextVersion);
  }
}
