import type { LoadedFile } from '../load/loaded-file.ts';
import { debug, messageOf } from '../log.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import type { Requests } from '../requests/requests.ts';
import type { FramesOptions } from '../runtime/frames.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { Callers } from './callers.ts';

export interface CallersWatchOptions extends FramesOptions {
  readonly runtime: Runtime;
  readonly requests: Requests;
  readonly now: () => number;
}

/** Observes who calls the functions of this thread, and for which route or job. A failure of its own ends it quietly. */
export class CallersWatch {
  readonly #callers: Callers;
  #failed = false;

  constructor({ runtime, requests, isFirstParty, receive, now }: CallersWatchOptions) {
    this.#callers = new Callers({
      isFirstParty,
      ...(receive ? { receive } : {}),
      now,
      callsOf: (slot) => runtime.callsOf(slot),
      cpuSeconds,
      requests,
    });
    requests.on();
    runtime.observeBy({
      isDue: (slot) => !this.#failed && this.#callers.isDue(slot),
      observe: (slot, weight, below) => this.#safely(() => this.#callers.observe(slot, weight, below)),
    });
  }

  add(file: LoadedFile): void {
    this.#callers.add(file.withoutText());
  }

  /** Calls by caller and entry since the last time, in parts that all have to be taken; `last`: the process is ending. */
  *parts(last: boolean): Generator<readonly OperationDelta[]> {
    const parts = this.#callers.parts(last);
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

  #safely(work: () => void): void {
    if (this.#failed) return;
    try {
      work();
    } catch (error) {
      // The program's own stack may be exhausted: that is no failure of this.
      if (error instanceof RangeError) return;
      this.#failed = true;
      debug(`callers are told no further: ${messageOf(error)}`);
    }
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
