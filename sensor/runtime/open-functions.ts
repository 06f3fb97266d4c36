/** One call of a function while it was open, the same at each of its gates. */
export interface OpenCall {
  readonly slot: number;
  /** For whoever handles gates: what is to be known of the call at its next gate. */
  state: unknown;
}

/** Reads a name by its number in the function. Throws where the name is not initialised yet. Never calls the program. */
export type NameReader = (name: number) => unknown;

/**
 * Is called at a gate that is on, between two statements of the program. `value`: what is returned, at a return; what was
 * thrown, at a throw. What it throws is lost; gates that it comes by itself are passed over; the time that it takes is in
 * no function's duration.
 */
export type GateHandler = (call: OpenCall, gate: number, read: NameReader, value: unknown) => void;

/** What a twin calls at its gates; gives back `value`. */
export type GatePassage = (gate: number, read: NameReader, value?: unknown) => unknown;

const noGates = new Uint8Array(1);

/** Functions whose calls run as twins, and which of their gates are on. */
export class OpenFunctions {
  readonly #gates = new Map<number, Uint8Array>();
  readonly #now: () => number;
  readonly #stoodStill: (milliseconds: number) => void;
  #isHandling = false;
  handler: GateHandler | undefined;

  /** `stoodStill` is told how long the program waited for a handler. */
  constructor(now: () => number, stoodStill: (milliseconds: number) => void) {
    this.#now = now;
    this.#stoodStill = stoodStill;
  }

  /** The gates of a function, all off at first: not 0 is on. Calls that are in its twin see each change. */
  open(slot: number, gateCount: number): Uint8Array {
    const before = this.#gates.get(slot);
    if (before && before.length >= gateCount) return before;
    before?.fill(0);
    const gates = new Uint8Array(gateCount);
    this.#gates.set(slot, gates);
    return gates;
  }

  /** Calls that are in the twin go on in it, with all gates off. */
  close(slot: number): void {
    this.#gates.get(slot)?.fill(0);
    this.#gates.delete(slot);
  }

  /** A call begins in a twin. With all of five gates off it costs 90 ns; a gate in a loop 4 ns (bench/probes.bench.ts). */
  enter(slot: number): GatePassage {
    const gates = this.#gates.get(slot) ?? noGates;
    let call: OpenCall | undefined;
    return (gate, read, value) => {
      if ((gates[gate] ?? 0) !== 0 && !this.#isHandling) {
        call ??= { slot, state: undefined };
        this.#pass(call, gate, read, value);
      }
      return value;
    };
  }

  #pass(call: OpenCall, gate: number, read: NameReader, value: unknown): void {
    this.#isHandling = true;
    const from = this.#now();
    try {
      this.handler?.(call, gate, read, value);
    } catch {
      // The program must not see it.
    } finally {
      this.#isHandling = false;
      this.#stoodStill(this.#now() - from);
    }
  }
}
