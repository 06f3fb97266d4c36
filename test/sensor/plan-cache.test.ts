import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { type NodeMajor, nodeMajors, runService, ServiceFolder, ServiceProcess } from './service-process.ts';

/** All in the folder of what V8 made of texts. */
const compiledScripts = () => {
  const parent = join(folder.cache, 'sensor');
  return readdirSync(parent)
    .filter((name) => name.endsWith('.code'))
    .flatMap((name) => readdirSync(join(parent, name), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile());
};

const commonJs = {
  'main.cjs': `const { twice } = require('./twice.cjs');
    function here(n) { return twice(n) + [n].map((x) => Math.abs(x))[0]; }
    for (let i = 0; i < 20; i += 1) here(i);
    console.log(here(1));`,
  'twice.cjs': 'exports.twice = (n) => Math.max(n, 0) * 2;\n',
};
const commonJsCalls = { 'main.cjs:2 here': 21, 'main.cjs:2 here.map(#1)': 21, 'twice.cjs:1 twice': 21 };
const modules = {
  // The hooks' thread of Node 20 keeps its plans a moment after the last module.
  'main.mjs': `import { own } from './own.mjs';
    export function here(n) { return own(n); }
    for (let i = 0; i < 20; i += 1) here(i);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    console.log(here(1));`,
  'own.mjs': 'export const own = (n) => Math.abs(n);\n',
};
const moduleCalls = { 'main.mjs:2 here': 21, 'own.mjs:1 own': 21 };

let folder: ServiceFolder;
beforeEach(async () => {
  folder = await ServiceFolder.create({ ...commonJs, ...modules });
});
afterEach(() => folder[Symbol.asyncDispose]());

async function run(
  program: string,
  node: NodeMajor = 24,
  environment: Readonly<Record<string, string>> = {},
  preload?: readonly string[],
) {
  await using recorder = await OtlpRecorder.start();
  const { code, stdout, stderr } = await runService({
    node,
    folder,
    arguments: [program],
    endpoint: recorder.url,
    environment: { NODE_NO_WARNINGS: '1', ...environment },
    ...(preload && { preload }),
  });
  const calls = Object.fromEntries(Object.entries(recorder.calls()));
  return { code, stdout, stderr, calls };
}

/** Without its parsers the sensor can measure only what it has the plans of. */
function removeParsers(): void {
  for (const parser of ['acorn.cjs', 'babel.cjs']) rmSync(join(folder.sensor, parser));
}
/** Beside the folder of what V8 made of texts. */
const kept = (): readonly string[] =>
  readdirSync(join(folder.cache, 'sensor')).filter((name) => !name.endsWith('.code'));
const keptKinds = (): readonly string[] => kept().map((name) => extname(name));
/** Until then it has another name. */
const isWhole = (name: string): boolean => name.endsWith('.plans');

describe.each(nodeMajors)('the second start needs no parser, on Node %i', (node) => {
  it.each([
    ['CommonJS', 'main.cjs', commonJsCalls],
    ['modules', 'main.mjs', moduleCalls],
  ])('%s', async (_, program, calls) => {
    const first = await run(program, node);
    expect(first).toMatchObject({ code: 0, stderr: '', calls });
    removeParsers();
    expect(await run(program, node)).toEqual(first);
  });
});

describe.each(nodeMajors)('a first start needs no parser where it was prepared, on Node %i', (node) => {
  it.each([
    ['CommonJS', 'main.cjs', commonJsCalls],
    ['modules', 'main.mjs', moduleCalls],
  ])('%s', async (_, program, calls) => {
    const prepared = await run(program, node, { RUNLENS_PREPARE: '1' });
    expect(prepared).toMatchObject({ code: 0, stdout: '', calls: {} });
    expect(prepared.stderr).toMatch(/^runlens: prepared \d+ functions in 4 files for later starts/);
    removeParsers();
    expect(await run(program, node)).toMatchObject({ code: 0, stderr: '', calls });
  });
});

it('what is prepared are the named folders, with texts and what V8 made of them, and nothing of it is run', async () => {
  await folder.write({
    'lib/breaks.cjs': "require('node:fs').writeFileSync('ran', ''); throw new Error('it was run');\n",
    'lib/part.cjs': 'exports.part = (n) => Math.abs(n);\n',
    'lib/wrong.cjs': 'function {\n',
    'other/big.cjs': 'exports.big = 1;\n',
  });
  const { code, stderr } = await run('main.cjs', 24, { RUNLENS_PREPARE: 'main.cjs, lib' });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(
      /not measured: .*wrong\.cjs: .*\n.*: prepared \d+ functions in 3 files for later starts/,
    ),
  });
  expect(existsSync(join(folder.path, 'ran'))).toBe(false);
  expect(keptKinds().toSorted()).toEqual(['.plans', '.texts']);
  expect(compiledScripts().length).toBeGreaterThanOrEqual(3);
});

