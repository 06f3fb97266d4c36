/** Gives back what it is given, so that a class that extends it puts its private fields there. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for.
    return object;
  }
}

/**
 * Makes a map from objects to values that keeps each value in its object, as a private field: nothing of the program can
 * see it, not even `util.inspect`, a proxy's traps are not called, and it is read and written as a property is, which a
 * `WeakMap` and a `Map` are not. A `WeakMap` keeps those of frozen objects where V8 gives these no private fields
 * (`--js-nonextensible-applies-to-private`).
 */
export function stamps<Value>(): {
  readonly set: (object: object, value: Value) => void;
  readonly get: (object: object) => Value | undefined;
} {
  let others: WeakMap<object, Value> | undefined;
  class Stamp extends Given {
    #value: Value;

    constructor(object: object, value: Value) {
      super(object);
      this.#value = value;
    }

    static set(object: object, value: Value): void {
      if (#value in object) {
        object.#value = value;
        return;
      }
      try {
        new Stamp(object, value);
      } catch {
        others ??= new WeakMap();
        others.set(object, value);
      }
    }

    static get(object: object): Value | undefined {
      return #value in object ? object.#value : others?.get(object);
    }
  }
  return { set: Stamp.set, get: Stamp.get };
}
