import { PackedPlan, packPlan, type Shift, shiftsOf } from './packed-plan.ts';
import type { Language, SourceType } from './parse.ts';
import { type PlannedFunction, planTransform, type SkippedFunction } from './plan.ts';

export type { Shift } from './packed-plan.ts';
export type { Language, SourceType } from './parse.ts';
export type { FunctionKind, PlannedFunction, SkippedFunction, TransformPlan } from './plan.ts';
export { planTransform } from './plan.ts';

export interface TransformOptions {
  /** For messages only. */
  readonly filename: string;
  readonly sourceType: SourceType;
  readonly language: Language;
  /** The slot of the first function; the others follow. They must be reserved in the runtime before the code runs. */
  readonly firstSlot: number;
}

export interface MeasuredFunction extends PlannedFunction {
  readonly slot: number;
}

export interface TransformResult {
  readonly code: string;
  readonly functions: readonly MeasuredFunction[];
  readonly skipped: readonly SkippedFunction[];
  readonly insertions: readonly Shift[];
  /** Why the whole text was left alone: `code` is then the source. */
  readonly unreadable?: string;
}

/**
 * Puts counters into every function of a text. Only insertions, none with a line end: lines stay where they are.
 * Never throws: a text that no parser can read comes back as it is, with the reason.
 */
export function transform(source: string, options: TransformOptions): TransformResult {
  const { filename, sourceType, language, firstSlot } = options;
  try {
    const plan = planTransform(source, sourceType, language);
    // By way of its bytes, as each text that is loaded goes.
    const packed = new PackedPlan(packPlan({ plan, language, unreadable: undefined }));
    const pairs: number[] = [];
    const code = packed.render(source, firstSlot, pairs);
    return {
      code,
      functions: packed.functions.map((planned, index) => ({ ...planned, slot: firstSlot + index })),
      skipped: packed.skipped,
      insertions: shiftsOf(pairs),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { code: source, functions: [], skipped: [], insertions: [], unreadable: `${filename}: ${reason}` };
  }
}
