import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
    time += 1000;
    expect(collector.identify(token)?.role).toBe('agent');
    expect(cli.revoke('copilot')).toBe(true);
    time += 1000;
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
    writeFileSync(join(home, 'tokens.json'), text);
    time += 1000;
    expect(store.identify(token)).toBeUndefined();
  });
});
