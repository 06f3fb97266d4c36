import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import type { ProbeRunner } from './runner.ts';

/** The engine's file, read and compiled by another thread of the same process. */
export interface EngineCode {
  /** A function of CommonJS around the file's text. */
  readonly text: string;
  readonly file: string;
  /** V8's code cache of it: only V8 of the same version and flags takes it, and any other compiles the text. */
  readonly compiled: Uint8Array;
}

export interface EnginePart {
  readonly ProbeRunner: typeof ProbeRunner;
}

/**
 * Reads and compiles the engine, in a thread that holds up nobody, and lets it rehearse there: the code cache has what ran,
 * so that the service's thread compiles next to nothing. Throws where the file cannot be read or run.
 */
export function engineCode(file: string): EngineCode {
  const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
  const script = new Script(text, { filename: file });
  // Only the sensor's own build is there, which exports just this class.
  const part = runEngine(script, file) as EnginePart;
  new part.ProbeRunner({
    runtime: { open: () => undefined, close: () => {}, onGate: () => {}, callsOf: () => 0 },
    post: () => {},
    request: () => undefined,
    ownFolder: file,
    secretNames: [],
    rules: undefined,
    now: performance.now.bind(performance),
    wallNow: Date.now,
    timers: { setInterval, clearInterval, setTimeout, setImmediate: atOnce },
  });
  return { text, file, compiled: script.createCachedData() };
}

/** What the file exports. */
export function runEngine(script: Pick<Script, 'runInThisContext'>, file: string): unknown {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, '');
  return module.exports;
}

/** Nobody waits in the thread in which it is called. */
const atOnce = ((run: () => void) => run()) as unknown as typeof setImmediate;
