import { parseArgs } from 'node:util';

/** What can be asked of every benchmark behind its name: `npm run bench -- sensor --rounds 5 --json result.json`. */
export interface BenchOptions {
  /** The file that the result is written to, as JSON. */
  readonly json: string | undefined;
  /** Only the cases whose name contains one of these texts; empty: all. */
  readonly only: readonly string[];
  /** How often each variant is measured, instead of the benchmark's own number. */
  readonly rounds: number | undefined;
}

/** Throws a sentence on an option that there is not, or a number of rounds outside 1 to 1,000. */
export function readOptions(args: readonly string[] = process.argv.slice(2)): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string' } },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 1_000)) {
    throw new Error(`--rounds ${values.rounds} is not a whole number from 1 to 1000`);
  }
  return { json: values.json, only: values.only?.split(',').filter(Boolean) ?? [], rounds };
}

export function isWanted({ only }: BenchOptions, name: string): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}
