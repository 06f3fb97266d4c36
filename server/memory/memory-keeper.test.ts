/** Real files in a real git repository. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Memory, NewMemory } from '@runlens/agent/memory/memory';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Git } from '../git/git.ts';
import { memoryKeeper } from './memory-keeper.ts';

const priceText = `export function price(lines: readonly number[]): number {
  let sum = 0;
  for (const line of lines) {
    sum += line;
  }
  const rounded = Math.round(sum * 100) / 100;
  return rounded;
}
`;
const other = `export function tax(amount: number): number {
  return amount * 0.19;
}
`;

let root: string;
let git: Git;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runlens-memory-'));
  git = new Git({ trusted: () => true, environment: process.env });
  run('init', '--quiet', '--initial-branch=main');
  put('pricing/price.ts', priceText + other);
  commit('begins');
});
afterEach(() => {
  git.dispose();
  rmSync(root, { recursive: true, force: true });
});

function run(...words: string[]): string {
  const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', root, ...person, ...words], { encoding: 'utf8', stdio: 'pipe' });
}
function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
function commit(message: string): void {
  run('add', '--all');
  run('commit', '--quiet', '--message', message);
}

const keeper = (session = 's-1') =>
  memoryKeeper({ root, git, now: () => Date.parse('2026-01-02T12:00:00Z') }, { agent: 'Test Agent', session });
const decision = (overrides: Partial<NewMemory> = {}): NewMemory => ({
  ...{ kind: 'decision', title: 'Prices are rounded once', text: 'Twice loses cents.\n\n---\n\n- tried: integers' },
  ...{ functions: [{ file: 'pricing/price.ts', function: 'price' }], services: [], events: [], evidence: [], open: [] },
  ...overrides,
});
async function added(memory = decision(), session = 's-1'): Promise<{ memory: Memory; file: string; hidden: number }> {
  const result = await keeper(session).add(memory);
  if (result.kind === 'failed') throw new Error(result.message);
  return result;
}
async function all(): Promise<readonly Memory[]> {
  const shelf = await keeper().read();
  if (shelf.kind === 'failed') throw new Error(shelf.message);
  expect(shelf.unread).toEqual([]);
  return shelf.memories;
}

test('the next session reads what one wrote, word for word', async () => {
  const { memory, file } = await added();
  expect(file).toMatch(/^\.runlens\/memory\/2026-01-02-prices-are-rounded-once-m-[0-9a-z]{10}\.md$/);
  expect(await all()).toEqual([memory]);
  expect(readFileSync(join(root, file), 'utf8')).toContain('# Prices are rounded once\n\nTwice loses cents.\n\n---\n');
});

test('two branches that remember the same thing on the same day merge without a conflict', async () => {
  run('checkout', '--quiet', '-b', 'left');
  await added();
  commit('left');
  run('checkout', '--quiet', 'main');
  await added();
  commit('right');
  run('merge', '--quiet', '--no-edit', 'left');
  expect(await all()).toHaveLength(2);
});

test('a function that is what it was is current', async () => {
  const { memory } = await added();
  put('pricing/price.ts', `// a comment above\n${other}${priceText}`);
  expect(await keeper().standing(memory)).toEqual([
    { kind: 'same', file: 'pricing/price.ts', function: 'price', line: 5 },
  ]);
});

test('a function that was renamed is found under its new name', async () => {
  const { memory } = await added();
  put('pricing/price.ts', priceText.replace('price(', 'priceOf(') + other);
  expect(await keeper().standing(memory)).toMatchObject([{ kind: 'moved', function: 'priceOf' }]);
});

test('a function whose file was renamed is found there', async () => {
  const { memory } = await added();
  renameSync(join(root, 'pricing/price.ts'), join(root, 'pricing/rules.ts'));
  expect(await keeper().standing(memory)).toMatchObject([
    { kind: 'moved', file: 'pricing/rules.ts', function: 'price' },
  ]);
  commit('renamed');
  expect(await keeper().standing(memory)).toMatchObject([
    { kind: 'moved', file: 'pricing/rules.ts', function: 'price' },
  ]);
});

test('a function that moved to a file that was there is found there', async () => {
  put('tax.ts', other);
  commit('another file');
  const { memory } = await added();
  put('tax.ts', other + priceText);
  put('pricing/price.ts', other);
  expect(await keeper().standing(memory)).toMatchObject([{ kind: 'moved', file: 'tax.ts', function: 'price' }]);
});

test('a body that changed says by how much, also under another name, and also when the text of then was never committed', async () => {
  const { memory } = await added();
  const changed = priceText.replace('sum += line;', 'sum += Math.round(line);');
  put('pricing/price.ts', changed + other);
  expect(await keeper().standing(memory)).toMatchObject([
    {
      kind: 'changed',
      function: 'price',
      what: expect.stringMatching(/^its body has changed since [0-9a-f]{7}: 1 lines added, 1 taken away$/),
    },
  ]);
  put('pricing/price.ts', changed.replace('price(', 'priceOf(') + other);
  expect(await keeper().standing(memory)).toMatchObject([
    {
      kind: 'changed',
      function: 'priceOf',
      what: expect.stringContaining('it is now priceOf in pricing/price.ts, and its body has changed'),
    },
  ]);
  // It is remembered of a text that git does not know.
  const { memory: second } = await added(decision({ functions: [{ file: 'pricing/price.ts', function: 'priceOf' }] }));
  put('pricing/price.ts', priceText.replace('price(', 'priceOf('));
  expect(await keeper().standing(second)).toMatchObject([{ kind: 'changed', function: 'priceOf' }]);
});

test('a function that is gone is said to be gone', async () => {
  const { memory } = await added();
  put('pricing/price.ts', other);
  expect(await keeper().standing(memory)).toMatchObject([{ kind: 'gone', what: expect.stringContaining('price') }]);
  rmSync(join(root, 'pricing'), { recursive: true });
  expect(await keeper().standing(memory)).toMatchObject([{ kind: 'gone', what: expect.stringContaining('is gone') }]);
});

test('a function that is not there is not remembered; the reason names those that are', async () => {
  const result = await keeper().add(decision({ functions: [{ file: 'pricing/price.ts', function: 'cost' }] }));
  expect(result).toMatchObject({ kind: 'failed', message: expect.stringContaining('price, tax') });
  expect(await all()).toEqual([]);
});

test('no secret is written, and no line that acts on a terminal', async () => {
  const secret = `ghp_${'a1B2'.repeat(9)}`;
  const { file, hidden, memory } = await added(decision({ text: `token=${secret}\n\u001b[31mred\u202e` }));
  const written = readFileSync(join(root, file), 'utf8');
  expect(hidden).toBe(1);
  expect(written).not.toContain(secret);
  expect(memory.text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
});

test('one that replaces another takes its place', async () => {
  const first = await added();
  const { memory } = await added(decision({ title: 'Prices are never rounded', replaces: first.memory.id }));
  expect((await all()).map(({ id }) => id)).toEqual([memory.id]);
});

test('what is forgotten is gone, and what is not there cannot be', async () => {
  const { memory } = await added();
  expect(await keeper().remove(memory.id)).toMatchObject({ kind: 'removed' });
  expect(await all()).toEqual([]);
  expect(await keeper().remove(memory.id)).toMatchObject({ kind: 'failed' });
});

test('a link out of the repository is neither read nor written through', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'runlens-outside-'));
  try {
    symlinkSync(outside, join(root, '.runlens'));
    mkdirSync(join(outside, 'memory'));
    expect(await keeper().add(decision())).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('a link'),
    });
    expect(await keeper().read()).toMatchObject({ kind: 'failed' });
    expect(await readdir(join(outside, 'memory'))).toEqual([]);
    rmSync(join(root, '.runlens'));
    const { file } = await added();
    symlinkSync(join(outside, 'secret'), join(root, dirname(file), 'a-link.md'));
    expect(await all()).toHaveLength(1);
    symlinkSync(join(outside, 'code.ts'), join(root, 'pricing', 'linked.ts'));
    writeFileSync(join(outside, 'code.ts'), priceText);
    expect(
      await keeper().add(decision({ functions: [{ file: 'pricing/linked.ts', function: 'price' }] })),
    ).toMatchObject({
      kind: 'failed',
    });
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
});

test.each([
  ['conflicts', '<<<<<<< HEAD\n', 'conflicts'],
  ['no front matter', '# only words\n', 'front matter'],
  ['an alias in it', '---\na: &a [1]\nb: *a\n---\n# t\n\nx\n', 'alias'],
  ['another form', '---\nid: nonsense\n---\n# t\n\nx\n', 'id'],
])('a file with %s is told and keeps nobody from the others', async (_name, text, reason) => {
  const { memory } = await added();
  put('.runlens/memory/2025-01-01-broken.md', text);
  expect(await keeper().read()).toMatchObject({
    memories: [memory],
    unread: [{ file: '.runlens/memory/2025-01-01-broken.md', reason: expect.stringContaining(reason) }],
  });
});
