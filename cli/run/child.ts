/** A command that stands in the place of this process: its terminal, its signals, its end. */
import { constants } from 'node:os';
import spawn from 'cross-spawn';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';

export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals };

/** `kill PID`, a closing terminal, and what services use for themselves (SIGUSR1 is Node's own: start the inspector). */
const forwarded: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
/** A terminal gives these to the whole foreground group, so the child has them already. */
const fromTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

export interface ChildOptions {
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  /** Whether this process is in the foreground of a terminal. */
  readonly onTerminal: boolean;
}

/** Runs a command to its end with this process's own input and output. Throws a {@link CliFailure} when it cannot start. */
export async function runChild(command: string, args: readonly string[], options: ChildOptions): Promise<ChildEnd> {
  const child = spawn(command, [...args], { cwd: options.cwd, env: options.env, stdio: 'inherit' });
  const listeners = forwarded
    // Windows knows few of them.
    .filter((signal) => signal in constants.signals)
    .map((signal) => {
      const forward = (): void => {
        if (!(options.onTerminal && fromTerminal.includes(signal))) child.kill(signal);
      };
      process.on(signal, forward);
      return { signal, forward };
    });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(command, error)));
      child.once('exit', (code, signal) => {
        resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal });
      });
    });
  } finally {
    for (const { signal, forward } of listeners) process.off(signal, forward);
  }
}

function notStarted(command: string, error: NodeJS.ErrnoException): CliFailure {
  if (error.code === 'ENOENT') {
    return new CliFailure(
      exitCodes.commandNotFound,
      `"${command}" could not be started: there is no such command here; check its name and the PATH.`,
    );
  }
  return new CliFailure(
    exitCodes.notExecutable,
    `"${command}" could not be started (${error.code ?? error.message}); check that it is a program that you may run.`,
  );
}
