import { createRequire, Module } from 'node:module';
import type { LoadedText } from './instrument.ts';

export interface LoadHooks {
  /** Whether a file is to be measured; asked for every module, so it is quick. */
  readonly isFirstParty: (path: string) => boolean;
  /** The text with counters, or nothing: then it runs as it is. Never throws. */
  readonly instrument: (loaded: LoadedText) => string | undefined;
  /** Told each CommonJS text of any package, before it runs. */
  readonly onCommonJs?: (text: string, path: string) => void;
  /** Told each CommonJS file that has run, with its exports. */
  readonly onRan?: (path: string, exports: unknown) => void;
  /** Told each of Node's own modules that is about to be loaded; where hooks run in this thread only. */
  readonly onBuiltin?: (url: string) => void;
  /** Told each ES module of a package that is being loaded; there as well. */
  readonly onPackageModule?: (url: string) => void;
}

/**
 * Puts counters into CommonJS modules. `Module.prototype._compile` is where every way of requiring ends: Node's own
 * loader, hooks of `Module._extensions` such as ts-node's, and those of tsx, which hand over what they compiled.
 */
export function hookCommonJs(hooks: LoadHooks): void {
  const prototype: unknown = Module.prototype;
  if (typeof prototype !== 'object' || prototype === null) return;
  const original: unknown = Reflect.get(prototype, '_compile');
  if (typeof original !== 'function') return;
  function _compile(this: unknown, ...args: unknown[]): unknown {
    const [text, path, format] = args;
    if (typeof text === 'string' && typeof path === 'string') {
      hooks.onCommonJs?.(text, path);
      const changed = hooks.isFirstParty(path) ? instrumentCommonJs(hooks, text, path, format) : undefined;
      if (changed !== undefined) args[0] = changed;
    }
    const result = Reflect.apply(original as (...all: unknown[]) => unknown, this, args);
    if (typeof path === 'string') hooks.onRan?.(path, Reflect.get(Object(this), 'exports'));
    return result;
  }
  Reflect.set(prototype, '_compile', _compile);
}

function instrumentCommonJs(hooks: LoadHooks, text: string, path: string, format: unknown): string | undefined {
  const known = typeof format === 'string' ? format : '';
  return hooks.instrument({
    path,
    text,
    sourceType: known.startsWith('module') ? 'module' : 'commonjs',
    typescript: known.endsWith('-typescript'),
  });
}

/** Loads a part of the sensor that is only needed once there is something to measure. */
export const requireLazily = createRequire(import.meta.url);
