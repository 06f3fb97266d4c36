import { describe, expect, it } from 'vitest';
import { mayKeepCode } from './code-cache.ts';

const program = '/app/main.js';
const folder = '/cache';

/** A system where these paths cannot be written, and why. */
const access = (codes: Readonly<Record<string, string>>) => (path: unknown) => {
  const code = codes[String(path)];
  if (code !== undefined) throw Object.assign(new Error(code), { code });
};

describe('code is kept on disk by default', () => {
  it.each([
    ['where the process could write its own program', {}, true],
    ['not where the program is out of its reach', { [program]: 'EACCES' }, false],
    [
      'not where only the mode of the folder keeps it from writing there',
      { [program]: 'EACCES', [folder]: 'EACCES' },
      false,
    ],
    ['where nobody can write to either', { [program]: 'EROFS', [folder]: 'EROFS' }, true],
    ['not where the program is in an image and the folder on a disk', { [program]: 'EROFS' }, false],
    ['not where there is no folder yet', { [program]: 'EROFS', [folder]: 'ENOENT' }, false],
  ])('%s', (_, codes, expected) => {
    expect(mayKeepCode('default', program, folder, access(codes))).toBe(expected);
  });

  it('unless the setting says otherwise', () => {
    expect(mayKeepCode('off', program, folder, access({}))).toBe(false);
    expect(mayKeepCode('on', program, folder, access({ [program]: 'EACCES' }))).toBe(true);
    expect(mayKeepCode('default', undefined, folder, access({}))).toBe(false);
  });
});
