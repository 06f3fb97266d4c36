/** A command run to its end, or until a text shows in its output; what is still running at the end is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves with the match when standard output or error matches; rejects when the command ends or time is up. */
  shows(pattern: RegExp, milliseconds?: number): Promise<RegExpExecArray>;
  ended(): Promise<Ended>;
}

interface Options {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
}

export function start(command: string, args: readonly string[], options: Options = {}): RunningCommand {
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    // What the test's own runner has set would reach the services.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {
    // The command ended without reading its input.
  });
  child.stdin.end(options.input ?? '');
  const ended = once(child, 'close').then(
    (): Ended => ({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
  );
  return {
    child,
    ended: () => ended,
    async shows(pattern, milliseconds = 90_000) {
      const deadline = Date.now() + milliseconds;
      for (;;) {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (match) return match;
        const over = child.exitCode !== null || child.signalCode !== null || Date.now() > deadline;
        if (over) throw new Error(`${pattern} was not shown by ${command} ${args.join(' ')}:\n${stdout}\n${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function run(command: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  await using running = start(command, args, options);
  return await running.ended();
}
