import type { Language, PlannedFunction, SkippedFunction } from '../transform/transform.ts';
import type { ProbedFunction } from '../transform/twin-gates.ts';
import type { KeptPlan } from './kept-planning.ts';

/** A file whose functions are counted now; the slot of `functions[i]` is `firstSlot + i`. */
export interface LoadedFile {
  /** Absolute path of what was loaded, which may be a build output. */
  readonly path: string;
  /**
   * The text as it was before the sensor put counters into it; empty where it names no source map, as it then tells
   * nothing that the plan does not.
   */
  readonly text: string;
  readonly language: Language;
  readonly firstSlot: number;
  readonly functions: readonly PlannedFunction[];
  readonly skipped: readonly SkippedFunction[];
  /** Where counters stand in the text that runs: offset into `text` and length, one pair after the other, ascending. */
  readonly shifts: Int32Array;
  /** Why the whole file could not be read, if so; then there are no functions. */
  readonly unreadable: string | undefined;
  /** Where its functions can be probed, in the order of `functions`; read anew at each call. */
  readonly gates: () => readonly ProbedFunction[];
  /** `functionRows` of its functions. */
  readonly rows: () => Int32Array;
  /** The same with an empty text, for those that keep it. */
  readonly withoutText: () => LoadedFile;
  readonly packed: () => PackedFile;
  /** The same for another thread of this process, which can read what is on disk by itself. */
  readonly handed: () => HandedFile;
}

/** A loaded file as it crosses threads: its functions are bytes, which cost nothing to send. */
export interface PackedFile {
  readonly path: string;
  readonly text: string;
  readonly firstSlot: number;
  /** Not shared with others: can be transferred. */
  readonly plan: Uint8Array<ArrayBuffer>;
}

/** The same, or where its plan stands on disk. */
export type HandedFile = Omit<PackedFile, 'plan'> & { readonly plan: PackedFile['plan'] | KeptPlan };
