import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseTarget, repositoryPath } from './repository-path.ts';
import { temporaryFolder } from './testing.ts';

function repository(): ReturnType<typeof temporaryFolder> {
  const folder = temporaryFolder();
  mkdirSync(join(folder.path, '.git'));
  mkdirSync(join(folder.path, 'orders'));
  writeFileSync(join(folder.path, 'orders/cart.ts'), '');
  return folder;
}

test('a file is named from the root of its repository, wherever the command runs', () => {
  using folder = repository();
  const at = (cwd: string, file: string): string => repositoryPath(file, { cwd, env: {} });
  expect(at(folder.path, 'orders/cart.ts')).toBe('orders/cart.ts');
  expect(at(join(folder.path, 'orders'), 'cart.ts')).toBe('orders/cart.ts');
  expect(at('/', join(folder.path, 'orders/cart.ts'))).toBe('orders/cart.ts');
});

test('a file that is deployed and gone here can be named', () => {
  using folder = repository();
  expect(repositoryPath('gone/away.ts', { cwd: folder.path, env: {} })).toBe('gone/away.ts');
});

test('a link is followed, as Node does', () => {
  using folder = repository();
  symlinkSync(join(folder.path, 'orders'), join(folder.path, 'linked'));
  expect(repositoryPath('linked/cart.ts', { cwd: folder.path, env: {} })).toBe('orders/cart.ts');
});

test('where there is no repository, the package is the root, as a service is started from there', () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'orders'));
  expect(repositoryPath('cart.ts', { cwd: join(folder.path, 'orders'), env: {} })).toBe('cart.ts');
  writeFileSync(join(folder.path, 'package.json'), '{}');
  expect(repositoryPath('cart.ts', { cwd: join(folder.path, 'orders'), env: {} })).toBe('orders/cart.ts');
});

test('RUNLENS_ROOT decides', () => {
  using folder = repository();
  const env = { RUNLENS_ROOT: join(folder.path, 'orders') };
  expect(repositoryPath('orders/cart.ts', { cwd: folder.path, env })).toBe('cart.ts');
});

test('a file outside the root is refused with the root', () => {
  using folder = repository();
  const env = { RUNLENS_ROOT: join(folder.path, 'orders') };
  for (const file of ['../else.ts', 'else.ts', '/etc/hosts', 'orders']) {
    expect(() => repositoryPath(file, { cwd: folder.path, env })).toThrow('is not a file in the repository at');
  }
});

test.each([
  ['cart.ts', 'cart.ts', undefined],
  ['cart.ts:Cart.add', 'cart.ts', 'Cart.add'],
  ['cart.ts:get Cart.total', 'cart.ts', 'get Cart.total'],
  ['gone.ts:o.[a ? b : c]', 'gone.ts', 'o.[a ? b : c]'],
  ['gone.ts:', 'gone.ts', undefined],
  ['C:\\shop\\cart.ts', 'C:\\shop\\cart.ts', undefined],
  ['C:\\shop\\cart.ts:add', 'C:\\shop\\cart.ts', 'add'],
])('%j is the file %j and the function %j', (text, file, name) => {
  using folder = repository();
  expect(parseTarget(text, join(folder.path, 'orders'))).toEqual({ file, function: name });
});

test('a colon in the name of a file that exists is part of it', () => {
  using folder = repository();
  writeFileSync(join(folder.path, 'a:b.ts'), '');
  expect(parseTarget('a:b.ts', folder.path)).toEqual({ file: 'a:b.ts', function: undefined });
  expect(parseTarget('a:b.ts:f', folder.path)).toEqual({ file: 'a:b.ts', function: 'f' });
});
