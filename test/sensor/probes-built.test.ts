import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProbedService, ProbingCollector } from './probe-story.ts';
import { nodeMajors, ServiceFolder } from './service-process.ts';

const source = `interface Basket { readonly items: readonly { readonly price: number }[]; readonly apiKey: string }

/** Types and comments move the lines of what is built. */
export function totalOf(basket: Basket, discount = 0): number {
  let total = 0;
  for (const { price } of basket.items) {
    total += price;
  }
  const reduced = total - discount;
  return reduced;
}

export const describeAll = async (baskets: readonly Basket[]): Promise<readonly string[]> => {
  const described: string[] = [];
  for await (const basket of baskets) {
    const total = totalOf(basket);
    described.push(\`total \${total}\`);
  }
  return described;
};
`;
const main = `import { describeAll, totalOf } from './basket.ts';
const calls: Record<string, (...given: never[]) => unknown> = { describeAll, totalOf };
process.on('message', async ({ call, given }: { call: string; given: never[] }) => {
  process.send?.({ result: await calls[call]?.(...given) });
});
console.log('ready');
`;

const baskets = [{ items: [{ price: 3 }, { price: 4 }], apiKey: 'swordfish' }];

type Built = readonly [what: string, program: string, options: BuildOptions];
const kinds: readonly Built[] = [
  ['CommonJS from TypeScript, file by file', 'files/main.js', { format: 'cjs', outdir: 'files' }],
  [
    'one minified ES module',
    'bundle/main.mjs',
    { format: 'esm', bundle: true, minify: true, outfile: 'bundle/main.mjs' },
  ],
  [
    'one minified CommonJS file with its map inside',
    'inline/main.cjs',
    { format: 'cjs', bundle: true, minify: true, sourcemap: 'inline', outfile: 'inline/main.cjs' },
  ],
];

describe.each(nodeMajors)('a line of a source is found in what was built from it, on Node %i', (node) => {
  let folder: ServiceFolder;
  let collector: ProbingCollector;
  beforeAll(async () => {
    folder = await ServiceFolder.create({ 'src/basket.ts': source, 'src/main.ts': main });
    collector = await ProbingCollector.start();
    const absWorkingDir = folder.path;
    const usual = { absWorkingDir, platform: 'node', target: 'node20', sourcemap: true, logLevel: 'silent' } as const;
    for (const [, , options] of kinds) {
      const entryPoints = options.bundle ? ['src/main.ts'] : ['src/main.ts', 'src/basket.ts'];
      await build({ ...usual, ...options, entryPoints });
    }
  });
  afterAll(async () => {
    await collector[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it.each(kinds)('%s', async (_, program) => {
    const preload = ['--import', '@runlens/sensor', ...(program.startsWith('files') ? ['-r', './resolve.cjs'] : [])];
    await folder.write({
      // What a build would do to the specifiers.
      'resolve.cjs': `const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => resolve(request.replace(/\\.ts$/, '.js'), ...rest);
`,
    });
    const service = new ProbedService(node, folder, collector.collector.url, program, { preload });
    try {
      await service.wrote('ready');
      await collector.connected();
      const { probe } = await collector.place({ kind: 'snapshot', place: { file: 'src/basket.ts', line: 10 } });
      const { instances } = await collector.reaches(probe.id, 'armed');
      expect(instances.at(-1)).toMatchObject({ state: 'armed', line: 10, function: 'totalOf' });
      expect(await service.ask({ call: 'describeAll', given: [baskets] })).toEqual({ result: ['total 7'] });
      const capture = await collector.firstCapture(probe.id);
      expect(capture).toMatchObject({ file: 'src/basket.ts', function: 'totalOf', line: 10 });
      expect(capture.values?.locals).toContainEqual(['total', { t: 'number', v: '7' }]);
      expect(capture.values?.arguments).toContainEqual(['discount', { t: 'number', v: '0' }]);
      expect(capture.stack?.slice(0, 2)).toMatchObject([
        { file: 'src/basket.ts', function: 'totalOf', line: 10 },
        { file: 'src/basket.ts', function: 'describeAll' },
      ]);
      expect(JSON.stringify(capture)).not.toContain('swordfish');
      await collector.remove(probe.id);
    } finally {
      await service.end();
    }
  });
});

describe('a source that is in two bundles', () => {
  it('is probed in both', async () => {
    await using folder = await ServiceFolder.create({
      'src/basket.ts': source,
      'src/one.ts': `export { totalOf } from './basket.ts';\n`,
      'src/two.ts': `export { totalOf } from './basket.ts';\nexport const more = 1;\n`,
      'main.cjs': `const one = require('./dist/one.js');
const two = require('./dist/two.js');
process.on('message', (basket) => process.send(one.totalOf(basket) + two.totalOf(basket)));
console.log('ready');
`,
    });
    await build({
      absWorkingDir: folder.path,
      entryPoints: ['src/one.ts', 'src/two.ts'],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      sourcemap: true,
      outdir: join(folder.path, 'dist'),
      logLevel: 'silent',
    });
    await using collector = await ProbingCollector.start();
    const service = new ProbedService(24, folder, collector.collector.url, 'main.cjs');
    try {
      await service.wrote('ready');
      await collector.connected();
      const { probe } = await collector.place({ kind: 'counter', place: { file: 'src/basket.ts', line: 10 } });
      const { instances } = await collector.reaches(probe.id, 'armed');
      expect(instances[0]).toMatchObject({ copies: 2 });
      expect(await service.ask(baskets[0])).toBe(14);
      await expect.poll(async () => (await collector.status(probe.id)).numbers[0]?.count).toBe(2);
    } finally {
      await service.end();
    }
  });
});
