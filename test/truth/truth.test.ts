import { copyFile, readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { histogramCount, quantile, type SparseHistogram } from '@runlens/protocol/histogram';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/toolchain.mjs';
import { functionKey, OtlpRecorder } from '../sensor/otlp-recorder.ts';
import { type NodeMajor, runService, ServiceFolder } from '../sensor/service-process.ts';

/** Every function of the program in fixtures/, as often as it is called there. */
const calls = {
  'program.ts:6 handlers.checkout': 50,
  'program.ts:9 handlers.refuse': 7,
  'program.ts:12 hot': 200_000,
  'program.ts:16 pause': 75,
  'program.ts:17 pause.Promise(#1)': 75,
  'program.ts:20 main': 1,
  'program.ts:32 main.from(#1)': 40,
  'program.ts:33 main.filter(#2)': 40,
  'program.ts:42 main.then(#3)': 150,
  'pricing.ts:11 Cart.priceOf': 100,
  'pricing.ts:13 Cart.constructor': 58,
  'pricing.ts:17 Cart.add': 109,
  'pricing.ts:23 get Cart.total': 50,
  'pricing.ts:24 Cart.total.map(#1)': 100,
  'pricing.ts:24 Cart.total.reduce(#2)': 100,
  'pricing.ts:27 Cart.of': 58,
  'pricing.ts:31 Cart.lines': 1,
  'pricing.ts:36 spin': 120,
  'pricing.ts:44 nap': 150,
  'pricing.ts:46 nap.Promise(#1)': 150,
  'pricing.ts:50 quote': 40,
  'pricing.ts:55 quote.round': 32,
  'record.ts:4 record': 540,
  'record.ts:9 recorded': 1,
};
const spin = ['pricing.ts:36 spin', 'spin'] as const;
const nap = ['pricing.ts:44 nap', 'nap'] as const;
const neverCalled = { 'pricing.ts:60 neverCalled': 0 };
const errors = {
  'program.ts:9 handlers.refuse RangeError': 7,
  'pricing.ts:13 Cart.constructor RangeError': 7,
  'pricing.ts:17 Cart.add RangeError': 7,
  'pricing.ts:27 Cart.of RangeError': 7,
  'pricing.ts:50 quote TypeError': 8,
};

const fixtures = join(root, 'test', 'truth', 'fixtures');
let folder: ServiceFolder;

interface Form {
  readonly title: string;
  readonly nodes: readonly NodeMajor[];
  readonly arguments: readonly string[];
  readonly preload?: readonly string[];
  /** Of the file names in the table above. */
  readonly source: (name: string) => string;
  /** Its async functions are generators in promises, whose durations cannot be told. */
  readonly lowered?: boolean;
  /** A bundler leaves out what nothing calls. */
  readonly bundled?: boolean;
}

const tsx = ['--import', join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')];
const sensor = ['--import', '@runlens/sensor'];
const inTs = (name: string) => `ts/${name}`;

const forms: readonly Form[] = [
  {
    title: 'ESM as written',
    nodes: [20, 22, 24],
    arguments: ['esm/program.mjs'],
    source: (name) => `esm/${name.replace('.ts', '.mjs')}`,
  },
  {
    title: 'CommonJS as written',
    nodes: [20, 22, 24],
    arguments: ['cjs/program.cjs'],
    source: (name) => `cjs/${name.replace('.ts', '.cjs')}`,
  },
  { title: 'TypeScript, compiled file by file', nodes: [20, 24], arguments: ['compiled/program.mjs'], source: inTs },
  {
    title: 'the same, lowered to ES2016',
    nodes: [20, 24],
    arguments: ['lowered/program.mjs'],
    source: inTs,
    lowered: true,
  },
  { title: 'bundled', nodes: [20, 22, 24], arguments: ['bundled/program.cjs'], source: inTs, bundled: true },
  { title: 'bundled and minified', nodes: [20, 24], arguments: ['minified/program.mjs'], source: inTs, bundled: true },
  {
    title: 'a bundle of compiled files, through both maps',
    nodes: [24],
    arguments: ['chained/program.mjs'],
    source: inTs,
    bundled: true,
  },
  {
    title: 'TypeScript by tsx',
    nodes: [20, 22, 24],
    preload: [...tsx, ...sensor],
    arguments: ['ts/program.ts'],
    source: inTs,
  },
  {
    title: 'TypeScript by tsx that comes after the sensor',
    nodes: [20, 22, 24],
    preload: [...sensor, ...tsx],
    arguments: ['ts/program.ts'],
    source: inTs,
  },
  { title: 'TypeScript by Node itself', nodes: [22, 24], arguments: ['ts/program.ts'], source: inTs },
];

beforeAll(async () => {
  folder = await ServiceFolder.create({ 'ts/package.json': '{"type":"module"}' });
  const names = await readdir(fixtures);
  for (const name of names) {
    const text = await readFile(join(fixtures, name), 'utf8');
    await copyFile(join(fixtures, name), join(folder.path, 'ts', name));
    // Types become spaces: the lines are those of the table.
    const plain = stripTypeScriptTypes(text);
    const esm = plain.replaceAll(/(from '\.\/\w+)\.ts'/g, "$1.mjs'");
    await folder.write({
      [`esm/${name.replace('.ts', '.mjs')}`]: esm,
      [`cjs/${name.replace('.ts', '.cjs')}`]: toCommonJs(plain),
    });
  }
  const entryPoints = names.map((name) => join(folder.path, 'ts', name));
  const shared: BuildOptions = {
    platform: 'node',
    logLevel: 'error',
    sourcemap: true,
    outExtension: { '.js': '.mjs' },
  };
  // Imports of ./x.ts are left as they are by a file-by-file build: the files it makes are put beside their names.
  const eachFile: BuildOptions = {
    ...shared,
    format: 'esm',
    entryPoints,
    bundle: true,
    packages: 'external',
    plugins: [siblings()],
  };
  const [entry = ''] = entryPoints.filter((path) => path.endsWith('program.ts'));
  await build({ ...eachFile, outdir: join(folder.path, 'compiled'), sourcesContent: false });
  await build({ ...eachFile, outdir: join(folder.path, 'lowered'), target: 'es2016' });
  await build({
    ...shared,
    format: 'cjs',
    bundle: true,
    entryPoints: [entry],
    outdir: join(folder.path, 'bundled'),
    outExtension: { '.js': '.cjs' },
  });
  const minified: BuildOptions = { ...shared, format: 'esm', bundle: true, minify: true };
  await build({ ...minified, entryPoints: [entry], outdir: join(folder.path, 'minified'), sourcemap: 'inline' });
  await build({
    ...minified,
    // The maps of the compiled files are hidden from esbuild, which would merge them: the sensor must follow them.
    entryPoints: [join(folder.path, 'compiled', 'program.mjs')],
    outdir: join(folder.path, 'chained'),
    plugins: [withoutMaps()],
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

for (const form of forms) {
  describe(form.title, () => {
    it.each(form.nodes)('names, lines, calls and errors are exact, percentiles within 2 % (Node %i)', async (node) => {
      await using recorder = await OtlpRecorder.start();
      const recordedFile = join(folder.path, `recorded-${node}.json`);
      const { stdout, stderr, code } = await runService({
        node,
        folder,
        arguments: form.arguments,
        endpoint: recorder.url,
        environment: { TRUTH_FILE: recordedFile, NODE_NO_WARNINGS: '1' },
        ...(form.preload ? { preload: form.preload } : {}),
      });
      expect({ stdout, stderr, code }).toEqual({ stdout: '8902\n', stderr: '', code: 0 });
      expect(recorder.calls()).toEqual(inSources({ ...calls, ...(form.bundled ? {} : neverCalled) }, form));
      expect(recorder.errors()).toEqual(inSources(errors, form));
      const recorded: Record<string, Recording> = JSON.parse(await readFile(recordedFile, 'utf8'));
      for (const [key, name] of form.lowered ? [spin] : [spin, nap]) {
        expectSamePercentiles(recorder, Object.keys(inSources({ [key]: 0 }, form))[0] ?? '', recorded[name]);
      }
    });
  });
}

function inSources(table: Readonly<Record<string, number>>, form: Form): Record<string, number> {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [key.replace(/^[^:]+/, (name) => form.source(name)), value]),
  );
}

/** Every duration of one function, in milliseconds: read inside of each call, and around it by its caller. */
interface Recording {
  readonly inside: readonly number[];
  readonly around: readonly number[];
}

/**
 * The sensor reads the clock after the caller did and before the body does, and the other way round at the end. Where a
 * busy machine holds the process up between those reads they differ by milliseconds; but each duration of the sensor's
 * lies between the two recorded ones, so each of its percentiles lies between theirs, which otherwise are the same.
 */
function expectSamePercentiles(recorder: OtlpRecorder, key: string, recording: Recording | undefined): void {
  const histograms = recorder.of('code.function.duration').filter((point) => functionKey(point) === key);
  const counts = new Map<number, number>();
  for (const { histogram } of histograms) {
    expect(histogram?.scale).toBe(5);
    histogram?.bucketCounts.forEach((count, index) => {
      const bucket = histogram.offset + index;
      if (count > 0) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
    });
  }
  const indexes = [...counts.keys()].sort((a, b) => a - b);
  const merged: SparseHistogram = { zeroCount: 0, indexes, counts: indexes.map((index) => counts.get(index) ?? 0) };
  const calls = histogramCount(merged);
  expect(recording?.inside).toHaveLength(calls);
  expect(recording?.around).toHaveLength(calls);
  for (const q of [0.5, 0.9, 0.95, 0.99]) {
    const measured = quantile(merged, q) ?? Number.NaN;
    const least = percentileSeconds(recording?.inside ?? [], q);
    const most = percentileSeconds(recording?.around ?? [], q);
    const told = `p${q * 100} of ${key}: ${measured} s, recorded ${least} s inside and ${most} s around`;
    expect(measured, told).toBeGreaterThan(least * 0.98);
    expect(measured, told).toBeLessThan(most * 1.02);
  }
}

function percentileSeconds(milliseconds: readonly number[], q: number): number {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return (sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN) / 1000;
}

function toCommonJs(text: string): string {
  const exported = [...text.matchAll(/^export (?:async )?(?:class|function|const) (\w+)/gm)].map(([, name]) => name);
  return `${text
    .replaceAll(/^import (\{[^}]*\}) from '([^']+)';/gm, (_, names: string, from: string) => {
      return `const ${names} = require('${from.replace('.ts', '.cjs')}');`;
    })
    .replaceAll(/^export /gm, '')}module.exports = { ${exported.join(', ')} };\n`;
}

function siblings(): import('esbuild').Plugin {
  return {
    name: 'siblings',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/\w+\.ts$/ }, ({ path }) => ({ path: path.replace('.ts', '.mjs'), external: true }));
    },
  };
}

function withoutMaps(): import('esbuild').Plugin {
  return {
    name: 'without-maps',
    setup({ onLoad }) {
      onLoad({ filter: /\.mjs$/ }, async ({ path }) => ({
        // Not at the end, so esbuild does not look at it; it is in sourcesContent all the same.
        contents: await readFile(path, 'utf8'),
        loader: 'js',
      }));
    },
  };
}
