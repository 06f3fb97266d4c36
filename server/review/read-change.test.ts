import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ChangedFunction, ReadChange } from '@runlens/agent/review/change';
import { describe, expect, test } from 'vitest';
import { Git } from '../git/git.ts';
import { changeReader } from './read-change.ts';

type Files = Readonly<Record<string, string | null>>;

/** A repository of its own with a first commit, which is gone when the scope ends. */
function repository(files: Files) {
  const root = mkdtempSync(join(tmpdir(), 'runlens review '));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const write = (changes: Files): void => {
    for (const [path, text] of Object.entries(changes)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (text === null) rmSync(join(root, path));
      else writeFileSync(join(root, path), text);
    }
  };
  const commit = (changes: Files): void => {
    write(changes);
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'x');
  };
  git('init', '--quiet', '--initial-branch=main');
  commit(files);
  return { root, git, write, commit, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

async function readIn(root: string, request: { base?: string; head?: string } = {}) {
  const git = new Git({ trusted: () => true, environment: process.env });
  const reader = changeReader({ root, git });
  try {
    return await reader.read(request);
  } finally {
    await reader.dispose();
    git.dispose();
  }
}

async function changeOf(before: Files, after: Files): Promise<ReadChange> {
  using repo = repository(before);
  repo.write(after);
  const change = await readIn(repo.root);
  if (change.kind === 'failed') throw new Error(change.message);
  return change;
}

async function only(before: Files, after: Files): Promise<ChangedFunction> {
  const { functions } = await changeOf(before, after);
  const [first] = functions;
  if (!first || functions.length > 1) throw new Error(`${functions.length} functions: ${JSON.stringify(functions)}`);
  return first;
}

const added = (one: ChangedFunction) =>
  one.added.map(({ text, inLoop, conditional, reaches }) => ({
    text,
    inLoop,
    conditional,
    reaches: reaches.map(({ kind, operations }) => `${kind} ${operations}`).join(', '),
  }));
const lost = (one: ChangedFunction) => one.lost.map(({ kind, text }) => `${kind}: ${text}`);

const stock = `import { DatabaseSync, type StatementSync } from 'node:sqlite';
export class Stock {
  readonly #available: StatementSync;
  constructor(database: DatabaseSync) { this.#available = database.prepare('SELECT a FROM stock WHERE id = ?'); }
  availableOf(id: number): number { return Number(this.#available.get(id)?.a ?? 0); }
  plain(id: number): number { return id + 1; }
}
`;
const cart = (body: string): string => `import type { Stock } from './stock.ts';
export class Cart {
  readonly #stock: Stock;
  constructor(stock: Stock) { this.#stock = stock; }
  price(items: readonly number[], flag: boolean): number { ${body} }
}
`;

describe('what a change adds', () => {
  const before = { 'stock.ts': stock, 'cart.ts': cart('return items.length;') };
  const cases: readonly (readonly [string, string, object[]])[] = [
    [
      'a call that reaches a database through a typed field',
      'const n = this.#stock.availableOf(1); return items.length + n;',
      [{ text: 'stock.availableOf', inLoop: false, conditional: false, reaches: 'database 1' }],
    ],
    [
      'in a callback for each element',
      'return items.map((id) => this.#stock.availableOf(id)).length;',
      [{ text: 'stock.availableOf', inLoop: true, conditional: false, reaches: 'database 1' }],
    ],
    [
      'in a loop, sometimes',
      'for (const id of items) { if (flag) this.#stock.availableOf(id); } return items.length;',
      [{ text: 'stock.availableOf', inLoop: true, conditional: true, reaches: 'database 1' }],
    ],
    [
      'after an early exit',
      'if (flag) return 0; return this.#stock.availableOf(1);',
      [{ text: 'stock.availableOf', inLoop: false, conditional: true, reaches: 'database 1' }],
    ],
    [
      'the iterated value of a loop is evaluated once',
      'for (const id of [this.#stock.availableOf(1)]) console.log(id); return items.length;',
      [{ text: 'stock.availableOf', inLoop: false, conditional: false, reaches: 'database 1' }],
    ],
    [
      'a request of another service',
      "fetch('https://secret.example/?token=s3cret'); return items.length;",
      [{ text: 'fetch', inLoop: false, conditional: false, reaches: 'network 1' }],
    ],
    [
      'in the last round of a loop only',
      'for (const id of items) { if (flag) { this.#stock.availableOf(id); return id; } } return 0;',
      [{ text: 'stock.availableOf', inLoop: false, conditional: true, reaches: 'database 1' }],
    ],
    ['nothing that is known', 'return items.map((id) => Math.max(id, 1)).length;', []],
    [
      'a listener that runs some other time',
      "process.on('exit', () => this.#stock.availableOf(1)); return items.length;",
      [],
    ],
  ];
  test.each(cases)('%s', async (_, body, expected) => {
    const change = await changeOf(before, { 'cart.ts': cart(body) });
    const price = change.functions.find((each) => each.function === 'Cart.price');
    expect(price?.before).toEqual({ file: 'cart.ts', function: 'Cart.price', line: 5 });
    expect(price && added(price).filter(({ reaches }) => reaches !== '')).toEqual(expected);
    expect(JSON.stringify(change)).not.toContain('s3cret');
  });

  test('through a new function, counted where it is called', async () => {
    const after = cart('return items.length + this.all(items);').replace(
      /\}\n$/,
      'all(items: readonly number[]): number { let n = 0; for (const id of items) n += this.#stock.availableOf(id); return n; }\n}\n',
    );
    const { functions } = await changeOf(before, { 'cart.ts': after });
    const price = functions.find((each) => each.function === 'Cart.price');
    expect(price && added(price)).toEqual([
      { text: 'stock.availableOf', inLoop: true, conditional: false, reaches: 'database 1' },
    ]);
    expect(functions.find((each) => each.function === 'Cart.all')?.change).toBe('added');
  });

  test('a query that moves into a loop; one that moves out of it is none', async () => {
    const outside = { ...before, 'cart.ts': cart('return this.#stock.availableOf(1) + items.length;') };
    const inside = {
      'cart.ts': cart('let n = 0; for (const id of items) n += this.#stock.availableOf(id); return n;'),
    };
    const into = await only(outside, inside);
    expect(into.added).toMatchObject([{ inLoop: true, movedIntoLoop: true }]);
    expect((await only({ ...before, ...inside }, { 'cart.ts': outside['cart.ts'] })).added).toEqual([]);
  });

  test('a query that takes the place of another, or moves to another function, is none', async () => {
    const query = (sql: string): string =>
      `export async function load(pool, id) { const { rows } = await pool.query('${sql}', [id]); return rows; }\n`;
    const one = await only(
      { 'a.js': query('SELECT a FROM t WHERE id = $1') },
      { 'a.js': query('SELECT a, b FROM u WHERE id = $1') },
    );
    expect(one.added).toEqual([]);
    const split = await changeOf(
      { 'a.js': query('SELECT a FROM t WHERE id = $1') },
      {
        'a.js':
          "export async function load(pool, id) { return await rowsOf(pool, id); }\nasync function rowsOf(pool, id) { const { rows } = await pool.query('SELECT a FROM t WHERE id = $1', [id]); return rows; }\n",
      },
    );
    expect(split.functions.find((each) => each.function === 'load')?.added).toEqual([]);
  });
});

