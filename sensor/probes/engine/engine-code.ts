import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { type EngineCode, EngineLoading, engineFiles } from './engine-loading.ts';

/**
 * Reads and compiles the engine, in a thread that holds up nobody, and lets it rehearse there: the code cache has what ran,
 * so that the service's thread compiles next to nothing. Throws where a file cannot be read or run.
 */
export function engineCode(folder: string, names: readonly string[] = engineFiles): EngineCode {
  const loading = new EngineLoading((name, file) => createRequire(file)(name));
  const scripts = names.map((name) => {
    const file = join(folder, name);
    const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
    const script = new Script(text, { filename: file });
    loading.run(script, file);
    return { text, file, script };
  });
  const { ProbeRunner } = loading.engine;
  new ProbeRunner({
    runtime: { open: () => undefined, close: () => {}, onGate: () => {}, callsOf: () => 0 },
    post: () => {},
    request: () => undefined,
    ownFolder: folder,
    secretNames: [],
    rules: undefined,
    now: performance.now.bind(performance),
    wallNow: Date.now,
    timers: { setInterval, clearInterval, setTimeout, setImmediate: atOnce },
  });
  return scripts.map(({ text, file, script }) => ({ text, file, compiled: script.createCachedData() }));
}

/** Nobody waits in the thread in which it is called. */
const atOnce = ((run: () => void) => run()) as unknown as typeof setImmediate;
