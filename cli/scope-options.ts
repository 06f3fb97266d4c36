/** Options that several commands share. */
import { type Command, InvalidArgumentError } from 'commander';

export interface ScopeOptions {
  readonly service?: string;
  readonly environment?: string;
  readonly version?: string;
  readonly since?: string;
}

export function addScope(command: Command): Command {
  return command
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment')
    .option('--version <version>', 'only this deployed version')
    .option('--since <when>', 'how far back: 15m, 1h, 24h, 7d, or an instant such as 2026-01-31T12:00:00Z', '15m');
}

export function addJson(command: Command, what = 'print one JSON document instead of text'): Command {
  return command.option('--json', what);
}

/** A whole number of a given range, for `argParser`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}`);
    return value;
  };
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
