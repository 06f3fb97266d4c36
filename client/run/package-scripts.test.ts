import { expect, test } from 'vitest';
import { packageRunner, readPackageScripts, serviceName } from './package-scripts.ts';

test('a package.json that is no JSON, no object or has no scripts offers nothing', () => {
  for (const text of [
    '{',
    'null',
    '[]',
    '{"scripts":[]}',
    '{"scripts":null}',
    '{"scripts":{}}',
    '{"scripts":{"a":1}}',
  ]) {
    expect(readPackageScripts(text), text).toBeUndefined();
  }
});

test('scripts that start a service come first, the others in their order', () => {
  const read = readPackageScripts(
    '\uFEFF{"name":"@acme/shop","scripts":{"build":"tsc","dev:api":"tsx","lint":"x","start":"node ."}}',
  );
  expect(read?.scripts.map((script) => script.name)).toEqual(['dev:api', 'start', 'build', 'lint']);
});

test('a service is named after its package without the scope, or after its folder', () => {
  expect(serviceName('@acme/shop', 'x')).toBe('shop');
  expect(serviceName('', 'folder')).toBe('folder');
});

test('the lock file tells the package runner', () => {
  expect(packageRunner(['package.json', 'pnpm-lock.yaml'])).toBe('pnpm');
  expect(packageRunner(['package.json'])).toBeUndefined();
});
