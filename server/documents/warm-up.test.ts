import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { languages } from '../languages/registry.ts';
import { Parsers } from './parsed-text.ts';
import { warmUp } from './warm-up.ts';

describe('reading ahead of the first document', () => {
  let folder: string;
  const read: string[] = [];
  class CountingParsers extends Parsers {
    override parse(...of: Parameters<Parsers['parse']>): ReturnType<Parsers['parse']> {
      read.push(of[0].grammar);
      return super.parse(...of);
    }
  }
  const run = async (signal = new AbortController().signal, folders = [folder]) => {
    const parsers = new CountingParsers();
    await warmUp(parsers, folders, signal);
    parsers.dispose();
    return new Set(read);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-warm-'));
    read.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads the languages that the workspace is written in, and no other', async () => {
    writeFileSync(join(folder, 'tsconfig.json'), '{}');
    expect(await run()).toEqual(new Set(['tree-sitter-typescript']));
  });

  it('reads nothing where nothing tells the language, or the folder is not there', async () => {
    expect(await run()).toEqual(new Set());
    expect(await run(undefined, [join(folder, 'absent')])).toEqual(new Set());
  });

  it('stops when the session ends', async () => {
    writeFileSync(join(folder, 'tsconfig.json'), '{}');
    const abort = new AbortController();
    abort.abort();
    expect(await run(abort.signal)).toEqual(new Set());
  });

  it.each(languages.filter(({ sample }) => sample !== undefined).map((language) => [language.grammar, language]))(
    'the sample of %s is read without an error and has functions',
    async (_, language) => {
      const parsers = new Parsers();
      const result = await parsers.parse(language, language.sample ?? '');
      if (result.kind !== 'parsed') throw new Error(result.message);
      expect(result.parsed.hasError).toBe(false);
      expect(result.parsed.functions.length).toBeGreaterThan(5);
      result.parsed.dispose();
      parsers.dispose();
    },
  );
});
