import { basename } from 'node:path';
import type { Script } from 'node:vm';
import type { ProbeRunner } from './runner.ts';

/** The engine's files, least dependent first, read and compiled by another thread of the same process. */
export type EngineCode = readonly CompiledFile[];

export interface CompiledFile {
  /** A function of CommonJS around the file's text. */
  readonly text: string;
  readonly file: string;
  /** V8's code cache of it: only V8 of the same version and flags takes it, and any other compiles the text. */
  readonly compiled: Uint8Array;
}

export interface EnginePart {
  readonly ProbeRunner: typeof ProbeRunner;
}

/** In two, so that to take one in holds a thread up for half as long. The engine is what the last one exports. */
export const engineFiles = ['probes-values.cjs', 'probes.cjs'] as const;

/** Runs the engine's files one after the other: each finds those before it by their names. */
export class EngineLoading {
  readonly #require: (name: string, file: string) => unknown;
  readonly #exports = new Map<string, unknown>();
  #last: unknown;

  /** `require`: of what is no file of the engine. */
  constructor(require: (name: string, file: string) => unknown) {
    this.#require = require;
  }

  run(script: Pick<Script, 'runInThisContext'>, file: string): void {
    const module = { exports: {} };
    const require = (name: string): unknown => this.#exports.get(name) ?? this.#require(name, file);
    script.runInThisContext()(module.exports, require, module, file, '');
    this.#last = module.exports;
    this.#exports.set(`./${basename(file)}`, this.#last);
  }

  /** What the last file exports: only the sensor's own build is there, of which that is just this class. */
  get engine(): EnginePart {
    return this.#last as EnginePart;
  }
}