test.each([
  ['if (many) { return pool.query(`SELECT a FROM t`); } else { return pool.query(`SELECT b FROM u`); }'],
  ['if (many) return pool.query(`SELECT a FROM t`); return pool.query(`SELECT b FROM u`);'],
  ['return many ? pool.query(`SELECT a FROM t`) : pool.query(`SELECT b FROM u`);'],
])('one query or another is no more than the one before: %s', async (body) => {
  const code = (text: string): string => `export async function load(pool, many) { ${text} }\n`;
  const one = await only({ 'a.js': code('return pool.query(`SELECT b FROM u`);') }, { 'a.js': code(body) });
  expect(one.added).toEqual([]);
  const both = await only(
    { 'a.js': code('return pool.query(`SELECT b FROM u`);') },
    { 'a.js': code('if (many) await pool.query(`SELECT a FROM t`); return pool.query(`SELECT b FROM u`);') },
  );
  expect(added(both)).toMatchObject([{ conditional: true, reaches: 'database 1' }]);
});

describe('what a change takes away', () => {
  const wrap = (body: string): string =>
    `import { retry } from './retry.js';\nexport async function load(db, cache, id) {\n${body}\n}\n`;
  test.each([
    ['time-out: fetch', 'return await fetch(u, { signal: AbortSignal.timeout(500) });', 'return await fetch(u);'],
    ['time-out: get', 'return await client.get(u, { timeout: 500 });', 'return await client.get(u);'],
    ['retry: get', 'return await retry(() => client.get(id));', 'return await client.get(id);'],
    ['cache: query', 'const hit = cache.get(id); if (hit) return hit; return db.query(id);', 'return db.query(id);'],
    ['guard: id', 'if (!id) return null; return db.query(id);', 'return db.query(id);'],
    ['transaction: query', 'return await db.transaction(() => db.query(id));', 'return await db.query(id);'],
    [
      'error handling: query',
      'try { return await db.query(id); } catch { return null; }',
      'return await db.query(id);',
    ],
  ])('%s', async (expected, from, to) => {
    const one = await only({ 'a.js': wrap(from) }, { 'a.js': wrap(to) });
    expect(lost(one).some((each) => each.startsWith(expected.split(':')[0] ?? ''))).toBe(true);
  });

  test.each([
    ['the call goes with it', 'const a = await fetch(u, { timeout: 500 }); return db.query(a);', 'return db.query(1);'],
    [
      'some of what was handled goes with it',
      'try { await db.find(id); await db.query(id); } catch { return null; } return db.query(1);',
      'return db.query(1);',
    ],
    [
      'the guard is the other way round',
      'if (!id) return null; return db.query(id);',
      'if (id) { return db.query(id); } return null;',
    ],
    [
      'the time-out has another value',
      'return client.get(u, { timeout: 500 });',
      'return client.get(u, { timeout: 900 });',
    ],
    [
      'the error is handled by another form',
      'try { return await db.query(id); } catch { return null; }',
      'return await db.query(id).catch(() => null);',
    ],
  ])('nothing is lost where %s', async (_, from, to) => {
    expect(lost(await only({ 'a.js': wrap(from) }, { 'a.js': wrap(to) }))).toEqual([]);
  });

  test('nothing is lost where it moves to another function', async () => {
    const { functions } = await changeOf(
      { 'a.js': wrap('try { return await db.query(id); } catch { return null; }') },
      {
        'a.js': `${wrap('return await safely(db, id);')}async function safely(db, id) { try { return await db.query(id); } catch { return null; } }\n`,
      },
    );
    expect(functions.flatMap(lost)).toEqual([]);
  });
});

