import { ReplacedMethods } from '../control/replaced-methods.ts';
import { errorType } from '../runtime/error-type.ts';
import type { Below } from '../runtime/frames.ts';
import type { Asker, Askers } from './askers.ts';
import type { Asked, Operation, Outcome, Recorder, Shape } from './recorder.ts';
import type { Shapes } from './shapes.ts';

const longestCode = 64;
const wrapped = new WeakSet<object>();
const nobody: Asker = { path: [], request: undefined, isAssumed: false, doubt: undefined };
const { apply, defineProperty, get } = Reflect;

// biome-ignore lint/suspicious/noExplicitAny: any function of a driver.
export type AnyFunction = (this: unknown, ...args: any[]) => unknown;

/** What the hooks of drivers work with. Nothing here throws: a hook must never be what fails. */
export class Tools {
  readonly shapes: Shapes;
  readonly #whoAsks: Askers;
  readonly #recorder: Recorder;
  readonly #onFailure: (error: unknown) => void;
  readonly #running = new WeakMap<object, Operation>();
  readonly #askers = new WeakMap<object, Asker>();
  readonly #replaced = new ReplacedMethods();
  #isPaused = false;
  #carried: Asker | undefined;

  constructor(whoAsks: Askers, recorder: Recorder, shapes: Shapes, onFailure: (error: unknown) => void) {
    this.#whoAsks = whoAsks;
    this.#recorder = recorder;
    this.shapes = shapes;
    this.#onFailure = onFailure;
  }

  /** Gives drivers their own methods back, or takes them again. Whoever kept a method has it pass its calls on. */
  pause(paused: boolean): void {
    this.#isPaused = paused;
    this.#replaced.replace(!paused);
  }

  /** Runs a hook's own work; what it throws is counted and goes no further. */
  safely<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#onFailure(error);
      return undefined;
    }
  }

  /** Who is asking, as told by {@link carry}, by the stack, or by what stacks of the same statement have shown. */
  asker(below: Below, statement?: Shape): Asker {
    if (this.#isPaused) return nobody;
    if (this.#carried) return this.#carried;
    const request = this.#recorder.repeats.requestAtHand;
    return statement ? this.#whoAsks.asker(statement, below, request) : this.#whoAsks.look(below, request);
  }

  begin(shape: Shape, asker: Asker, asked?: Asked): Operation | undefined {
    return this.#isPaused ? undefined : this.#recorder.begin(shape, asker, asked);
  }

  end(operation: Operation | undefined, outcome?: Outcome): void {
    if (operation && !this.#isPaused) this.#recorder.end(operation, outcome);
  }

  failed(operation: Operation | undefined, error: unknown): void {
    this.end(operation, { errorType: operationError(error) });
  }

  /** An operation whose end is told by the same object as its beginning. */
  remember(key: object, operation: Operation | undefined): void {
    if (operation) this.#running.set(key, operation);
  }

  /** Who asks with a request that is on its way later. */
  askedBy(request: object, below: Below): void {
    this.#askers.set(request, this.asker(below));
  }

  /** Who asks with this list of values, where what lies above the driver has told so, and a function is known. */
  askerWith(values: unknown): Asker | undefined {
    const asker = Array.isArray(values) ? this.#askers.get(values) : undefined;
    return asker && asker.path.length > 0 ? asker : undefined;
  }

  askerOf(request: object): Asker | undefined {
    return this.#askers.get(request);
  }

  take(key: unknown): Operation | undefined {
    if (typeof key !== 'object' || key === null) return undefined;
    const operation = this.#running.get(key);
    if (operation) this.#running.delete(key);
    return operation;
  }

  /** Runs a driver's function in whose synchronous part somebody else's stack counts: the one that had asked for it. */
  carry<T>(asker: Asker | undefined, work: () => T): T {
    const before = this.#carried;
    this.#carried = asker;
    try {
      return work();
    } finally {
      this.#carried = before;
    }
  }

  get carried(): Asker | undefined {
    return this.#carried;
  }

  /** Puts a function in the place of a method, once, with the same name, length and attributes. */
  wrap(target: unknown, name: PropertyKey, make: (original: AnyFunction) => AnyFunction): boolean {
    if ((typeof target !== 'object' && typeof target !== 'function') || target === null) return false;
    const descriptor = Object.getOwnPropertyDescriptor(target, name);
    const original: unknown = descriptor?.value;
    if (!descriptor || typeof original !== 'function' || wrapped.has(original)) return false;
    // It was just seen to be a function.
    const replacement = make(original as AnyFunction);
    for (const key of ['name', 'length'] as const) {
      defineProperty(replacement, key, { value: get(original, key), configurable: true });
    }
    wrapped.add(replacement);
    if (!defineProperty(target, name, { ...descriptor, value: replacement })) return false;
    this.#replaced.add(target, name, original, replacement);
    if (this.#isPaused) this.#replaced.replace(false);
    return true;
  }

  /** Work that is no operation unless it fails, as the making of a statement that is wrong. */
  orFailed(work: () => unknown, below: Below, shapeOf: () => Shape): unknown {
    try {
      return work();
    } catch (error) {
      this.safely(() => this.failed(this.begin(shapeOf(), this.asker(below)), error));
      throw error;
    }
  }

  /** A method that does all its work before it returns. `shapeOf`: of what is asked, undefined: nothing to count; `askedOf`: with its values. */
  wrapSynchronous(
    target: unknown,
    name: PropertyKey,
    shapeOf: (self: unknown, args: readonly unknown[]) => Shape | undefined,
    rowsOf: (result: unknown) => number | undefined,
    askedOf?: (self: unknown, args: readonly unknown[]) => Asked | undefined,
  ): boolean {
    const tools = this;
    return this.wrap(target, name, (original) => {
      function hooked(this: unknown, ...args: unknown[]): unknown {
        let operation: Operation | undefined;
        try {
          const shape = shapeOf(this, args);
          if (shape) operation = tools.begin(shape, tools.asker(hooked, shape), askedOf?.(this, args));
        } catch (error) {
          tools.#onFailure(error);
        }
        let result: unknown;
        try {
          result = apply(original, this, args);
        } catch (error) {
          tools.safely(() => tools.failed(operation, error));
          throw error;
        }
        if (operation) tools.#endSynchronous(operation, result, rowsOf);
        return result;
      }
      return hooked;
    });
  }

  #endSynchronous(operation: Operation, result: unknown, rowsOf: (result: unknown) => number | undefined): void {
    try {
      this.end(operation, { rows: rowsOf(result) });
    } catch (error) {
      this.#onFailure(error);
    }
  }
}

/** The code that a database or the system gave, else the class: as OpenTelemetry's `error.type`. No message. */
export function operationError(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    const code: unknown = Object.getOwnPropertyDescriptor(error, 'code')?.value;
    if ((typeof code === 'string' && /^[A-Za-z0-9_.-]+$/.test(code)) || typeof code === 'number') {
      return String(code).slice(0, longestCode);
    }
  }
  return errorType(error);
}
