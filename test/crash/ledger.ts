/** What was sent and what was acknowledged, by function: a store may hold what lies between, and nothing else. */
export interface Counted {
  calls: number;
  errors: number;
  samples: number;
}
const nothing = (): Counted => ({ calls: 0, errors: 0, samples: 0 });

export class Ledger {
  readonly #sent = new Map<string, Counted>();
  readonly #acknowledged = new Map<string, Counted>();

  sending(functions: ReadonlyMap<string, Counted>): void {
    addAll(this.#sent, functions);
  }

  acknowledged(functions: ReadonlyMap<string, Counted>): void {
    addAll(this.#acknowledged, functions);
  }

  get acknowledgedCalls(): number {
    return [...this.#acknowledged.values()].reduce((sum, each) => sum + each.calls, 0);
  }

  /** Every way in which what is held is not exactly what was sent. */
  differences(held: ReadonlyMap<string, Counted>): string[] {
    const found: string[] = [];
    for (const name of new Set([...this.#sent.keys(), ...held.keys()])) {
      const sent = this.#sent.get(name) ?? nothing();
      const has = held.get(name) ?? nothing();
      for (const what of ['calls', 'errors', 'samples'] as const) {
        if (has[what] !== sent[what]) found.push(`${name}: ${sent[what]} ${what} were sent, ${has[what]} are held`);
      }
    }
    return found;
  }

  /** Every way in which what is held contradicts the acknowledgements. */
  contradictions(held: ReadonlyMap<string, Counted>): string[] {
    const found: string[] = [];
    for (const [name, acknowledged] of this.#acknowledged) {
      const has = held.get(name);
      if (has === undefined) found.push(`${name} was acknowledged and is not known`);
      for (const what of ['calls', 'errors', 'samples'] as const) {
        if (has !== undefined && has[what] < acknowledged[what]) {
          found.push(`${name}: ${acknowledged[what]} ${what} were acknowledged, ${has[what]} are held`);
        }
      }
    }
    for (const [name, has] of held) {
      const sent = this.#sent.get(name) ?? nothing();
      for (const what of ['calls', 'errors', 'samples'] as const) {
        if (has[what] > sent[what]) found.push(`${name}: ${sent[what]} ${what} were sent, ${has[what]} are held`);
      }
    }
    return found;
  }
}

function addAll(into: Map<string, Counted>, functions: ReadonlyMap<string, Counted>): void {
  for (const [name, counted] of functions) {
    const sum = into.get(name) ?? nothing();
    sum.calls += counted.calls;
    sum.errors += counted.errors;
    sum.samples += counted.samples;
    into.set(name, sum);
  }
}
