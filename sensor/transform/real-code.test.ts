import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { restoreText } from './emitted.ts';
import { PackedPlan, packPlan } from './packed-plan.ts';
import { parse, type SourceType } from './parse.ts';
import { planTransform, type TransformPlan } from './plan.ts';

/** Code that many people wrote and that runs as it is: packages of npm, bundles and minified files among them. */
const packages: readonly { readonly name: string; readonly functions: number }[] = [
  { name: 'typescript-5', functions: 20_000 },
  { name: 'prettier', functions: 4_000 },
  { name: 'lodash', functions: 1_500 },
  { name: 'rxjs', functions: 2_000 },
  { name: '@babel/parser', functions: 900 },
  { name: '@babel/traverse', functions: 300 },
  { name: '@babel/generator', functions: 300 },
  { name: '@babel/types', functions: 1_000 },
  { name: '@babel/core', functions: 300 },
  { name: 'axe-core', functions: 2_000 },
  { name: 'core-js', functions: 800 },
  { name: 'zod', functions: 1_000 },
  { name: 'undici', functions: 1_000 },
  { name: 'vite', functions: 3_000 },
  { name: 'meriyah', functions: 500 },
  { name: 'yaml', functions: 500 },
];

/** Of a package the largest files, as many as these bounds let in: all of most packages. */
const mostCharacters = 4_000_000;
const mostFiles = 400;

describe('the code of installed packages, measured, can be read, has its lines, and can be restored', () => {
  it.each(packages)('$name', { timeout: 60_000 }, ({ name, functions }) => {
    let planned = 0;
    for (const { path, text } of filesOf(name)) {
      const read = readable(text, path);
      // Templates and tests of syntax errors: Node could not run them either.
      if (!read) continue;
      const { sourceType, plan } = read;
      planned += plan.functions.length;
      expect(planTransform(text, sourceType, 'javascript'), `${path}: planned again`).toEqual(plan);
      const packed = new PackedPlan(packPlan({ plan, language: 'javascript', unreadable: undefined }));
      expect(packed.fits(text), `${path}: fits`).toBe(true);
      const code = packed.render(text, 7);
      expect(linesOf(code), `${path}: lines`).toBe(linesOf(text));
      // Not toBe: a difference of megabytes says less than the name of the file.
      expect(restoreText(code) === text, `${path}: restored`).toBe(true);
      expect(() => parse(code, sourceType, 'javascript'), `${path}: parses`).not.toThrow();
      for (const [index, { start, end, bodyStart }] of plan.functions.entries()) {
        if (start < bodyStart && bodyStart < end && end <= text.length) continue;
        expect.fail(`${path}: function ${index} is not at ${start}-${bodyStart}-${end}`);
      }
    }
    expect(planned).toBeGreaterThan(functions);
  });
});

function readable(text: string, path: string): { sourceType: SourceType; plan: TransformPlan } | undefined {
  const types: readonly SourceType[] = path.endsWith('.mjs') ? ['module'] : ['commonjs', 'module'];
  for (const sourceType of types) {
    try {
      return { sourceType, plan: planTransform(text, sourceType, 'javascript') };
    } catch (error) {
      if (!isValid(text, sourceType)) continue;
      throw new Error(`${path}: V8 can run it`, { cause: error });
    }
  }
  return undefined;
}

/** What V8 says, so that a parser does not judge itself. Modules cannot be compiled here without a flag of Node's. */
function isValid(text: string, sourceType: SourceType): boolean {
  if (sourceType === 'module') return false;
  try {
    compileFunction(text.replace(/^#!.*/, ''), ['exports', 'require', 'module', '__filename', '__dirname']);
    return true;
  } catch {
    return false;
  }
}

function linesOf(text: string): number {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).length;
}

interface CodeFile {
  readonly path: string;
  readonly text: string;
}

function filesOf(name: string): readonly CodeFile[] {
  const folder = (createRequire(import.meta.url).resolve.paths(name) ?? [])
    .map((path) => join(path, name))
    .find((path) => existsSync(join(path, 'package.json')));
  if (folder === undefined) throw new Error(`${name} is not installed: run npm install`);
  const texts = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.[cm]?js$/.test(path) || /(?:^|[\\/])node_modules[\\/]/.test(path)) continue;
    const text = readFileSync(join(folder, path), 'utf8');
    if (!texts.has(text)) texts.set(text, path);
  }
  const files = [...texts].map(([text, path]) => ({ path, text })).sort((a, b) => b.text.length - a.text.length);
  let characters = 0;
  return files.slice(0, mostFiles).filter(({ text }) => {
    const fits = characters < mostCharacters;
    characters += text.length;
    return fits;
  });
}