it('what cannot be prepared is told, and ends with 1', async () => {
  const nowhere = await run('main.cjs', 24, { RUNLENS_PREPARE: 'lost' });
  expect(nowhere).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('lost') });
  const without = await run('main.cjs', 24, { RUNLENS_PREPARE: '1', RUNLENS_CACHE: 'off' });
  expect(without).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('set RUNLENS_CACHE to a folder'),
  });
});

it('a tool that starts the program runs, and the program is prepared', async () => {
  await folder.write({
    'node_modules/tool/start.cjs':
      "require('node:child_process').spawnSync(process.execPath, ['--import', '@runlens/sensor', 'main.cjs'], { stdio: 'inherit' });\n",
  });
  const { code, stderr } = await run('node_modules/tool/start.cjs', 24, { RUNLENS_PREPARE: '1' });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^runlens: prepared/) });
  removeParsers();
  expect(await run('main.cjs')).toMatchObject({ code: 0, stderr: '', calls: commonJsCalls });
});

it('types that Node strips need none either', async () => {
  await folder.write({
    'main.ts': 'type N = number;\nfunction typed(n: N): N { return Math.abs(n); }\nconsole.log(typed(1));\n',
  });
  const first = await run('main.ts');
  expect(first).toMatchObject({ code: 0, stderr: '', calls: { 'main.ts:2 typed': 1 } });
  removeParsers();
  expect(await run('main.ts')).toEqual(first);
});

it('a text that was changed is read anew', async () => {
  await run('main.cjs');
  await folder.write({ 'twice.cjs': '\nexports.thrice = (n) => n;\nexports.twice = (n) => Math.max(n, 0) * 2;\n' });
  const changed = { code: 0, stderr: '', calls: { 'main.cjs:2 here': 21, 'twice.cjs:3 twice': 21 } };
  expect(await run('main.cjs')).toMatchObject(changed);
  removeParsers();
  expect(await run('main.cjs')).toMatchObject(changed);
});

it('in a bundle, what is not the own code is known again, until the map is another', async () => {
  await folder.write({
    'node_modules/dep/index.js': 'exports.dep = (n) => Math.abs(n) + 1;\n',
    'src/main.js': "const { dep } = require('dep');\nfunction own(n) { return dep(n); }\nconsole.log(own(1));\n",
  });
  const bundle = () =>
    build({
      absWorkingDir: folder.path,
      entryPoints: ['src/main.js'],
      outfile: join(folder.path, 'out.cjs'),
      bundle: true,
      platform: 'node',
      sourcemap: 'linked',
    });
  await bundle();
  const first = await run('out.cjs');
  expect(first).toMatchObject({ code: 0, stdout: '2\n', stderr: '', calls: { 'src/main.js:2 own': 1 } });
  expect(Object.keys(first.calls)).toHaveLength(1);
  await tellOfParsedBundles();
  // The text of its source is read, for the names, when there is time.
  expect(await run('out.cjs')).toEqual(first);
  const map = join(folder.path, 'out.cjs.map');
  await writeFile(map, `${await readFile(map, 'utf8')} `);
  expect(await run('out.cjs')).toEqual({ ...first, stderr: 'a bundle is parsed\n' });
});

/** Lets the parser say so when it is given a text that esbuild made. */
async function tellOfParsedBundles(): Promise<void> {
  const parser = join(folder.sensor, 'acorn.cjs');
  await rename(parser, join(folder.sensor, 'own.cjs'));
  await writeFile(
    parser,
    `const { parse } = require('./own.cjs');
     exports.parse = (text, options) => {
       if (text.includes('__commonJS')) require('node:fs').writeSync(2, 'a bundle is parsed\\n');
       return parse(text, options);
     };`,
  );
}

it('what somebody has damaged is read anew', async () => {
  const first = await run('main.cjs');
  for (const file of kept()) await writeFile(join(folder.cache, 'sensor', file), 'process.exit(7);');
  expect(await run('main.cjs')).toEqual(first);
  removeParsers();
  expect(await run('main.cjs')).toEqual(first);
});

