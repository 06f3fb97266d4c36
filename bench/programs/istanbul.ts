/**
 * `node --require istanbul.cjs program.cjs`: istanbul's counters (each function, statement and branch) in the files
 * whose paths begin with one of `ISTANBUL_FILES` (JSON), as nyc puts them there. What was instrumented once is kept in
 * `ISTANBUL_CACHE`, as nyc does, so that its own work is no part of what is measured.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { createInstrumenter } from 'istanbul-lib-instrument';

const prefixes: readonly string[] = JSON.parse(process.env.ISTANBUL_FILES ?? '[]');
const cache = process.env.ISTANBUL_CACHE ?? '';
mkdirSync(cache, { recursive: true });

interface Compiling {
  _compile(this: NodeJS.Module, text: string, path: string, ...more: unknown[]): unknown;
}
// Not in the types, though every tool that hooks `require` builds on it.
const prototype = Module.prototype as unknown as Compiling;
const { _compile: compile } = prototype;
prototype._compile = function compileCounted(text, path, ...more) {
  const counted = prefixes.some((prefix) => path.startsWith(prefix)) ? instrumented(text, path) : text;
  return compile.call(this, counted, path, ...more);
};

function instrumented(text: string, path: string): string {
  const kept = join(cache, `${createHash('sha256').update(path).update(text).digest('hex')}.cjs`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const code = createInstrumenter({ esModules: false, compact: false }).instrumentSync(text, path);
  writeFileSync(`${kept}.${process.pid}`, code);
  renameSync(`${kept}.${process.pid}`, kept);
  return code;
}
