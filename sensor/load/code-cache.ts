import { accessSync, constants, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import type { CodeSetting } from '../configuration.ts';
import { debug, messageOf } from '../log.ts';
import { ensurePrivateFolder } from './private-files.ts';

/** The parts of Node's compile cache that are used here; they came with Node 22.8 and 22.10. */
interface CompileCache {
  readonly enableCompileCache?: (folder: string) => { readonly directory?: string };
  readonly getCompileCacheDir?: () => string | undefined;
  readonly flushCompileCache?: () => void;
}
const compileCache: CompileCache = nodeModule;

export const codeSuffix = '.code';
/** Of one program; each is a file. Nothing else bounds what a program keeps that makes up paths for ever. */
const mostScripts = 20_000;
const mostFolders = 32;
const oldestMilliseconds = 30 * 24 * 3_600_000;
const touchAfterMilliseconds = 24 * 3_600_000;

/**
 * Whether code may be kept on disk to be run by the next start. Where this process could write its own program anyway, what
 * can write as its user needs no cache to run code in the next one. Where the program is out of its reach, as in a
 * hardened container, a folder that it can write must not become such a way; one on a file system that nobody can write to,
 * as that of an image may be, is none.
 */
export function mayKeepCode(
  setting: CodeSetting,
  program: string | undefined,
  folder: string,
  access: typeof accessSync = accessSync,
): boolean {
  if (setting !== 'default') return setting === 'on';
  if (program === undefined) return false;
  const whyNotWritable = (path: string): unknown => {
    try {
      access(path, constants.W_OK);
      return undefined;
    } catch (error) {
      return Reflect.get(Object(error), 'code');
    }
  };
  return whyNotWritable(program) === undefined || whyNotWritable(folder) === 'EROFS';
}

/**
 * Has Node keep what V8 made of texts, in a folder of this program's, from now on: for all that is loaded, the service's own and
 * packages. Unless the service has such a folder of its own already, or asked Node for none. Coverage would be told less
 * exactly by it. Nothing where it is not turned on. Never throws.
 */
export function keepCompiled(folder: string, stamp: string): CompiledCode | undefined {
  const { enableCompileCache, getCompileCacheDir, flushCompileCache } = compileCache;
  if (!enableCompileCache || !flushCompileCache || getCompileCacheDir?.()) return undefined;
  if (process.env.NODE_V8_COVERAGE) return undefined;
  const path = join(folder, stamp.slice(0, 40) + codeSuffix);
  try {
    if (!isPrivate(folder, path) || enableCompileCache(path).directory === undefined) return undefined;
    return new CompiledCode(path, flushCompileCache);
  } catch (error) {
    debug(`compiled code is not kept: ${messageOf(error)}`);
    return undefined;
  }
}

/** Node makes folders in it that others may read or write, so that nobody else may come in here. */
function isPrivate(folder: string, path: string): boolean {
  if (!ensurePrivateFolder(folder)) return false;
  mkdirSync(path, { mode: 0o700, recursive: true });
  return ensurePrivateFolder(path) && (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0);
}

/** A folder with compiled code. */
export class CompiledCode {
  readonly #path: string;
  readonly #flush: () => void;
  #isWritten = false;

  constructor(path: string, flush: () => void) {
    this.#path = path;
    this.#flush = flush;
  }

  /**
   * Writes what was compiled until now; the end of the process does so by itself, unless it is killed. Once: it holds up
   * the program, for 30 ms where it has 500 modules that were not kept yet. Never throws.
   */
  write(): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    try {
      this.#flush();
      tidy(this.#path);
    } catch (error) {
      debug(`compiled code could not be written: ${messageOf(error)}`);
    }
  }
}

/** Node itself never removes anything. */
function tidy(own: string): void {
  const now = Date.now();
  const folder = dirname(own);
  if (now - statSync(own).mtimeMs > touchAfterMilliseconds) utimesSync(own, now / 1000, now / 1000);
  // One folder in it for each version of Node.
  const scripts = readdirSync(own).reduce((sum, name) => sum + readdirSync(join(own, name)).length, 0);
  if (scripts > mostScripts) rmSync(own, { recursive: true, force: true });
  const others = readdirSync(folder)
    .filter((name) => name.endsWith(codeSuffix))
    .map((name) => join(folder, name))
    .filter((path) => path !== own)
    .map((path) => ({ path, mtimeMs: statSync(path).mtimeMs }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const [place, { path, mtimeMs }] of others.entries()) {
    if (place >= mostFolders || now - mtimeMs > oldestMilliseconds) rmSync(path, { recursive: true, force: true });
  }
}
