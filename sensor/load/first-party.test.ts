import { describe, expect, it } from 'vitest';
import { firstPartyFilter } from './first-party.ts';

const filter = (root: string, rules: { include?: string[]; exclude?: string[] } = {}) =>
  firstPartyFilter({ root, include: rules.include ?? [], exclude: rules.exclude ?? [], ownFolder: '/srv/sensor' });

describe.skipIf(process.platform === 'win32')('which files are first-party', () => {
  it.each([
    ['/srv/app/main.js', true],
    ['/srv/app/..hidden/main.js', true],
    ['/srv/app/.well-known/main.js', true],
    ['/srv/app/./src//main.js', true],
    ['/srv/app/src/../../other/main.js', false],
    ['/srv/app/../app/main.js', true],
    ['/srv/app/x/..', false],
    ['/srv/app/', false],
    ['/srv/app', false],
    ['/srv/app-two/main.js', false],
    ['/srv/other/main.js', false],
    ['/srv/app/node_modules/a/main.js', false],
    ['/srv/app/.yarn/releases/yarn.cjs', false],
    ['/srv/sensor/register.js', false],
    ['[eval]', false],
    ['main.js', false],
  ])('%s: %s', (path, expected) => {
    expect(filter('/srv/app')(path)).toBe(expected);
    expect(filter('/srv/app/')(path)).toBe(expected);
  });

  it('takes the top of the file system for a root', () => {
    expect(filter('/')('/app/main.js')).toBe(true);
    expect(filter('/')('/node_modules/a/main.js')).toBe(false);
  });

  it('lets patterns decide by the path from the root, however the path is written', () => {
    const isFirstParty = filter('/srv/app', { exclude: ['generated'], include: ['node_modules/ours', '../shared'] });
    expect(isFirstParty('/srv/app/generated/a.js')).toBe(false);
    expect(isFirstParty('/srv/app/src/../generated/a.js')).toBe(false);
    expect(isFirstParty('/srv/app/node_modules/ours/a.js')).toBe(true);
    expect(isFirstParty('/srv/app/../shared/a.js')).toBe(true);
  });
});
