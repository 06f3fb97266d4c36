import type { CutReason } from '@runlens/protocol/probes/capture';

/**
 * Captured values one behind the other, as primitives only: made in a third of the time of objects, and cloned for another
 * thread in an eighth. First each variable, then what each object holds, in the order in which the objects were met.
 * A value begins with its kind; what follows is told there. Texts in it are not redacted yet: only
 * `shown-values.ts` reads it, in the same thread.
 */
export type FlatValue = string | number | boolean | bigint | undefined;

/** What a value begins with, and what follows. */
export const kinds = {
  unset: 0,
  /** The text. */
  text: 1,
  /** Its beginning, its length. */
  cutText: 2,
  /** Its length. */
  largeText: 3,
  /** The number. */
  number: 4,
  /** The flag. */
  boolean: 5,
  undefined: 6,
  null: 7,
  /** Its text. */
  bigint: 8,
  largeBigInt: 9,
  /** Its description. */
  symbol: 10,
  proxy: 11,
  /** Which of the objects. */
  ref: 12,
  hidden: 13,
  /** Its type, its length. */
  shape: 14,
  accessor: 15,
  hole: 16,
  /** An object of fields without a class. */
  plain: 17,
  /** Its type, class, text, size and why it is not whole. */
  object: 18,
} as const;

/** What is told of what an object holds. */
export const bodies = {
  none: 0,
  /** Why it is left out. */
  leftOut: 1,
  /** Names and values, then an end. */
  fields: 2,
  /** Values, then an end. */
  elements: 3,
  /** Keys and values, then an end. */
  entries: 4,
} as const;

/** Ends what an object holds; its size and why it is not whole follow. No kind of value, and no name. */
export const end = -1;

export interface FlatCapture {
  readonly flat: readonly FlatValue[];
  /** How many there are. */
  readonly variables: number;
  /** UTF-16 units shown of one string. */
  readonly characters: number;
  /** How much was hidden that is not in it. */
  readonly redacted: number;
  readonly cut: readonly CutReason[];
}
