/** Whose commits changed which functions, read from a real repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Git } from '../git/git.ts';
import { ownFunctions } from './own-functions.ts';

let root: string;
const run = (...words: string[]): string => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8' }).trim();
const git = new Git({ trusted: () => true, environment: process.env });
const never = new AbortController().signal;

function commit(email: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  run('add', '.');
  run('-c', `user.email=${email}`, '-c', 'user.name=somebody', 'commit', '-qm', 'change');
  return run('rev-parse', 'HEAD');
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runlens-own-'));
  run('init', '-q');
  run('config', 'user.email', 'me+work@example.org');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const twoFunctions = (price: number): string =>
  `export function price() {\n  return ${price};\n}\nexport function other() {\n  return 0;\n}\n`;

it('functions that own commits changed are told, and those of others are not', async () => {
  const base = commit('you@example.org', { 'mine.ts': twoFunctions(1), 'yours.ts': twoFunctions(1) });
  commit('me+work@example.org', { 'mine.ts': twoFunctions(2) });
  const head = commit('you@example.org', { 'yours.ts': twoFunctions(2) });
  const own = await ownFunctions(git, root, base, head, never);
  expect(own.map(({ file, function: name }) => `${file} ${name}`)).toEqual(['mine.ts price']);
  // An address that only begins like it is another one.
  run('config', 'user.email', 'work@example.org');
  expect(await ownFunctions(git, root, base, head, never)).toEqual([]);
});

it('a revision that is not here, or nothing of the kind of one, tells nothing and starts nothing', async () => {
  const base = commit('me+work@example.org', { 'mine.ts': twoFunctions(1) });
  const ran = join(root, 'ran');
  run('config', 'log.showSignature', 'true');
  run('config', 'gpg.program', `touch ${ran}`);
  const head = commit('me+work@example.org', { 'mine.ts': twoFunctions(2) });
  for (const revision of ['0'.repeat(40), `--output=${ran}`, 'no such branch']) {
    expect(await ownFunctions(git, root, revision, head, never)).toEqual([]);
  }
  expect(await ownFunctions(git, root, base, head, never)).toHaveLength(1);
  expect(existsSync(ran)).toBe(false);
});
