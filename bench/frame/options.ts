import { parseArgs } from 'node:util';

/** What can be asked of every benchmark behind its name: `npm run bench -- sensor --rounds 5 --json result.json`. */
export interface BenchOptions {
  /** The file that the result is written to, as JSON. */
  readonly json: string | undefined;
  /** Only the cases whose name contains one of these texts; empty: all. */
  readonly only: readonly string[];
  /** How often each variant is measured, instead of the benchmark's own number. */
  readonly rounds: number | undefined;
  /** The ways of doing the same work that are compared; empty: the benchmark's own choice. */
  readonly ways: readonly string[];
  /** No further round of a case begins after so many seconds, instead of the benchmark's own number. */
  readonly seconds: number | undefined;
}

/** Throws a sentence on an option that there is not, or a number that makes no sense. */
export function readOptions(args: readonly string[] = process.argv.slice(2)): BenchOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { json: text, only: text, rounds: text, ways: text, seconds: text },
  });
  return {
    json: values.json,
    only: listOf(values.only),
    rounds: wholeNumber('--rounds', values.rounds, 1_000),
    ways: listOf(values.ways),
    seconds: wholeNumber('--seconds', values.seconds, 86_400),
  };
}

function listOf(text: string | undefined): readonly string[] {
  return text?.split(',').filter(Boolean) ?? [];
}

function wholeNumber(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${option} ${text} is not a whole number from 1 to ${most}`);
}

export function isWanted({ only }: BenchOptions, name: string): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}
