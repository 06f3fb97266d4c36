import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { profile } from '@runlens/agent/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AnsweringServer, answering, type CliResult, cli, temporaryFolder } from '../testing.ts';

let folder: ReturnType<typeof temporaryFolder>;
let server: AnsweringServer;
const git = (...words: readonly string[]): string =>
  execFileSync('git', ['-C', folder.path, '-c', 'user.name=A', '-c', 'user.email=a@b.example', ...words], {
    encoding: 'utf8',
  });
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
};
const read = (path: string): string => readFileSync(join(folder.path, path), 'utf8');
const mark = (head: string, value: string): string => `<!-- runlens: ${head} -->${value}<!-- /runlens -->`;

beforeEach(async () => {
  folder = temporaryFolder();
  const instant = new Date().toISOString();
  server = await answering(() => ({
    body: {
      ...{ window: { since: instant, until: instant }, resolution: 'minute', files: [], truncated: false },
      profiles: [profile({ file: 'pricing/price.ts', function: 'priceLine', callsPerMinute: 40_200 })],
    },
  }));
  git('init', '-q');
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@b.example');
  put('pricing/price.ts', '/**\n * @runlens rate priceLine: 3/min\n */\nexport function priceLine() {}\n');
  put(
    'README.md',
    `Prices: ${mark('rate priceLine in pricing/price.ts', '12k/min')}, and ${mark('owner in pricing/price.ts', '@old')}.\n`,
  );
  put('.github/CODEOWNERS', '# who\n* @all\n/pricing/ @shop/pricing @anna # both\n');
  put('package.json', '{"scripts":{"check":"true"}}\n');
  git('add', '.');
  git('commit', '-qm', 'begin');
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});
const docs = (...args: readonly string[]): Promise<CliResult> =>
  cli(['docs', ...args], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, HOME: folder.path, RUNLENS_COLLECTOR_URL: server.url, RUNLENS_TOKEN: 't' },
  });

test('what does not hold is listed by its place, with what holds now', async () => {
  const { stdout, exitCode } = await docs('check');
  expect(stdout.split('\n')).toEqual([
    'README.md:1: rate of priceLine: 12k/min: stale, now 40.2k/min',
    'README.md:1: owner of pricing/price.ts: @old: stale, now @shop/pricing @anna',
    'pricing/price.ts:2: rate of priceLine: 3/min: stale, now 40.2k/min',
    '3 statements, 3 to look at',
    '',
  ]);
  expect(exitCode).toBe(1);
  expect((await docs('check', 'pricing')).stdout).toContain('1 statement, 1 to look at');
});

test('they are brought up to date, and then hold', async () => {
  expect(await docs('update')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('written: README.md, pricing/price.ts'),
  });
  expect(read('README.md')).toBe(
    `Prices: ${mark('rate priceLine in pricing/price.ts', '40.2k/min')}, and ${mark('owner in pricing/price.ts', '@shop/pricing @anna')}.\n`,
  );
  expect(read('pricing/price.ts')).toContain(' * @runlens rate priceLine: 40.2k/min\n');
  expect(await docs('check')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('3 statements, 0 to look at'),
  });
  expect((await docs('update')).stdout).not.toContain('written');
});

test('by a commit of these files alone, once the own check of the repository passes', async () => {
  put('package.json', '{}\n');
  const refused = await docs('update', '--commit', '--check', 'exit 3');
  expect(refused).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('own check does not pass') });
  expect(read('README.md')).toContain('12k/min');
  const done = await docs('update', '--commit', '--check', 'true', '--json');
  expect(JSON.parse(done.stdout)).toMatchObject({
    changed: ['README.md', 'pricing/price.ts'],
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  expect(git('show', '--format=%s', '--name-only', 'HEAD').trim().split('\n')).toEqual([
    ...['Documents say what production does now (3 statements)', '', 'README.md', 'pricing/price.ts'],
  ]);
  expect(git('status', '--porcelain', '-uno').trim()).toBe('M package.json');
});

test('a document with changes of its own is not committed', async () => {
  put('README.md', `${read('README.md')}More.\n`);
  expect(await docs('update', '--commit')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('not as it was committed'),
  });
});

test('a repository without marks is told how to write one', async () => {
  put('README.md', 'Nothing.\n');
  put('pricing/price.ts', 'export function priceLine() {}\n');
  expect(await docs('check')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No document carries') });
});

test('a collector that cannot be reached is told, and is no statement that is stale', async () => {
  await server[Symbol.asyncDispose]();
  expect(await docs('check')).toMatchObject({ exitCode: 3, stdout: '' });
  server = await answering(() => ({}));
});
