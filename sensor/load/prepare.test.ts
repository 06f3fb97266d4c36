import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LoadedText } from './instrument.ts';
import { prepare } from './prepare.ts';

let base: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'runlens-prepare-')));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
  }
}

/** What is handed over to be planned, by path. */
function prepared(places: readonly string[] = ['.'], isFirstParty: (path: string) => boolean = () => true) {
  const seen: Record<string, string> = {};
  const instrumenter = {
    keepsPlans: true,
    keepsCompiled: false,
    instrument: ({ path, sourceType, typescript }: LoadedText) => {
      const name = path.slice(base.length + 1);
      if (seen[name]) throw new Error(`${name} is planned twice`);
      seen[name] = typescript ? `${sourceType} typescript` : sourceType;
      return undefined;
    },
    save: () => true,
  };
  prepare({
    instrumenters: { commonjs: instrumenter, module: instrumenter },
    isFirstParty,
    places: places.map((place) => join(base, place)),
  });
  return seen;
}

it('a file is planned as Node will load it: by its extension, its package, and else by its text', () => {
  write({
    'a.cjs': 'import {} from "x"',
    'a.mjs': '1',
    'a.ts': 'export const a: number = 1',
    'a.mts': '1',
    'a.cts': '1',
    'a.d.ts': 'export type A = 1',
    'a.json': '{}',
    'plain.js': "const part = require('part');\nimport('x');\n",
    'looks.js': "// a module\nimport { x } from 'x';\n",
    'esm/package.json': '{"type":"module"}',
    'esm/deep/a.js': '1',
    'cjs/package.json': '{"type":"commonjs"}',
    'cjs/a.js': 'export {}',
    'esm/none/package.json': '{}',
    'esm/none/a.js': '1',
    'esm/broken/package.json': '{',
    'esm/broken/a.js': '1',
  });
  expect(prepared()).toEqual({
    'a.cjs': 'commonjs',
    'a.mjs': 'module',
    'a.ts': 'module typescript',
    'a.mts': 'module typescript',
    'a.cts': 'commonjs typescript',
    'plain.js': 'commonjs',
    'looks.js': 'module',
    'esm/deep/a.js': 'module',
    'cjs/a.js': 'commonjs',
    'esm/none/a.js': 'commonjs',
    'esm/broken/a.js': 'module',
  });
});

it('packages, links, and what is not first-party are passed over; what is named twice is planned once', () => {
  write({
    'src/a.js': '1',
    'src/b.js': '1',
    'src/node_modules/dep/index.js': '1',
    'src/.git/hook.js': '1',
    'other/c.js': '1',
    program: '1',
  });
  symlinkSync(join(base, 'src'), join(base, 'src/again'));
  const isFirstParty = (path: string) => !path.endsWith('b.js');
  expect(Object.keys(prepared(['src', 'src', 'src/a.js', 'program'], isFirstParty))).toEqual(['src/a.js', 'program']);
  expect(() => prepared(['lost'])).toThrow('lost');
});