it('many starts at once are all measured, and leave one file of each kind', async () => {
  const runs = await Promise.all(Array.from({ length: 6 }, () => run('main.cjs')));
  for (const each of runs) expect(each).toMatchObject({ code: 0, stderr: '', calls: commonJsCalls });
  expect(keptKinds().toSorted()).toEqual(['.plans', '.texts']);
  removeParsers();
  expect(await run('main.cjs')).toEqual(runs[0]);
});

it('a service that is killed later has its plans once it was flushed twice', async () => {
  await folder.write({
    'killed.cjs': `${commonJs['main.cjs']}\nsetInterval(() => {}, 1_000);`,
  });
  await using recorder = await OtlpRecorder.start();
  const service = new ServiceProcess({
    node: 24,
    folder,
    arguments: ['killed.cjs'],
    endpoint: recorder.url,
    environment: { RUNLENS_FLUSH_INTERVAL: '200' },
  });
  await until('its plans are kept', () => existsSync(folder.cache) && kept().some(isWhole));
  await until('its texts are kept', () => keptKinds().includes('.texts'));
  await until('what V8 made of them is kept', () => compiledScripts().length > 0);
  await service.kill();
  expect(keptKinds().toSorted()).toEqual(['.plans', '.texts']);
});

it('no code is kept where that is turned off', async () => {
  await run('main.cjs', 24, { RUNLENS_CACHE_CODE: 'off' });
  expect(keptKinds()).toEqual(['.plans']);
  expect(readdirSync(join(folder.cache, 'sensor'))).toHaveLength(1);
});

it('texts that were kept run as they did: errors, stacks and what is loaded on the way', async () => {
  await folder.write({
    'main.cjs': `const late = () => require('./late.cjs');
      function fails(n) { if (n > 1) throw new TypeError('too much'); return n; }
      for (const n of [1, 2, 3]) try { fails(n); } catch (error) { console.log(error.stack.split('\\n')[1].replace(/^.*main/, 'main').replace(/:\\d+\\)$/, '')); }
      console.log(fails.toString(), late().dated.name, typeof require('node:module').getCompileCacheDir());`,
    'late.cjs': 'exports.dated = function dated() { return 1; };',
  });
  const first = await run('main.cjs');
  expect(first).toMatchObject({ code: 0, stderr: '', calls: { 'main.cjs:2 fails': 3, 'main.cjs:1 late': 1 } });
  expect(first.stdout).toContain('main.cjs:2\n');
  expect(first.stdout).toContain(
    "function fails(n) { if (n > 1) throw new TypeError('too much'); return n; } dated string",
  );
  expect(keptKinds()).toContain('.texts');
  removeParsers();
  for (let start = 0; start < 2; start += 1) expect(await run('main.cjs')).toEqual(first);
});

describe('a service that can keep nothing is measured and hears nothing of it', () => {
  it.each([
    ['turned off', { RUNLENS_CACHE: 'off' }],
    ['without a home', { RUNLENS_CACHE: '', HOME: '/nonexistent' }],
    ['in a place that cannot be', { RUNLENS_CACHE: '/dev/null/cache' }],
    // Where Node's own recursive mkdir tries for ever.
    ['on a file system that takes no files', { RUNLENS_CACHE: '/proc/cache' }],
  ])('%s', async (_, environment) => {
    for (let start = 0; start < 2; start += 1) {
      const ended = await run('main.cjs', 24, environment);
      expect(ended).toMatchObject({ code: 0, stderr: '', calls: commonJsCalls });
    }
    expect([folder.cache, '/nonexistent', join(folder.path, 'off')].filter(existsSync)).toEqual([]);
  });
});

const canLimit = spawnSync('prlimit', ['--version']).status === 0;
it.runIf(canLimit)(`on a full disk no half of a file is left${canLimit ? '' : ' (needs prlimit)'}`, async () => {
  await folder.write({
    'full.cjs': `require('node:child_process').spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=100']);
      require('./main.cjs');`,
  });
  expect(await run('full.cjs')).toMatchObject({ code: 0, stderr: '', calls: commonJsCalls });
  expect(kept()).toEqual([]);
});

it.each([22, 24] as const)("V8's code of the same files, kept by Node %i, is not mixed up", async (node) => {
  const environment = { NODE_COMPILE_CACHE: join(folder.path, '.compiled') };
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await run('main.cjs', node, environment)).toMatchObject({ code: 0, stderr: '', calls: commonJsCalls });
    const plain = await run('main.cjs', node, environment, ['--no-warnings']);
    expect(plain).toMatchObject({ code: 0, stdout: '3\n', calls: {} });
  }
  expect(readdirSync(join(folder.path, '.compiled')).length).toBeGreaterThan(0);
});
