/** How an error went on after it left a function. */
export type Handled =
  /** A measured caller caught it: then that function has one that is handled `here`. */
  | 'caller'
  /** It was caught in this function, or in code between this function and the measured one that it left. */
  | 'here'
  /** It left the outermost measured function. */
  | 'no'
  /** What became of it is not known. */
  | 'unknown';

/** A function on the way of an error. */
export interface Step {
  readonly slot: number;
  readonly kind: 'sync' | 'async' | 'generator' | 'asyncGenerator';
}

export interface Way {
  /** From the function that the error left last outwards, as they stood on the stack. */
  readonly callers: readonly Step[];
  /** All of the stack is known. */
  readonly isWhole: boolean;
  /** The function that it left last. */
  readonly last: Step;
}

/**
 * Who caught an error that has left no further function: the slot of it; or `no`: nobody; or `unknown`.
 *
 * What a function throws at once goes to its caller. What an async function throws is in its promise: that goes to whoever
 * awaits it, and a caller that is no async function hands it on, or handles it in a way that leaves no trace.
 */
export function handlerOf({ callers, isWhole, last }: Way): number | 'no' | 'unknown' {
  const isPromise = last.kind === 'async' || last.kind === 'asyncGenerator';
  const [next] = callers;
  if (next === undefined) return isWhole ? 'no' : 'unknown';
  if (!isPromise) return next.slot;
  const awaiting = callers.find(({ kind }) => kind === 'async' || kind === 'asyncGenerator');
  return awaiting?.slot ?? 'unknown';
}
