import type { Script } from 'node:vm';
import { requireLazily } from '../load/commonjs.ts';
import { debug, messageOf } from '../log.ts';
import { type CompiledFile, type EngineCode, EngineLoading, type EnginePart } from './engine/engine-loading.ts';
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

  load(code: EngineCode): void {
    if (this.#runner || this.#waiting) return;
    this.#waiting = [];
    const loading = new EngineLoading(requireLazily);
    const steps = code.flatMap((file) => compileAndRun(file, loading));
    this.#inSteps([() => requireLazily('node:vm'), ...steps, () => this.#isLoaded(loading.engine)]);
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
  #inSteps([step, ...others]: readonly (() => void)[]): void {
    if (!step) return;
    const { setImmediate, guarded, load } = this.#options;
    setImmediate(() => {
      try {
        step();
        this.#inSteps(others);
      } catch (error) {
        debug(`the engine of probes is loaded anew: ${messageOf(error)}`);
        guarded(() => this.#isLoaded(load()));
      }
    });
  }
}

function compileAndRun({ text, file, compiled }: CompiledFile, loading: EngineLoading): readonly (() => void)[] {
  let script: Script | undefined;
  return [
    () => {
      const vm = requireLazily('node:vm') as typeof import('node:vm');
      script = new vm.Script(text, { filename: file, cachedData: compiled });
      if (script.cachedDataRejected) debug('the engine of probes is compiled in the thread of the service');
    },
    () => {
      if (script) loading.run(script, file);
    },
  ];
}
