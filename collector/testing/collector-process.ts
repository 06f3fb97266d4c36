/** A real collector as a process of its own, which may be killed at any moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A bundle of it, where somebody made one (test/built-programs.ts): it starts in less than half the time. */
const main = process.env.RUNLENS_TEST_COLLECTOR ?? fileURLToPath(new URL('../main.ts', import.meta.url));
const startMilliseconds = 90_000;

export class CollectorProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  private constructor(child: ChildProcess, gone: Promise<unknown>, url: string) {
    this.#child = child;
    this.#gone = gone;
    this.url = url;
  }

  /** Starts one on a free port and waits until it is ready. Throws with what it printed when it does not come. */
  static async start(home: string, foldMilliseconds: number, dataFolder?: string): Promise<CollectorProcess> {
    const child = spawn(
      process.execPath,
      [
        '--conditions=runlens-source',
        '--no-warnings',
        main,
        '--port',
        '0',
        '--home',
        home,
        '--fold',
        String(foldMilliseconds),
        ...(dataFolder === undefined ? [] : ['--data', dataFolder]),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const gone = once(child, 'exit');
    let printed = '';
    const url = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`the collector was not ready after ${startMilliseconds} ms: ${printed}`));
      }, startMilliseconds);
      const read = (text: Buffer): void => {
        printed += text.toString();
        const found = /ready at (\S+)/.exec(printed)?.[1];
        if (found === undefined) return;
        clearTimeout(late);
        resolve(found);
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('exit', (code, signal) => {
        clearTimeout(late);
        reject(new Error(`the collector ended (${code ?? signal}) before it was ready: ${printed}`));
      });
    });
    return new CollectorProcess(child, gone, url);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#child.kill(signal);
    await this.#gone;
  }
}
