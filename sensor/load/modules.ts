import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import type { LoadHooks } from './commonjs.ts';

/** The parts of Node's customization hooks that are used here. */
interface LoadResult {
  readonly format?: string | null;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | null;
}
type NextLoad<R> = (url: string, context?: object) => R;

/** Formats whose text is changed in `load`. CommonJS is changed in `_compile`, where other loaders have done theirs. */
const formats: Readonly<Record<string, { readonly sourceType: 'module' | 'commonjs'; readonly typescript: boolean }>> =
  {
    module: { sourceType: 'module', typescript: false },
    'module-typescript': { sourceType: 'module', typescript: true },
    // Node 22 compiles imported .cts files without `_compile`.
    'commonjs-typescript': { sourceType: 'commonjs', typescript: true },
  };

/**
 * import-in-the-middle, by which OpenTelemetry and others watch modules, puts a text of its own under the file's address
 * and loads the file from another. Its functions are not the file's.
 */
const facade = /\bfrom\s*["']file:[^"'\n]*\/import-in-the-middle\/lib\/register\.js["']/;
const facadeHead = 2_000;

/** The result of the next loader with counters in its text, where it is a first-party module. */
export function withCounters<R extends LoadResult>(hooks: LoadHooks, url: string, result: R): R {
  const format = formats[result.format ?? ''];
  if (!format || !url.startsWith('file:') || result.source === null || result.source === undefined) return result;
  try {
    const path = fileURLToPath(url);
    if (!hooks.isFirstParty(path)) return result;
    const text = textOf(result.source);
    if (facade.test(text.slice(0, facadeHead))) return result;
    const changed = hooks.instrument({ path, text, ...format });
    return changed === undefined ? result : { ...result, source: changed };
  } catch {
    return result;
  }
}

const registerHooks: unknown = Reflect.get(nodeModule, 'registerHooks');
/** Whether there are hooks that run in this thread (Node 22.15, 23.5 and newer). */
export const hasModuleHooks = typeof registerHooks === 'function';

/** Puts counters into modules by hooks that run in this thread. False: there are none. */
export function hookModules(hooks: LoadHooks): boolean {
  if (typeof registerHooks !== 'function') return false;
  registerHooks({
    load: (url: string, context: object, nextLoad: NextLoad<LoadResult>) => {
      if (url.startsWith('node:')) hooks.onBuiltin?.(url);
      else if (url.includes('/node_modules/')) hooks.onPackageModule?.(url);
      return withCounters(hooks, url, nextLoad(url, context));
    },
  });
  return true;
}

function textOf(source: NonNullable<LoadResult['source']>): string {
  if (typeof source === 'string') return source;
  if (source instanceof ArrayBuffer) return Buffer.from(source).toString('utf8');
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('utf8');
}
