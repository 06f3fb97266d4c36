import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';

export interface Started {
  readonly child: ChildProcess;
  /** The first line that the process wrote. */
  readonly line: string;
}

export interface StartOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly milliseconds?: number;
  /** Opens a channel for messages. */
  readonly channel?: boolean;
}

const patience = 60_000;
const running = new Set<ChildProcess>();
let isGuarded = false;

/** What a benchmark has started ends with it, also when it is stopped half-way: nothing loads the machine for the next. */
function own(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (isGuarded) return;
  isGuarded = true;
  process.once('exit', () => {
    for (const each of running) each.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

/** Starts a process and waits for the first line that it writes. Throws with its errors when that does not come. */
export async function start(command: readonly string[], options: StartOptions): Promise<Started> {
  const [file = '', ...args] = command;
  const { environment, milliseconds = patience, channel = false } = options;
  const child = spawn(file, args, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])],
  });
  own(child);
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    if (errors.length < 10_000) errors += String(chunk);
  });
  const output = child.stdout;
  if (!output) throw new Error(`${file} has no output`);
  const lines = createInterface({ input: output });
  const signal = AbortSignal.timeout(milliseconds);
  try {
    const line = await Promise.race([
      once(lines, 'line', { signal }).then(([first]: unknown[]) => String(first)),
      once(child, 'exit', { signal }).then(([code]: unknown[]) => Promise.reject(new Error(`ended with ${code}`))),
    ]);
    return { child, line };
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${command.join(' ')} did not start: ${error}\n${errors}`, { cause: error });
  }
}

/** Asks a process to end, and ends it when it does not in time. */
export async function stop(child: ChildProcess, milliseconds = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  await gone;
  clearTimeout(timer);
}
