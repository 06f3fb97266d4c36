import { type ExitCode, exitCodes } from './exit-codes.ts';

const codeNames: Record<ExitCode, string> = {
  [exitCodes.ok]: 'ok',
  [exitCodes.failure]: 'failure',
  [exitCodes.usage]: 'usage',
  [exitCodes.notReachable]: 'collector-not-reachable',
  [exitCodes.unauthorized]: 'unauthorized',
  [exitCodes.nothingFound]: 'nothing-found',
  [exitCodes.reviewFailed]: 'review-failed',
  [exitCodes.notExecutable]: 'command-not-executable',
  [exitCodes.commandNotFound]: 'command-not-found',
};

/** An end of a command that was foreseen: the message is one sentence that says what to do. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'CliFailure';
    this.exitCode = exitCode;
  }

  /** What `--json` prints instead of an answer. */
  toJSON(): { error: { code: string; exitCode: number; message: string } } {
    return { error: { code: codeNames[this.exitCode], exitCode: this.exitCode, message: this.message } };
  }
}
