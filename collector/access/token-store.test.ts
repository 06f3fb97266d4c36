import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { underHomeLock } from './home-lock.ts';
import { TokenStore } from './token-store.ts';

let home: string;
let time = 1_700_000_000_000;
const now = () => time;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'runlens-tokens-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('tokens', () => {
  it('are known by what they are, until they expire', () => {
    const store = new TokenStore(home, now);
    const { token } = store.create('ci', 'viewer', 60);
    expect(store.identify(token)).toMatchObject({ name: 'ci', role: 'viewer' });
    expect(store.identify(`${token}x`)).toBeUndefined();
    time += 61_000;
    expect(store.identify(token)).toBeUndefined();
  });

  it('are revoked at once, also by another process', () => {
    const collector = new TokenStore(home, now);
    const cli = new TokenStore(home, now);
    const { token } = cli.create('copilot', 'agent', null);
    expect(collector.identify(token)?.role).toBe('agent');
    expect(cli.revoke('copilot')).toBe(true);
    expect(collector.identify(token)).toBeUndefined();
    expect(cli.revoke('copilot')).toBe(false);
  });

  it('are not written, only their digests, in a file of the user’s own', () => {
    const store = new TokenStore(home, now);
    const { token } = store.create('a', 'prober', null);
    const path = join(home, 'tokens.json');
    expect(readFileSync(path, 'utf8')).not.toContain(token);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it.each(['', '{', '{"tokens": 5}', '[]'])('do not count where the file is %j', (text) => {
    const store = new TokenStore(home, now);
    const { token } = store.create('a', 'prober', null);
    const path = join(home, 'tokens.json');
    writeFileSync(path, text);
    expect(store.identify(token)).toBeUndefined();
    // Others may be in there: it is not written over.
    expect(() => store.create('b', 'viewer', null)).toThrow('cannot be understood');
    expect(() => store.revoke('a')).toThrow('cannot be understood');
    expect(() => store.list()).toThrow('cannot be understood');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('are not made where that cannot be recorded', () => {
    const store = new TokenStore(home, now);
    const full = () => {
      throw new Error('full');
    };
    expect(() => store.create('a', 'admin', null, full)).toThrow('full');
    expect(store.list()).toEqual([]);
  });

  it('that are worthless make room, and those that count do not', () => {
    const store = new TokenStore(home, now);
    const { token } = store.create('first', 'viewer', null);
    const [known] = store.list();
    const many = Array.from({ length: 9_998 }, (_, at) => ({ ...known, digest: `${at}` }));
    const old = { ...known, digest: 'old', name: 'old', revokedAt: '2020-01-01T00:00:00.000Z' };
    writeFileSync(join(home, 'tokens.json'), JSON.stringify({ tokens: [known, old, ...many] }));
    store.create('next', 'viewer', null);
    expect(store.list().map(({ name }) => name)).not.toContain('old');
    expect(() => store.create('too many', 'viewer', null)).toThrow('revoke some');
    expect(store.identify(token)?.name).toBe('first');
  });

  it('are changed by one at a time; who waits too long is told what to do', () => {
    underHomeLock(home, () => {
      expect(() => underHomeLock(home, () => undefined, 50)).toThrow(/another process has .*home\.lock/);
    });
    expect(new TokenStore(home, now).create('a', 'viewer', null).known.name).toBe('a');
  });
});
