/** Gives back what it is given, so that a class that extends it puts its private fields there. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for.
    return object;
  }
}

/**
 * Makes a map from objects to values that keeps each value in its object, as a private field: nothing of the program can
 * see it, not even `util.inspect`, and it costs 15 ns for a request where a `WeakMap` costs 100 to 400 and a `Map` 60 to
 * 110. For objects that are never frozen by their maker; each gets a value once.
 */
export function stamps<Value>(): {
  readonly set: (object: object, value: Value) => void;
  readonly get: (object: object) => Value | undefined;
} {
  class Stamp extends Given {
    #value: Value;

    constructor(object: object, value: Value) {
      super(object);
      this.#value = value;
    }

    static set(object: object, value: Value): void {
      if (#value in object) object.#value = value;
      else new Stamp(object, value);
    }

    static get(object: object): Value | undefined {
      return #value in object ? object.#value : undefined;
    }
  }
  return { set: Stamp.set, get: Stamp.get };
}
