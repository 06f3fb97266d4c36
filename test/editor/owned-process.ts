// A child process with an owner: started in a process group of its own, its output kept in a bounded tail and in a log
// file, and stopped by its pid, politely first.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const tailCharacters = 16_384;

export interface OwnedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  /** All that the process writes, standard output and error in one. */
  readonly logFile: string;
}

export interface OwnedProcess {
  readonly pid: number;
  /** The last of what the process wrote, at most 16,384 characters. */
  tail(): string;
  /** How the process ended, once it has. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** Resolves with the match as soon as the output has it; rejects when the process ends first or time is up. */
  waitForOutput(pattern: RegExp, timeoutMilliseconds: number, signal?: AbortSignal): Promise<RegExpMatchArray>;
  /** Ends the process and all that it started in its group: SIGTERM, then SIGKILL when it does not go. */
  stop(politeMilliseconds?: number): Promise<void>;
}

/** Starts a process; throws when it cannot be started at all. */
export async function startOwnedProcess(options: OwnedProcessOptions): Promise<OwnedProcess> {
  const child = spawn(options.command, options.args, {
    cwd: options.workingFolder,
    env: options.environment,
    // Nothing is written to standard input: a process may watch its end to learn that its owner is gone.
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${options.command} could not be started: ${error.message}`)));
    child.once('spawn', () => resolve(child.pid ?? 0));
  });

  let tail = '';
  const log = createWriteStream(options.logFile, { flags: 'a' });
  log.on('error', () => {});
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-tailCharacters);
    log.write(chunk);
    for (const listener of listeners) listener();
  };
  child.stdin.on('error', () => {});
  child.stdout.on('data', take);
  child.stderr.on('data', take);

  let end: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      end = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      for (const listener of listeners) listener();
      resolve(end);
    });
  });

  return {
    pid,
    tail: () => tail,
    ended,
    hasEnded: () => end !== undefined,
    waitForOutput: (pattern, timeoutMilliseconds, signal) =>
      new Promise((resolve, reject) => {
        const done = () => {
          listeners.delete(look);
          clearTimeout(timer);
          signal?.removeEventListener('abort', aborted);
        };
        const fail = (what: string) => {
          done();
          reject(new Error(`${options.command} ${what}; the last of its output:\n${tail.slice(-2_000)}`));
        };
        const look = () => {
          const match = tail.match(pattern);
          if (match !== null) {
            done();
            resolve(match);
          } else if (end !== undefined) fail(`${end} before it wrote ${pattern}`);
        };
        const aborted = () => fail('was given up by its caller');
        const timer = setTimeout(
          () => fail(`did not write ${pattern} in ${timeoutMilliseconds} ms`),
          timeoutMilliseconds,
        );
        signal?.addEventListener('abort', aborted, { once: true });
        listeners.add(look);
        look();
      }),
    async stop(politeMilliseconds = 3_000) {
      if (end === undefined) {
        signalGroup(child, pid, 'SIGTERM');
        await Promise.race([ended, sleep(politeMilliseconds, undefined, { ref: false })]);
      }
      // Also when the leader has gone: what it started may still be there.
      signalGroup(child, pid, 'SIGKILL');
      await Promise.race([ended, sleep(2_000, undefined, { ref: false })]);
      await groupGone(pid, 2_000);
      log.end();
      await finished(log).catch(() => {});
    },
  };
}

/** A signal is sent in no time, and a process of a group takes some to end on a busy machine. Resolves also when time is up. */
async function groupGone(pid: number, milliseconds: number): Promise<void> {
  if (process.platform === 'win32') return;
  const deadline = performance.now() + milliseconds;
  while (performance.now() < deadline) {
    try {
      process.kill(-pid, 0);
    } catch {
      return;
    }
    // It keeps this process alive: the leader has gone, so nothing else may.
    await sleep(10);
  }
}

function signalGroup(child: ChildProcess, pid: number, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-pid, signal);
  } catch {
    // ESRCH: the whole group has gone, which is what was wanted.
  }
}
