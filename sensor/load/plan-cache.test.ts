import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, PlanCache } from './plan-cache.ts';

const day = 24 * 3_600;
let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'runlens-plans-'));
  folder = join(base, 'a', 'sensor');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const open = (change: { version?: string; program?: string } = {}): PlanCache =>
  new PlanCache({ folder, version: change.version ?? '1', program: [change.program ?? 'app.js'] });
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const found = (cache: PlanCache, key: string): number[] | undefined => {
  const plan = cache.find(key);
  return plan && [...plan];
};
const files = (): string[] => readdirSync(folder);
const onlyFile = (): string => join(folder, files()[0] ?? '');

function keep(key: string, plan: Uint8Array, change = {}): void {
  const cache = open(change);
  cache.add(key, plan);
  cache.save();
}

describe('plans that are kept', () => {
  it('are found by the next start, at a multiple of four', () => {
    const cache = open();
    cache.add('one', bytes(1, 2, 3, 4));
    cache.add('another', bytes(5, 6, 7, 8, 9, 10, 11, 12));
    expect(found(cache, 'one')).toEqual([1, 2, 3, 4]);
    cache.save();
    const next = open();
    expect(found(next, 'one')).toEqual([1, 2, 3, 4]);
    expect(found(next, 'another')).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect((next.find('another')?.byteOffset ?? 1) % 4).toBe(0);
    expect(next.find('a third')).toBeUndefined();
  });

  it('are of one program and one version', () => {
    keep('one', bytes(1, 2, 3, 4));
    expect(open({ version: '2' }).find('one')).toBeUndefined();
    expect(open({ program: 'other.js' }).find('one')).toBeUndefined();
  });

  it('are for the eyes of their user only, in a folder of the same kind', () => {
    keep('one', bytes(1, 2, 3, 4));
    expect(statSync(onlyFile()).mode & 0o777).toBe(0o600);
    for (const path of [folder, join(base, 'a')]) expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('are written once no more have come for a while', () => {
    const cache = open();
    cache.add('one', bytes(1, 2, 3, 4));
    cache.settle();
    expect(existsSync(folder)).toBe(false);
    cache.add('another', bytes(1, 2, 3, 4));
    cache.settle();
    expect(existsSync(folder)).toBe(false);
    cache.settle();
    expect(found(open(), 'another')).toEqual([1, 2, 3, 4]);
    expect(found(cache, 'one')).toEqual([1, 2, 3, 4]);
  });

  it('of two processes at once are all there', () => {
    const [one, other] = [open(), open()];
    one.find('x');
    other.find('x');
    one.add('one', bytes(1, 1, 1, 1));
    other.add('other', bytes(2, 2, 2, 2));
    one.save();
    other.save();
    expect([found(open(), 'one'), found(open(), 'other')]).toEqual([
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ]);
    expect(files()).toHaveLength(1);
  });

  it('go when they were not used while others came, again and again', () => {
    keep('old', bytes(1, 2, 3, 4));
    keep('used', bytes(1, 2, 3, 4));
    for (let round = 0; round < 10; round += 1) {
      const cache = open();
      cache.find('used');
      cache.add(`new ${round}`, bytes(1, 2, 3, 4));
      cache.save();
    }
    expect(open().find('used')).toBeDefined();
    expect(open().find('old')).toBeUndefined();
    expect(open().find('new 9')).toBeDefined();
  });
});

describe('a file that is not as it was written is as if it were not there, and is written anew', () => {
  beforeEach(() => keep('one', bytes(1, 2, 3, 4, 5, 6, 7, 8)));
  const isForgottenAndLearntAgain = (): void => {
    expect(open().find('one')).toBeUndefined();
    keep('one', bytes(9, 9, 9, 9));
    expect(found(open(), 'one')).toEqual([9, 9, 9, 9]);
  };

  it('cut off at each length', () => {
    const whole = readFileSync(onlyFile());
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(onlyFile(), whole.subarray(0, length));
      expect(open().find('one')).toBeUndefined();
    }
    isForgottenAndLearntAgain();
  });

  it('damaged in each byte', () => {
    const whole = readFileSync(onlyFile());
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x20;
      writeFileSync(onlyFile(), damaged);
      expect(open().find('one')).toBeUndefined();
    }
    isForgottenAndLearntAgain();
  });

  it('of another program, put under its name', () => {
    const path = onlyFile();
    keep('one', bytes(6, 6, 6, 6), { program: 'other.js' });
    const other = files().find((name) => join(folder, name) !== path) ?? '';
    renameSync(join(folder, other), path);
    isForgottenAndLearntAgain();
  });

  it.runIf(process.geteuid)('that others may write to', () => {
    chmodSync(onlyFile(), 0o620);
    isForgottenAndLearntAgain();
    chmodSync(onlyFile(), 0o602);
    isForgottenAndLearntAgain();
  });

  it.runIf(process.geteuid?.() === 0)('of another user', () => {
    chownSync(onlyFile(), 65_534, 65_534);
    isForgottenAndLearntAgain();
  });

  it.runIf(process.geteuid)('that is a link to somewhere else', () => {
    const path = onlyFile();
    renameSync(path, join(base, 'elsewhere'));
    symlinkSync(join(base, 'elsewhere'), path);
    isForgottenAndLearntAgain();
  });

  it('that is a folder: nothing is kept, and nothing thrown', () => {
    const path = onlyFile();
    rmSync(path);
    mkdirSync(path);
    writeFileSync(join(path, 'x'), '');
    keep('one', bytes(9, 9, 9, 9));
    expect(open().find('one')).toBeUndefined();
    expect(files()).toEqual([path.slice(folder.length + 1)]);
  });
});

