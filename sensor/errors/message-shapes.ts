import { messageShape } from './message-shape.ts';

/** Messages as they came of which the shape is kept, in each of two generations. */
const mostMessages = 1_000;
/** Shapes told apart in one function, and in all of them together. */
const mostOfFunction = 50;
const mostShapes = 5_000;
const other = '_OTHER';

/** The shapes of messages, of a bounded number: what comes when there are so many is told as one. */
export class MessageShapes {
  #newer = new Map<string, string>();
  #older = new Map<string, string>();
  readonly #known = new Map<number, Set<string>>();
  #size = 0;

  shapeOf(slot: number, message: string): string {
    const shape = this.#shape(message);
    let known = this.#known.get(slot);
    if (!known) {
      known = new Set();
      this.#known.set(slot, known);
    }
    if (known.has(shape)) return shape;
    if (known.size >= mostOfFunction || this.#size >= mostShapes) return other;
    known.add(shape);
    this.#size += 1;
    return shape;
  }

  #shape(message: string): string {
    const known = this.#newer.get(message) ?? this.#older.get(message) ?? messageShape(message);
    if (this.#newer.size >= mostMessages) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(message, known);
    return known;
  }
}
