import { globalNames } from '../transform/emitted.ts';
import { restoreFunctionText } from './function-text.ts';
import { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';
import { templateArguments } from './template-arguments.ts';

const key = Symbol.for('runlens.sensor.runtime');

/**
 * The runtime of this thread, put behind the global names that emitted code uses. A second call, also from a second
 * copy of the sensor, gives the one that is there. `Function.prototype.toString` keeps giving the text as written.
 */
export function installRuntime(options: RuntimeOptions = {}): Runtime {
  const present: unknown = Reflect.get(globalThis, key);
  // Only this function writes under the symbol.
  if (present) return present as Runtime;
  const runtime = createRuntime(options);
  const define = (name: PropertyKey, value: unknown) => Object.defineProperty(globalThis, name, { value });
  const { countdown, start, recount, finish, asyncReturn, fail, enter } = runtime.emitted;
  define(globalNames.countdown, countdown);
  define(globalNames.start, start);
  define(globalNames.recount, recount);
  define(globalNames.finish, finish);
  define(globalNames.asyncReturn, asyncReturn);
  define(globalNames.fail, fail);
  define(globalNames.enter, enter);
  define(globalNames.template, templateArguments);
  define(key, runtime);
  restoreFunctionText();
  return runtime;
}
