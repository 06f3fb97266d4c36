/** Methods that the sensor has put others in the place of, so that the program can have its own again. */
export class ReplacedMethods {
  readonly #replaced: {
    readonly target: WeakRef<object>;
    readonly name: PropertyKey;
    readonly original: unknown;
    readonly replacement: unknown;
  }[] = [];

  add(target: object, name: PropertyKey, original: unknown, replacement: unknown): void {
    // Those beyond stay in place, and pass calls on.
    if (this.#replaced.length >= mostReplaced) return;
    this.#replaced.push({ target: new WeakRef(target), name, original, replacement });
  }

  /** Puts all originals back, or all replacements; what somebody else has replaced since is left alone. */
  replace(wanted: boolean): void {
    for (const { target, name, original, replacement } of this.#replaced) {
      const owner = target.deref();
      const descriptor = owner && Object.getOwnPropertyDescriptor(owner, name);
      if (!owner || descriptor?.value !== (wanted ? original : replacement)) continue;
      Reflect.defineProperty(owner, name, { ...descriptor, value: wanted ? replacement : original });
    }
  }
}

/** Prototypes of drivers and agents: a dozen is usual. */
const mostReplaced = 1_000;