describe('which functions are changed', () => {
  const code = 'export function a() { return 1; }\nexport function b() { return 2; }\n';
  test('blanks, comments and moved lines are no change', async () => {
    const { functions } = await changeOf(
      { 'a.js': code },
      { 'a.js': `// new\n\n${code.replace('return 1', '/* one */ return  1')}` },
    );
    expect(functions).toEqual([]);
  });

  test('a renamed file is the same file', async () => {
    const { functions } = await changeOf(
      { 'a.js': code },
      { 'a.js': null, 'b/c.js': code.replace('return 2', 'return 3') },
    );
    expect(functions).toMatchObject([
      { file: 'b/c.js', function: 'b', before: { file: 'a.js', function: 'b', line: 2 } },
    ]);
  });

  test('a removed function, a new one, and a callback within one that stays', async () => {
    const { functions } = await changeOf(
      { 'a.js': `${code}export function c(list) { return list.map((x) => x + 1); }\n` },
      {
        'a.js':
          'export function b() { return 2; }\nexport function d() { return 2 + 2; }\nexport function c(list) { return list.map((x) => x + 2); }\n',
      },
    );
    expect(functions.map(({ function: name, change, within }) => [name, change, within?.inLoop])).toEqual([
      ['d', 'added', undefined],
      ['c.map(#1)', 'changed', true],
      ['a', 'removed', undefined],
    ]);
  });

  test('other languages have their functions, and it is said that no more is read', async () => {
    const one = await only({ 'a.py': 'def a():\n    return 1\n' }, { 'a.py': 'def a():\n    return 2\n' });
    expect(one).toMatchObject({ function: 'a', change: 'changed', unread: expect.any(String) });
  });

  test('what others committed to the main branch meanwhile is not of the change', async () => {
    using repo = repository({ 'a.js': code });
    repo.git('checkout', '--quiet', '-b', 'topic');
    repo.commit({ 'b.js': 'export function mine() { return 1; }\n' });
    repo.git('checkout', '--quiet', 'main');
    repo.commit({ 'a.js': code.replace('return 1', 'return 9') });
    const change = await readIn(repo.root, { base: 'main', head: 'topic' });
    expect(change.kind === 'change' && change.functions.map(({ function: name }) => name)).toEqual(['mine']);
  });
});

