import { writeFileSync } from 'node:fs';
import { describeMachine, machineLine } from './machine.ts';
import type { BenchOptions } from './options.ts';

/** Collects what a benchmark finds out, prints it as it comes, and keeps it as JSON where that was asked for. */
export class Report {
  readonly #options: BenchOptions;
  readonly #machine = describeMachine();
  readonly #name: string;
  readonly #cases: Record<string, unknown> = {};

  constructor(name: string, options: BenchOptions) {
    this.#name = name;
    this.#options = options;
    console.log(`${machineLine(this.#machine)}\n`);
  }

  say(text: string): void {
    console.log(text);
  }

  /** A case with all its samples, for those who want to compute other figures from them. */
  keep(name: string, result: unknown): void {
    this.#cases[name] = result;
    const { json } = this.#options;
    if (json === undefined) return;
    const whole = { benchmark: this.#name, machine: this.#machine, cases: this.#cases };
    writeFileSync(json, `${JSON.stringify(whole, undefined, 1)}\n`);
  }
}
