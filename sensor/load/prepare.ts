import { type Dirent, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { Module } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { messageOf } from '../log.ts';
import type { Instrumenter, LoadedText } from './instrument.ts';

type KeepingInstrumenter = Pick<Instrumenter, 'instrument' | 'keepsCompiled' | 'keepsPlans' | 'save'>;

/** What a start of the program would load, as far as folders tell. */
export interface PrepareOptions {
  readonly instrumenters: { readonly commonjs: KeepingInstrumenter; readonly module: KeepingInstrumenter };
  readonly isFirstParty: (path: string) => boolean;
  /** Absolute paths of files, and of folders with all that is below. */
  readonly places: readonly string[];
}

export interface Prepared {
  /** Files that a later start will find planned. */
  readonly files: number;
  /** Paths and why they could not be read. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** Whether there are more files than are planned ahead. */
  readonly isCutOff: boolean;
}

const mostFiles = 50_000;
const mostDepth = 64;
const extensions = new Set(['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts']);
/** Types only: nobody loads them. */
const declarations = /\.d\.[cm]?ts$/;
/** Where no service has code of its own. */
const passedOver = new Set(['node_modules', '.git']);

/**
 * Plans all that a program might load, without running any of it, and keeps that for its next start. Throws when a place
 * cannot be read, and when nothing can be kept.
 */
export function prepare({ instrumenters, isFirstParty, places }: PrepareOptions): Prepared {
  if (!instrumenters.commonjs.keepsPlans)
    throw new Error('nothing is kept between starts: set RUNLENS_CACHE to a folder');
  const unreadable: { path: string; reason: string }[] = [];
  const typeOf = packageTypes();
  let files = 0;
  let isCutOff = false;
  for (const path of filesIn(places)) {
    if (!isFirstParty(path)) continue;
    if (files >= mostFiles) {
      isCutOff = true;
      break;
    }
    try {
      const text = readFileSync(path, 'utf8');
      const loaded = asLoaded(path, text, typeOf);
      const isModule = loaded.sourceType === 'module';
      const instrumenter = isModule ? instrumenters.module : instrumenters.commonjs;
      const code = instrumenter.instrument(loaded);
      files += 1;
      if (!isModule && !loaded.typescript && instrumenter.keepsCompiled) compileOnly(path, code ?? text);
    } catch (error) {
      unreadable.push({ path, reason: messageOf(error) });
    }
  }
  const isSaved = [...new Set(Object.values(instrumenters))].map((instrumenter) => instrumenter.save());
  if (isSaved.includes(false)) throw new Error('what was planned could not be written; RUNLENS_LOG=debug says why');
  return { files, unreadable, isCutOff };
}

/** Links are not followed, as Node itself knows files by their real paths. In the order of names, each folder once. */
function* filesIn(places: readonly string[]): Generator<string> {
  const seen = new Set<string>();
  function* below(folder: string, depth: number): Generator<string> {
    if (depth > mostDepth || seen.has(folder)) return;
    seen.add(folder);
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !passedOver.has(entry.name)) yield* below(path, depth + 1);
      else if (entry.isFile() && isCode(entry.name) && !seen.has(path)) {
        seen.add(path);
        yield path;
      }
    }
  }
  for (const place of places) {
    const real = realpathSync(place);
    if (statSync(real).isDirectory()) yield* below(real, 0);
    else if (!seen.has(real)) {
      seen.add(real);
      yield real;
    }
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    // One that this user may not read is one that the service may not either.
    return [];
  }
}

const isCode = (name: string): boolean => extensions.has(extname(name)) && !declarations.test(name);

/** As Node's loader would hand the file over: by its extension, by its package, and else by what is in it. */
function asLoaded(path: string, text: string, typeOf: (folder: string) => string | undefined): LoadedText {
  const extension = extname(path);
  const typescript = extension.endsWith('ts');
  const isModule =
    extension.startsWith('.m') ||
    (!extension.startsWith('.c') && (typeOf(dirname(path)) ?? (looksLikeModule(text) ? 'module' : '')) === 'module');
  return { path, text, sourceType: isModule ? 'module' : 'commonjs', typescript };
}

/** Of a package that does not say what its files are. */
const looksLikeModule = (text: string): boolean => /^\s*(?:import\b(?!\s*\()|export\b)/m.test(text);

/** The `type` of the nearest package.json, remembered for each folder. */
function packageTypes(): (folder: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  const typeOf = (folder: string): string | undefined => {
    if (known.has(folder)) return known.get(folder);
    const own = packageType(join(folder, 'package.json'));
    const above = dirname(folder);
    const ends = own !== undefined || above === folder || basename(folder) === 'node_modules';
    const type = ends ? own?.type : typeOf(above);
    known.set(folder, type);
    return type;
  };
  return typeOf;
}

function packageType(path: string): { readonly type: string | undefined } | undefined {
  try {
    if (!lstatSync(path).isFile()) return undefined;
    const type: unknown = Reflect.get(Object(JSON.parse(readFileSync(path, 'utf8'))), 'type');
    return { type: type === 'module' || type === 'commonjs' ? type : undefined };
  } catch {
    return undefined;
  }
}

/**
 * Has Node compile a CommonJS text as it will when the file is required, so that its compile cache has it, and run nothing
 * of it: to call what it has compiled Node asks for the `exports` of the module, and gets none. A text that cannot be
 * compiled is told where the program loads it.
 */
function compileOnly(path: string, code: string): void {
  const module = new Module(path);
  Object.defineProperty(module, 'exports', {
    get() {
      throw new Error('a module that is compiled and not run');
    },
  });
  const compile: unknown = Reflect.get(Module.prototype, '_compile');
  if (typeof compile !== 'function') return;
  try {
    Reflect.apply(compile, module, [code, path, 'commonjs']);
  } catch {
    // Always: see above.
  }
}
