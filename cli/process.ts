import { runCli } from './program.ts';
import { endBySignal } from './run/end-like-child.ts';
import type { Session } from './session.ts';

/** Runs the command line of this process, and ends the process as the command ended. */
export async function runProcess(): Promise<void> {
  const session: Session = {
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    exitCode: 0,
    pipes: { input: process.stdin, output: process.stdout },
  };
  // `runlens hot | head -3` closes the pipe early, which is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  try {
    await runCli(process.argv.slice(2), session);
  } catch (error) {
    process.stderr.write(
      `runlens: this should not have happened, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    session.exitCode = 1;
  }
  process.exitCode = session.exitCode;
  if (session.endedBy !== undefined) endBySignal(session.endedBy);
}
