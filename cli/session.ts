/** What a command may know and touch of the outside; tests hand in their own. */
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import { plainStyle, type TextStyle } from '@runlens/agent';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Session {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What the process ends with when nothing fails; a command that passes on another's code sets it. */
  exitCode: number;
  /** Of a command that speaks a protocol over them. */
  readonly pipes?: { readonly input: Readable; readonly output: Writable };
  /** The signal that ended a command's child: the process ends by it, too. */
  endedBy?: NodeJS.Signals;
}

/** Colours only where a person looks at a terminal and has not said no (https://no-color.org). */
export function styleFor(output: Output, env: Session['env']): TextStyle {
  const wanted = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return wanted ? colourStyle : plainStyle;
}

// `validateStream: false`: whether colours are wanted was decided above, for the session's own output.
const colourStyle: TextStyle = {
  heading: (text) => styleText('bold', text, { validateStream: false }),
  quiet: (text) => styleText('dim', text, { validateStream: false }),
  bad: (text) => styleText('red', text, { validateStream: false }),
};

export function printJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value, null, 2)}\n`);
}
