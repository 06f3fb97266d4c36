import type { Language, PlannedFunction, SkippedFunction } from '../transform/transform.ts';

/** A file whose functions are counted now; the slot of `functions[i]` is `firstSlot + i`. Crosses threads. */
export interface LoadedFile {
  /** Absolute path of what was loaded, which may be a build output. */
  readonly path: string;
  /** The text as it was before the sensor put counters into it. Dropped once the identities are known. */
  readonly text: string;
  readonly language: Language;
  readonly firstSlot: number;
  readonly functions: readonly PlannedFunction[];
  readonly skipped: readonly SkippedFunction[];
  /** Where counters stand in the text that runs: offset into `text` and length, one pair after the other, ascending. */
  readonly shifts: Int32Array;
  /** Why the whole file could not be read, if so; then there are no functions. */
  readonly unreadable: string | undefined;
  /** The same with an empty text, for those that keep it; where much of it is not made before it is asked for. */
  readonly withoutText?: () => LoadedFile;
}