test('one reader reads again and again, and the last answers can be asked on', async () => {
  using repo = repository({ 'a.js': 'export function a() { return 1; }\n' });
  const git = new Git({ trusted: () => true, environment: process.env });
  const reader = changeReader({ root: repo.root, git });
  const nothing = {
    window: { since: '', until: '' },
    resolution: 'memory' as const,
    profiles: [],
    files: [],
    truncated: false,
  };
  try {
    for (let n = 2; n < 9; n += 1) {
      repo.write({ 'a.js': `export function a() { return ${n}; }\n` });
      const change = await reader.read({});
      if (change.kind === 'failed') throw new Error(change.message);
      expect(change.functions).toHaveLength(1);
      const known = await change.deployed('a.js', nothing, { service: 's', environment: 'e' });
      expect([...known.keys()]).toEqual(['1:a']);
    }
  } finally {
    await reader.dispose();
    git.dispose();
  }
});

describe('what cannot be read is said', () => {
  test('no repository, no such base, no common commit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runlens none '));
    try {
      expect(await readIn(folder)).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('no git repository'),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    using repo = repository({ 'a.js': '' });
    for (const base of ['nowhere', '--output=x', 'HEAD~9']) {
      expect(await readIn(repo.root, { base })).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('--base'),
      });
    }
    repo.git('checkout', '--quiet', '--orphan', 'other');
    repo.commit({ 'c.js': 'function c() {}' });
    expect(await readIn(repo.root, { base: 'main' })).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('no common commit'),
    });
  });

  test('no git', async () => {
    const git = new Git({ trusted: () => true, environment: { PATH: '/nonexistent' } });
    const reader = changeReader({ root: tmpdir(), git });
    expect(await reader.read({})).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('git cannot be started'),
    });
  });

  test('binary files, files with conflicts, and files that do not parse', async () => {
    using repo = repository({ 'a.js': 'export const a = () => 1;\n', 'c.js': 'export const c = () => 1;\n' });
    repo.git('checkout', '--quiet', '-b', 'topic');
    repo.commit({ 'c.js': 'export const c = () => 2;\n' });
    repo.git('checkout', '--quiet', 'main');
    repo.commit({ 'c.js': 'export const c = () => 3;\n' });
    try {
      repo.git('merge', '--quiet', 'topic');
    } catch {
      // The conflict is what is wanted.
    }
    repo.write({ 'a.js': 'a\0b', 'd.js': 'export function d() { return 1; }\nfunction ( {{{\n', 'e.bin': '\0' });
    symlinkSync('/etc/passwd', join(repo.root, 'link.js'));
    const change = await readIn(repo.root);
    if (change.kind === 'failed') throw new Error(change.message);
    expect(Object.fromEntries(change.unread.map(({ file, reason }) => [file, reason]))).toMatchObject({
      'a.js': expect.stringContaining('binary'),
      'c.js': expect.stringContaining('conflicts'),
      'd.js': expect.stringContaining('parse'),
    });
    expect(JSON.stringify(change)).not.toContain('root:');
  });

  test('a huge change is read in part', async () => {
    const many = Object.fromEntries(Array.from({ length: 403 }, (_, n) => [`f${n}.js`, 'export const a = () => 1;\n']));
    const change = await changeOf({ 'a.js': '' }, many);
    expect(change.unread).toEqual([{ file: '3 more files', reason: expect.stringContaining('400') }]);
    expect(change.functions).toHaveLength(400);
  });
});