describe('where nothing can be kept safely, nothing is', () => {
  it.runIf(process.geteuid)('in a folder that others may write to', () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
    keep('one', bytes(1, 2, 3, 4));
    expect(files()).toEqual([]);
  });

  it.runIf(process.geteuid?.() === 0)('in a folder of another user, or for root in the home of one', () => {
    mkdirSync(folder, { recursive: true });
    chownSync(folder, 65_534, 65_534);
    keep('one', bytes(1, 2, 3, 4));
    expect(files()).toEqual([]);
    rmSync(folder, { recursive: true });
    chownSync(join(base, 'a'), 65_534, 65_534);
    keep('one', bytes(1, 2, 3, 4));
    expect(existsSync(folder)).toBe(false);
  });

  it('where a file is in the way', () => {
    writeFileSync(join(base, 'a'), '');
    keep('one', bytes(1, 2, 3, 4));
    expect(open().find('one')).toBeUndefined();
  });
});

describe('the folder stays within bounds', () => {
  const age = (name: string, seconds: number, size = 4): string => {
    const path = join(folder, name);
    writeFileSync(path, Buffer.alloc(size));
    const time = Date.now() / 1000 - seconds;
    utimesSync(path, time, time);
    return path;
  };

  it('what was not used for a month goes, and what killed processes left; nothing of others does', () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const gone = [age('old.plans', 31 * day), age('x.plans.1-0.tmp', 2 * 3_600)];
    const kept = [age('new.plans', 29 * day), age('y.plans.1-0.tmp', 60), age('notes.txt', 99 * day)];
    keep('one', bytes(1, 2, 3, 4));
    expect(gone.filter(existsSync)).toEqual([]);
    expect(kept.filter(existsSync)).toEqual(kept);
  });

  it('of 256 MB the oldest go first', () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const size = 100 * 1024 * 1024;
    const paths = [1, 2, 3].map((days) => {
      const path = age(`${days}.plans`, days * day);
      // Holes: no block is written.
      writeFileSync(path, '');
      truncateSync(path, size);
      const time = Date.now() / 1000 - days * day;
      utimesSync(path, time, time);
      return path;
    });
    keep('one', bytes(1, 2, 3, 4));
    expect(paths.map(existsSync)).toEqual([true, true, false]);
    expect(open().find('one')).toBeDefined();
  });

  it('what is in use does not grow old', () => {
    keep('one', bytes(1, 2, 3, 4));
    const before = Date.now() / 1000 - 20 * day;
    utimesSync(onlyFile(), before, before);
    open().find('one');
    expect(Date.now() - statSync(onlyFile()).mtimeMs).toBeLessThan(day * 1000);
  });
});

describe('the folder of the cache', () => {
  it('is where it was asked for, or in the cache folder of the user', () => {
    expect(cacheFolder({ kind: 'folder', path: base }, {})).toBe(join(base, 'sensor'));
    expect(cacheFolder({ kind: 'default' }, { XDG_CACHE_HOME: base })).toBe(join(base, 'runlens', 'sensor'));
    const inHome = join(homedir(), '.cache', 'runlens', 'sensor');
    expect(cacheFolder({ kind: 'default' }, {})).toBe(inHome);
    expect(cacheFolder({ kind: 'default' }, { XDG_CACHE_HOME: 'relative' })).toBe(inHome);
  });

  it('is nowhere when it is off', () => {
    expect(cacheFolder({ kind: 'off' }, { XDG_CACHE_HOME: base })).toBeUndefined();
  });
});
