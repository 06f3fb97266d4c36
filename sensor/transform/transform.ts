import { slotMark } from './emitted.ts';
import type { Language, SourceType } from './parse.ts';
import { type PlannedFunction, planTransform, type SkippedFunction, type TransformPlan } from './plan.ts';

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

/** `length` UTF-16 units stand at `offset` of the source; ascending, one entry an offset. No line end among them. */
export interface Shift {
  readonly offset: number;
  readonly length: number;
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
  try {
    return renderPlan(source, planTransform(source, options.sourceType, options.language), options.firstSlot);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { code: source, functions: [], skipped: [], insertions: [], unreadable: `${options.filename}: ${reason}` };
  }
}

/** Writes a plan into its source with the slots from `firstSlot` on. */
export function renderPlan(source: string, plan: TransformPlan, firstSlot: number): TransformResult {
  const parts: string[] = [];
  const insertions: { offset: number; length: number }[] = [];
  let at = 0;
  for (const { offset, text, owner } of plan.insertions) {
    const written = text.replaceAll(slotMark, String(firstSlot + owner));
    parts.push(source.slice(at, offset), written);
    at = offset;
    const last = insertions.at(-1);
    if (last?.offset === offset) last.length += written.length;
    else insertions.push({ offset, length: written.length });
  }
  parts.push(source.slice(at));
  return {
    code: parts.join(''),
    functions: plan.functions.map((planned, index) => ({ ...planned, slot: firstSlot + index })),
    skipped: plan.skipped,
    insertions,
  };
}
