import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskFolder } from './disk-folder.ts';

describe('what is kept on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-disk-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = (mostFiles = 100, mostBytes = 1_000_000) => new DiskFolder(folder, { mostFiles, mostBytes });

  it('is there at the next start, also before it is written', async () => {
    const disk = open();
    disk.write('a', 'größe\n😀');
    expect(await disk.read('a')).toBe('größe\n😀');
    await disk.flush();
    expect(await open().read('a')).toBe('größe\n😀');
    expect(await open().read('b')).toBeUndefined();
  });

  it('is taken for nothing when it is damaged, torn or of another format', async () => {
    const disk = open();
    disk.write('a', 'text');
    await disk.flush();
    const file = join(folder, readdirSync(folder)[0] ?? '');
    const whole = readFileSync(file, 'utf8');
    for (const damaged of [
      '',
      whole.slice(0, -1),
      whole.replace('text', 'test'),
      whole.replace('cache 1', 'cache 9'),
    ]) {
      writeFileSync(file, damaged);
      expect(await open().read('a')).toBeUndefined();
    }
  });

  it('stays within its bounds', async () => {
    const disk = open(5, 1_000_000);
    for (let n = 0; n < 61; n += 1) {
      disk.write(`key ${n}`, 'x');
      await disk.flush();
    }
    expect(readdirSync(folder).length).toBeLessThanOrEqual(5);
  });

  it('a folder that cannot be written is no error', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const disk = new DiskFolder(join(file, 'below'), { mostFiles: 5, mostBytes: 10 });
    disk.write('a', 'b');
    await disk.flush();
    expect(await disk.read('a')).toBeUndefined();
  });
});
