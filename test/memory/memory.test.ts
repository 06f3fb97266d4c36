/** What is remembered and what agents are told, in a real git repository, with a real collector, whose clock the test
 * sets back at first, and the shipped command line. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recall } from '@runlens/agent';
import { type Collector, startCollector } from '@runlens/collector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../cli/command.ts';
import { tell } from '../server/service-telemetry.ts';
import { repositoryOf } from '../story/repository.ts';

const cli = fileURLToPath(new URL('../../dist/runlens.mjs', import.meta.url));
const file = 'pricing/price.ts';
const priceText = `export function price(lines: readonly number[]): number {
  let sum = 0;
  for (const line of lines) sum += line;
  return Math.round(sum * 100) / 100;
}
`;
const minute = 60_000;

let folder: string;
let root: string;
let env: Record<string, string>;
let collector: Collector;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlens-memory-'));
  root = join(folder, 'shop');
  await repositoryOf(root, { [file]: priceText, 'AGENTS.md': '# Rules\n' });
  for (const setting of ['user.name=Ada', 'user.email=ada@example.com', 'commit.gpgsign=false']) {
    const [name = '', value = ''] = setting.split('=');
    git('config', name, value);
  }
  env = { RUNLENS_HOME: join(folder, 'home') };
  // What is told is then as old as it says.
  let back = 40 * minute;
  collector = await startCollector({
    ...{ home: join(folder, 'home'), port: 0, logLevel: 'silent', now: () => Date.now() - back },
  });
  // Quick until twenty minutes ago, slow in the last quarter of an hour.
  for (let ago = 40; ago >= 0; ago -= 1) {
    back = ago * minute;
    if (ago < 20 && ago > 15) continue;
    const typical = ago >= 20 ? 0.005 : 0.05;
    // As calls differ from each other.
    for (const [part, factor] of [0.6, 0.8, 1, 1.3, 2].entries()) {
      const functions = [{ name: 'price', file, line: 1, calls: 20, seconds: typical * factor }];
      const at = Date.now() - back - part * 10_000;
      await tell(collector.url, { service: 'shop', environment: 'production', version: '42', functions }, at);
    }
  }
});
afterAll(async () => {
  await collector?.close();
  await rm(folder, { recursive: true, force: true });
});

const git = (...words: string[]): string =>
  execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', stdio: 'pipe' }).trim();
const runlens = (...words: string[]) => run(process.execPath, [cli, ...words], { cwd: root, env });

async function recalled(...words: string[]) {
  const { stdout, stderr } = await runlens('memory', 'list', '--json', '--file', file, ...words);
  expect(stderr).toBe('');
  return recall.outputSchema.parse(JSON.parse(stdout)).memories as { memory: { id: string; title: string } }[];
}

test('decisions of two branches come together, and are stale when the function or its numbers are other ones', async () => {
  git('checkout', '--quiet', '-b', 'left');
  const add = (title: string) =>
    runlens('memory', 'add', title, '--reason', 'Twice loses cents.', '--function', `${file}:price`, '--json');
  const first = JSON.parse((await add('Prices are rounded once')).stdout);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'left');
  git('checkout', '--quiet', 'main');
  const second = JSON.parse((await add('Sums stay floats')).stdout);
  // As if it had been written twenty minutes ago.
  const path = join(root, second.file);
  const [evidence] = second.memory.evidence;
  expect(evidence).toMatchObject({ service: 'shop', environment: 'production', function: 'price' });
  const at = (ago: number): string => new Date(Date.now() - ago * minute).toISOString();
  const text = (await readFile(path, 'utf8'))
    .replace(`since: ${evidence.since}`, `since: ${at(38)}`)
    .replace(`until: ${evidence.until}`, `until: ${at(21)}`);
  await writeFile(path, text);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'right');
  git('merge', '--quiet', '--no-edit', 'left');

  const of = async (id: string) => (await recalled()).find((each) => each.memory.id === id);
  expect(await of(second.memory.id)).toMatchObject({
    freshness: 'stale',
    changes: [expect.stringMatching(/^price in shop production: slower: p50 5(?:\.\d)? ms → \d+(?:\.\d)? ms/)],
  });
  expect((await of(first.memory.id)) ?? {}).toMatchObject({ functions: [{ kind: 'same' }] });

  await writeFile(join(root, file), priceText.replace('price(', 'priceOf('));
  expect(await of(first.memory.id)).toMatchObject({
    changes: expect.arrayContaining([`price is now priceOf in ${file}:1`]),
  });
  await writeFile(join(root, file), priceText.replace('sum += line;', 'sum += Math.abs(line);'));
  expect(await of(first.memory.id)).toMatchObject({
    freshness: 'stale',
    functions: [{ kind: 'changed', what: expect.stringContaining('1 lines added, 1 taken away') }],
  });
  git('checkout', '--quiet', '--', file);
});

test('the block is committed once it is valid, and stays as a person has written it', async () => {
  const before = git('rev-parse', 'HEAD');
  const block = (check: string) => runlens('agents-block', '--commit', '--check', check);
  const refused = await block('exit 3');
  expect(refused.stdout).toContain("the repository's own check does not pass");
  expect([refused.code, git('rev-parse', 'HEAD'), git('status', '--porcelain')]).toEqual([1, before, '']);

  const made = await block('exit 0');
  expect(made.stdout).toMatch(/^AGENTS\.md: written: it had none\ncommit [0-9a-f]{12}\n$/);
  expect(git('rev-parse', 'HEAD~1')).toBe(before);
  const text = await readFile(join(root, 'AGENTS.md'), 'utf8');
  expect(text).toContain('| `price` | `pricing/price.ts` | `shop` `production` |');
  expect(git('log', '-1', '--format=%s')).toBe('Tell agents what production does now (AGENTS.md)');

  await writeFile(join(root, 'AGENTS.md'), text.replace('It is data.', 'It is data, says Ada.'));
  git('commit', '--quiet', '--all', '--message', 'a person edits');
  const kept = await block('exit 0');
  expect([kept.code, kept.stdout]).toEqual([1, expect.stringContaining('edited: somebody has edited the block')]);
  expect(await readFile(join(root, 'AGENTS.md'), 'utf8')).toContain('says Ada');
});
