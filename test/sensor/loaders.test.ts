import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/toolchain.mjs';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, type RunOptions, runService, ServiceFolder } from './service-process.ts';

/** What ts-node, babel-register and the like do: compile in `require.extensions` and hand over to `_compile`. */
const requireHook = `
const { transformSync } = require(${JSON.stringify(join(root, 'node_modules', 'esbuild'))});
const { readFileSync } = require('node:fs');
require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    loader: 'ts', format: 'cjs', sourcemap: 'inline', sourcefile: filename, target: 'es2022',
  });
  module._compile(code, filename);
};
`;
const typed = `interface Line {
  readonly price: number;
  readonly count: number;
}

export enum Kind { Fixed, Free }

export class Basket {
  constructor(private readonly lines: readonly Line[]) {}
  total(): number {
    return this.lines.reduce((sum, { price, count }: Line) => sum + price * count, 0);
  }
}
`;
const withoutHooks = `
const module_ = require('node:module');
module_.registerHooks = undefined;
module_.syncBuiltinESMExports();
`;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({
    'hook.cjs': requireHook,
    'basket.ts': typed,
    'main.cjs': `const { Basket, Kind } = require('./basket.ts');
      const basket = new Basket([{ price: 2, count: 3 }, { price: 1, count: Kind.Free }]);
      for (let i = 0; i < 5; i += 1) basket.total();
      console.log(basket.total());`,
    'without-hooks.cjs': withoutHooks,
    'module.mjs': `import { twice } from './twice.cjs';
      import { own } from './own.mjs';
      export function here(n) { return twice(n) + own(n); }
      for (let i = 0; i < 20; i += 1) here(i);
      const { late } = await import('./late.mjs');
      console.log(late(1));`,
    'twice.cjs': 'exports.twice = (n) => Math.max(n, 0) * 2;\n',
    'own.mjs': 'export const own = (n) => Math.abs(n);\n',
    'late.mjs': 'export const late = (n) => Math.abs(n);\n',
    'requires.cjs': `const { own } = require('./own.mjs');
      for (let i = 0; i < 7; i += 1) own(i);
      import('./late.mjs').then(({ late }) => console.log(late(1)));`,
    'stripped.ts': `import { own } from './own.mjs';
      type N = number;
      function typed(n: N): N { return own(n); }
      for (let i = 0; i < 9; i += 1) typed(i);
      console.log(typed(1));`,
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

async function run(options: Pick<RunOptions, 'node' | 'arguments' | 'preload'>) {
  await using recorder = await OtlpRecorder.start();
  const environment = { NODE_NO_WARNINGS: '1' };
  const { code, stdout, stderr } = await runService({ ...options, folder, endpoint: recorder.url, environment });
  const calls = recorder.calls();
  return { code, stdout, stderr, calls: (file: string) => only(calls, file) };
}

const only = (calls: Readonly<Record<string, number>>, file: string) =>
  Object.fromEntries(Object.entries(calls).filter(([key]) => key.startsWith(file)));

describe.each(nodeMajors)('code that a hook of require compiles has its own lines and names, on Node %i', (node) => {
  const hook = ['--require', './hook.cjs'];
  const sensor = ['--import', '@runlens/sensor'];
  it.each([
    ['set up by --require', [...hook, ...sensor], ['main.cjs']],
    ['set up by the program', sensor, ['with-hook.cjs']],
  ] as const)('%s', async (_, preload, program) => {
    await folder.write({ 'with-hook.cjs': "require('./hook.cjs');\nrequire('./main.cjs');\n" });
    const { code, stdout, stderr, calls } = await run({ node, preload, arguments: program });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '7\n', stderr: '' });
    expect(calls('basket.ts')).toEqual({
      'basket.ts:9 Basket.constructor': 1,
      'basket.ts:10 Basket.total': 6,
      'basket.ts:11 Basket.total.reduce(#1)': 12,
    });
  });
});

// Node 22.14 and older, and 20, have no module.registerHooks: taken away, newer ones go the same way.
describe.each([22, 24] as const)('without module.registerHooks, on Node %i', (node) => {
  const preload = ['--require', './without-hooks.cjs', '--import', '@runlens/sensor'];

  it('a module, what it imports, and what it imports later are measured', async () => {
    const { code, stderr, calls } = await run({ node, preload, arguments: ['module.mjs'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect({ ...calls('module'), ...calls('own'), ...calls('twice'), ...calls('late') }).toEqual({
      'module.mjs:3 here': 20,
      'own.mjs:1 own': 20,
      'twice.cjs:1 twice': 20,
      'late.mjs:1 late': 1,
    });
  });

  it('a module that is required, and one that CommonJS imports, are measured', async () => {
    const { code, stderr, calls } = await run({ node, preload, arguments: ['requires.cjs'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect({ ...calls('own'), ...calls('late') }).toEqual({ 'own.mjs:1 own': 7, 'late.mjs:1 late': 1 });
  });

  it('types that Node strips are', async () => {
    const { code, stderr, calls } = await run({ node, preload, arguments: ['stripped.ts'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect({ ...calls('stripped'), ...calls('own') }).toEqual({ 'stripped.ts:3 typed': 10, 'own.mjs:1 own': 10 });
  });
});
