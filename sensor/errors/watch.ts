import { requireLazily } from '../load/commonjs.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { debug, messageOf } from '../log.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import { busySeconds } from '../runtime/busy-seconds.ts';
import type { Below } from '../runtime/frames.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Exceptions, ExceptionsOptions } from './exceptions.ts';

/**
 * Waits for the first error that leaves a function; what looks at errors is loaded then. A failure of its own ends it
 * quietly.
 */
export class ExceptionsWatch {
  readonly #options: Omit<ExceptionsOptions, 'cpuSeconds'>;
  readonly #files: LoadedFile[] = [];
  #exceptions: Exceptions | undefined;
  #failed = false;
  #isPaused = false;

  constructor(runtime: Runtime, options: Omit<ExceptionsOptions, 'cpuSeconds'>) {
    this.#options = options;
    runtime.watchErrors((slot, type, thrown, below) => this.#passes(slot, type, thrown, below));
  }

  /** While paused errors are counted by their type only. */
  pause(paused: boolean): void {
    this.#isPaused = paused;
  }

  add(file: LoadedFile): void {
    const kept = file.withoutText();
    if (this.#exceptions) this.#exceptions.add(kept);
    else this.#files.push(kept);
  }

  /** What is known since the last time, in parts that all have to be taken; `last`: the process is ending. */
  *parts(last: boolean): Generator<readonly OperationDelta[]> {
    if (!this.#exceptions || this.#failed) return;
    const parts = this.#exceptions.parts(last);
    for (;;) {
      let part: readonly OperationDelta[] | undefined;
      this.#safely(() => {
        const next = parts.next();
        if (!next.done) part = next.value;
      });
      if (!part) return;
      yield part;
    }
  }

  #passes(slot: number, type: string, thrown: unknown, below: Below): number {
    if (this.#failed || this.#isPaused) return 0;
    try {
      return (this.#exceptions ?? this.#loaded()).passes(slot, type, thrown, below);
    } catch (error) {
      this.#fail(error);
      return 0;
    }
  }

  #safely(work: () => void): void {
    if (this.#failed) return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    // The program's own stack may be exhausted: that is no failure of this.
    if (error instanceof RangeError) return;
    this.#failed = true;
    debug(`what errors say is told no further: ${messageOf(error)}`);
  }

  #loaded(): Exceptions {
    if (!this.#exceptions) {
      // The bundle of this folder that exports just this class.
      const part = requireLazily('./exceptions.cjs') as typeof import('./exceptions.ts');
      const made = new part.Exceptions({ ...this.#options, cpuSeconds: busySeconds });
      for (const file of this.#files) made.add(file);
      this.#files.length = 0;
      this.#exceptions = made;
    }
    return this.#exceptions;
  }
}
