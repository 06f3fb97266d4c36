/** Where a probe stands that has no gate: what the service's thread needs to stop nowhere and look there all the same. */
export interface Breakpoint {
  readonly scriptId: string;
  /** Both 0-based, in the script. */
  readonly line: number;
  readonly column: number;
  /** `(index) => value`, as text to be evaluated in the frame; of the sensor's own making. */
  readonly reader: string;
  /** Milliseconds that each hit costs beside what is done there; `trapMilliseconds`. */
  readonly trap: number;
}

/** A script that V8 has, as it was asked for. */
export interface SoughtScript {
  readonly scriptId: string;
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
}

/** Slots of places without gates: no function of the runtime has one of these. */
export const firstBreakpointSlot = 2 ** 29;

/** The one gate of such a place, as if it were that before a statement. */
export const breakpointGate = 3;

/**
 * What V8 takes for one evaluation of a condition, without what is evaluated: it makes the frame's scopes and reads the
 * function's text anew each time. Measured on Node 20 and 24 for functions of one line to 100 KB.
 */
export const trapMilliseconds = (functionLength: number): number => 0.1 + 0.027 * (functionLength / 1000);
