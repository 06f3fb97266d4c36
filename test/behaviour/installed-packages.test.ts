import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import { installRuntime } from '@runlens/sensor/runtime/install';
import { restoreText } from '@runlens/sensor/transform/emitted';
import { type TransformResult, transform } from '@runlens/sensor/transform/transform';
import { describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const runtime = installRuntime();
const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];

function measure(file: string, source: string): TransformResult {
  const options = { filename: file, sourceType: 'commonjs', language: 'javascript' } as const;
  const result = transform(source, { ...options, firstSlot: runtime.reserved });
  runtime.reserve(result.functions.length);
  return result;
}

/** Loads a CommonJS file from a text. */
function load(file: string, code: string): unknown {
  const module = { exports: {} as unknown };
  const run = compileFunction(code.replace(/^#!.*/, ''), parameters, { filename: file });
  run.call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

/** What can be seen of an export: kinds, names, lengths, texts of functions, and what hangs on them. */
function shape(value: unknown, depth = 0, seen = new Set<unknown>()): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return typeof value;
  if (seen.has(value) || depth > 4) return '…';
  seen.add(value);
  const members: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor && 'value' in descriptor) members[String(key)] = shape(descriptor.value, depth + 1, seen);
    else members[String(key)] = [shape(descriptor?.get, depth + 1, seen), shape(descriptor?.set, depth + 1, seen)];
  }
  return typeof value === 'function'
    ? { text: String(value), name: value.name, length: value.length, members }
    : members;
}

/** Files of one piece, with a call whose answer must not change. */
const bundles: readonly { file: string; answer?: (exported: unknown) => unknown }[] = [
  { file: 'acorn', answer: parseWith },
  { file: '@babel/parser', answer: parseWith },
  { file: 'axios/dist/node/axios.cjs' },
  { file: 'qs/dist/qs.js' },
];

const text = readFileSync(require.resolve('acorn'), 'utf8').slice(0, 60_000);
const parsable = text.slice(0, text.indexOf('  // ', 50_000));

function parseWith(exported: unknown): unknown {
  // Both parsers export `parse(text, options)`.
  const { parse } = exported as { parse: (source: string, options: object) => unknown };
  return attempt(() => parse(parsable, { ecmaVersion: 2022, sourceType: 'script', errorRecovery: true }));
}
function attempt(call: () => unknown): string {
  try {
    return JSON.stringify(call());
  } catch (error) {
    return String(error);
  }
}

describe('a bundle that is measured exports and answers the same', () => {
  for (const { file, answer } of bundles) {
    it(file, () => {
      const path = file.includes('/dist/') ? packageFile(file) : require.resolve(file);
      const source = readFileSync(path, 'utf8');
      const result = measure(path, source);
      expect(result.unreadable).toBeUndefined();
      expect(result.code.split(/\r\n|[\n\r\u2028\u2029]/)).toHaveLength(source.split(/\r\n|[\n\r\u2028\u2029]/).length);
      const plain = load(path, source);
      const measured = load(path, result.code);
      expect(shape(measured)).toEqual(shape(plain));
      if (!answer) return;
      runtime.drain();
      expect(answer(measured)).toBe(answer(plain));
      expect(runtime.drain().reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThan(1_000);
    });
  }
});

/** A file of an installed package that its `exports` may not name. */
function packageFile(path: string): string {
  const folders = require.resolve.paths(path) ?? [];
  const folder = folders.find((candidate) => exists(join(candidate, path)));
  if (!folder) throw new Error(`${path} is not installed`);
  return join(folder, path);
}
function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

describe('each file of an installed package compiles as before and can be restored', () => {
  for (const name of ['fastify', 'ajv', 'avvio', 'find-my-way', 'tape', 'pino']) {
    it(name, () => {
      const entry = require.resolve(name);
      const folder = entry.slice(0, entry.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length);
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => /^(?!.*node_modules).*(?<!\.min)\.c?js$/.test(file))
        .slice(0, 300);
      let functions = 0;
      for (const file of files) {
        const source = readFileSync(join(folder, file), 'utf8');
        const result = transform(source, {
          filename: file,
          sourceType: 'commonjs',
          language: 'javascript',
          firstSlot: 0,
        });
        if (result.unreadable) {
          expect(() => compileFunction(source.replace(/^#!.*/, ''), parameters), result.unreadable).toThrow();
          continue;
        }
        functions += result.functions.length;
        expect(restoreText(result.code) === source, `${file} is restored`).toBe(true);
        compileFunction(result.code.replace(/^#!.*/, ''), parameters);
      }
      expect(functions).toBeGreaterThan(20);
    });
  }
});
