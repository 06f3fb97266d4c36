import { requireLazily } from '../load/commonjs.ts';
import { debug, messageOf } from '../log.ts';
import type { EngineCode, EnginePart } from './engine/engine-code.ts';
import type { ProbesOrder } from './engine/messages.ts';
import type { ProbeRunner } from './engine/runner.ts';

export interface EngineAtHandOptions {
  readonly make: (part: EnginePart) => ProbeRunner;
  /** Where no code of it came. */
  readonly load: () => EnginePart;
  /** Not the program's, which may have replaced it. */
  readonly setImmediate: typeof globalThis.setImmediate;
  readonly guarded: (work: () => void) => void;
}

/**
 * The probes' engine of this thread, from the first probe on. It is loaded in steps, each in a turn of its own, from what
 * the export thread has compiled: in one piece it held the service up for 6 to 14 ms. What is ordered meanwhile waits.
 */
export class EngineAtHand {
  readonly #options: EngineAtHandOptions;
  #runner: ProbeRunner | undefined;
  /** Not undefined: it is being loaded. */
  #waiting: ProbesOrder[] | undefined;

  constructor(options: EngineAtHandOptions) {
    this.#options = options;
  }

  load({ text, file, compiled }: EngineCode): void {
    if (this.#runner || this.#waiting) return;
    this.#waiting = [];
    this.#soon(() => {
      const { Script } = requireLazily('node:vm') as typeof import('node:vm');
      const script = new Script(text, { filename: file, cachedData: compiled });
      if (script.cachedDataRejected) debug('the engine of probes is compiled in the thread of the service');
      this.#soon(() => {
        const module = { exports: {} };
        script.runInThisContext()(module.exports, requireLazily, module, file, '');
        // The export thread has run the same text, which exports just this class.
        this.#soon(() => this.#isLoaded(module.exports as EnginePart));
      });
    });
  }

  take(orders: readonly ProbesOrder[]): void {
    if (this.#runner) this.#runner.take(orders);
    else if (this.#waiting) this.#waiting.push(...orders);
    else if (orders.some((order) => order.do === 'place' || order.do === 'seek')) {
      this.#waiting = [...orders];
      this.#isLoaded(this.#options.load());
    }
  }

  /** Hands over what is left: the process ends. */
  end(): void {
    this.#runner?.end();
  }

  #isLoaded(part: EnginePart): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#runner = this.#options.make(part);
    this.#runner.take(waiting);
  }

  /** A step that fails is made good by loading the file as it is. */
  #soon(step: () => void): void {
    const { setImmediate, guarded, load } = this.#options;
    setImmediate(() => {
      try {
        step();
      } catch (error) {
        debug(`the engine of probes is loaded anew: ${messageOf(error)}`);
        guarded(() => this.#isLoaded(load()));
      }
    });
  }
}
