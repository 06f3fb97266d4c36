/**
 * The tokens beside that of the machine's own user: each with a role, a name and an expiry. Only their digests are kept,
 * in a file that `runlens token` and the collector both read, so that one can be made or revoked while the collector is
 * away, and counts at once when it is not.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeFiles } from '@runlens/protocol/home';
import { z } from 'zod';

export const tokenRoles = ['viewer', 'prober', 'admin', 'agent'] as const;
export type TokenRole = (typeof tokenRoles)[number];

const tokenSchema = z.object({
  id: z.string(),
  name: z.string().min(1).max(100),
  role: z.enum(tokenRoles),
  /** SHA-256 in hex. */
  digest: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type KnownToken = z.infer<typeof tokenSchema>;
const fileSchema = z.object({ tokens: z.array(tokenSchema).max(10_000) });

export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Looked at again after so many milliseconds. */
const freshFor = 500;

export class TokenStore {
  readonly #path: string;
  readonly #home: string;
  readonly #now: () => number;
  #byDigest = new Map<string, KnownToken>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #changed = '';

  constructor(home: string, now: () => number = Date.now) {
    this.#home = home;
    this.#path = join(home, homeFiles.tokens);
    this.#now = now;
  }

  list(): readonly KnownToken[] {
    this.#refresh(true);
    return [...this.#byDigest.values()];
  }

  /** The token itself is told once, here. `life`: seconds; null: until it is revoked. */
  create(name: string, role: TokenRole, life: number | null): { readonly token: string; readonly known: KnownToken } {
    const token = `rl_${randomBytes(32).toString('base64url')}`;
    const at = this.#now();
    const known: KnownToken = {
      id: randomBytes(4).toString('hex'),
      name,
      role,
      digest: digestOf(token),
      createdAt: new Date(at).toISOString(),
      expiresAt: life === null ? null : new Date(at + life * 1000).toISOString(),
      revokedAt: null,
    };
    this.#write([...this.list(), known]);
    return { token, known };
  }

  /** False: there is none of that id or name that counts. */
  revoke(idOrName: string): boolean {
    const at = new Date(this.#now()).toISOString();
    let found = false;
    const tokens = this.list().map((each) => {
      if (each.revokedAt !== null || (each.id !== idOrName && each.name !== idOrName)) return each;
      found = true;
      return { ...each, revokedAt: at };
    });
    if (found) this.#write(tokens);
    return found;
  }

  /** Who has this token, if it counts. Found by its digest: the time it takes tells nothing of the token. */
  identify(token: string): KnownToken | undefined {
    this.#refresh(false);
    const known = this.#byDigest.get(digestOf(token));
    if (!known || known.revokedAt !== null) return undefined;
    return known.expiresAt !== null && Date.parse(known.expiresAt) <= this.#now() ? undefined : known;
  }

  #refresh(now: boolean): void {
    const time = this.#now();
    if (!now && time - this.#lookedAt < freshFor) return;
    this.#lookedAt = time;
    let changed: string;
    try {
      const { mtimeMs, ino, size } = statSync(this.#path);
      changed = `${ino}:${mtimeMs}:${size}`;
    } catch {
      this.#byDigest = new Map();
      this.#changed = '';
      return;
    }
    if (changed === this.#changed) return;
    let parsed: z.infer<typeof fileSchema>;
    try {
      parsed = fileSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      // Fails closed: with a file that cannot be read no token but the machine's own counts.
      this.#byDigest = new Map();
      this.#changed = changed;
      return;
    }
    this.#byDigest = new Map(parsed.tokens.map((each) => [each.digest, each]));
    this.#changed = changed;
  }

  #write(tokens: readonly KnownToken[]): void {
    mkdirSync(this.#home, { recursive: true, mode: 0o700 });
    const draft = `${this.#path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(draft, `${JSON.stringify({ tokens }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, this.#path);
    this.#refresh(true);
  }
}
