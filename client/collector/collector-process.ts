/** One run of the embedded collector, as a child of the extension host. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { collectorNodeFlags } from '@runlens/protocol/environment';

export interface CollectorCommand {
  /** A Node, or an Electron that runs as one. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly line: (line: string, from: 'stdout' | 'stderr') => void;
}

const termAfterMilliseconds = 2_000;
const killAfterMilliseconds = 4_000;

/**
 * Loaded before the collector: its standard input is a pipe of this window's, never written to, and its end stops the
 * collector as SIGTERM does. So it goes with the window even when the extension host was killed, and stops cleanly
 * on Windows, where SIGTERM from another process cannot be caught.
 */
const stopWithInput = `data:text/javascript,${encodeURIComponent(
  "process.stdin.on('end',()=>process.emit('SIGTERM','SIGTERM')||process.exit(0)).on('error',()=>{}).resume().unref()",
)}`;

export class CollectorProcess {
  readonly #child: ChildProcess;
  /** Resolves with how it ended; never rejects. */
  readonly ended: Promise<string>;
  /** Resolves at its first line of output, which it prints when it is ready; never, when it ends before. */
  readonly ready: Promise<void>;
  #running = true;

  constructor(command: CollectorCommand) {
    const child = spawn(command.program, [...collectorNodeFlags, '--import', stopWithInput, ...command.args], {
      env: command.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child = child;
    // It may have ended before the pipe did.
    child.stdin.on('error', () => undefined);
    this.ready = new Promise((resolve) => {
      createInterface(child.stdout).on('line', (line) => {
        command.line(line, 'stdout');
        resolve();
      });
    });
    createInterface(child.stderr).on('line', (line) => command.line(line, 'stderr'));
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#running = false;
        resolve(`could not be started: ${error.message}`);
      });
      child.once('exit', (code, signal) => {
        this.#running = false;
        resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Asks it to end, so that it writes what it has, and kills it when it does not; by its own id only. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#child.stdin?.end();
    const term = setTimeout(() => this.#child.kill('SIGTERM'), termAfterMilliseconds);
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), killAfterMilliseconds);
    await this.ended;
    clearTimeout(term);
    clearTimeout(kill);
  }
}
