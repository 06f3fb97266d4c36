import { constants } from 'node:os';

/** Signals whose default is to end a process and that Node leaves at their default. */
const endingSignals: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGKILL',
  'SIGQUIT',
  'SIGABRT',
  'SIGSEGV',
];

/**
 * Ends this process by a signal, so that a shell or a supervisor sees how the child really ended; where the signal
 * cannot end it, the exit code is set to 128 + its number, as shells do.
 */
export function endBySignal(signal: NodeJS.Signals): void {
  process.exitCode = 128 + constants.signals[signal];
  if (process.platform !== 'win32' && endingSignals.includes(signal)) process.kill(process.pid, signal);
}
