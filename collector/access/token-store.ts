/**
 * The tokens beside that of the machine's own user: each with a role, a name and an expiry. Only their digests are kept,
 * in a file that `runlens token` and the collector both read, so that one can be made or revoked while the collector is
 * away, and counts at once when it is not.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeFiles } from '@runlens/protocol/home';
import { z } from 'zod';
import { underHomeLock } from './home-lock.ts';

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
/** Of those that were revoked or have expired the oldest make room. */
const mostTokens = 10_000;
const fileSchema = z.object({ tokens: z.array(tokenSchema).max(mostTokens) });

export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export class TokenStore {
  readonly #path: string;
  readonly #home: string;
  readonly #now: () => number;
  #byDigest = new Map<string, KnownToken>();
  #byName = new Map<string, KnownToken[]>();
  #changed = '';

  constructor(home: string, now: () => number = Date.now) {
    this.#home = home;
    this.#path = join(home, homeFiles.tokens);
    this.#now = now;
  }

  /** Throws where the file cannot be understood: none of them counts then. */
  list(): readonly KnownToken[] {
    return this.#readForChange();
  }

  /**
   * The token itself is told once, here. `life`: seconds; null: until it is revoked. `record` is asked before it counts:
   * where it throws there is no such token.
   */
  create(
    name: string,
    role: TokenRole,
    life: number | null,
    record: (known: KnownToken) => void = () => undefined,
  ): { readonly token: string; readonly known: KnownToken } {
    const token = `rl_${randomBytes(32).toString('base64url')}`;
    const known = underHomeLock(this.#home, () => {
      const at = this.#now();
      const made: KnownToken = {
        id: randomBytes(4).toString('hex'),
        name,
        role,
        digest: digestOf(token),
        createdAt: new Date(at).toISOString(),
        expiresAt: life === null ? null : new Date(at + life * 1000).toISOString(),
        revokedAt: null,
      };
      const others = this.#withRoom(this.#readForChange(), at);
      record(made);
      this.#write([...others, made]);
      return made;
    });
    return { token, known };
  }

  /** False: there is none of that id or name that counts. `record` is asked once it does not count any more. */
  revoke(idOrName: string, record: (revoked: readonly KnownToken[]) => void = () => undefined): boolean {
    return underHomeLock(this.#home, () => {
      const at = new Date(this.#now()).toISOString();
      const revoked: KnownToken[] = [];
      const tokens = this.#readForChange().map((each) => {
        if (each.revokedAt !== null || (each.id !== idOrName && each.name !== idOrName)) return each;
        const worthless = { ...each, revokedAt: at };
        revoked.push(worthless);
        return worthless;
      });
      if (revoked.length === 0) return false;
      this.#write(tokens);
      record(revoked);
      return true;
    });
  }

  /** Whether there was a token of that name that was revoked, and none counts now. */
  isRevoked(name: string): boolean {
    this.#refresh();
    const ofName = this.#byName.get(name) ?? [];
    return (
      ofName.some(({ revokedAt }) => revokedAt !== null) &&
      ofName.every((each) => each.revokedAt !== null || hasExpired(each, this.#now()))
    );
  }

  /** Who has this token, if it counts. Found by its digest: the time it takes tells nothing of the token. */
  identify(token: string): KnownToken | undefined {
    this.#refresh();
    const known = this.#byDigest.get(digestOf(token));
    if (!known || known.revokedAt !== null) return undefined;
    return hasExpired(known, this.#now()) ? undefined : known;
  }

  /** Looks whether the file has changed, each time: some microseconds, for a token that is worthless at once. */
  #refresh(): void {
    const changed = fingerprint(this.#path);
    if (changed === this.#changed) return;
    this.#changed = changed;
    let tokens: readonly KnownToken[] = [];
    try {
      if (changed !== '') tokens = fileSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8'))).tokens;
    } catch {
      // Fails closed: with a file that cannot be read no token but the machine's own counts.
    }
    this.#byDigest = new Map(tokens.map((each) => [each.digest, each]));
    this.#byName = Map.groupBy(tokens, ({ name }) => name);
  }

  /** Throws where the file is there and cannot be read: what it holds must not be written over. */
  #readForChange(): readonly KnownToken[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
    try {
      return fileSchema.parse(JSON.parse(text)).tokens;
    } catch {
      throw new Error(
        `${this.#path} cannot be understood, so none of its tokens counts: mend it, or move it aside and make the tokens anew`,
      );
    }
  }

  #withRoom(tokens: readonly KnownToken[], now: number): readonly KnownToken[] {
    if (tokens.length < mostTokens) return tokens;
    const worthless = tokens.find((each) => each.revokedAt !== null || hasExpired(each, now));
    if (!worthless) throw new Error(`there are ${mostTokens} tokens that count: revoke some that are not needed`);
    return tokens.filter((each) => each !== worthless);
  }

  /** All or nothing, also when the power fails: a revocation that was told has happened. */
  #write(tokens: readonly KnownToken[]): void {
    const draft = `${this.#path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      writeFileSync(draft, `${JSON.stringify({ tokens }, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
      renameSync(draft, this.#path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  }
}

const hasExpired = ({ expiresAt }: KnownToken, now: number): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= now;

/** Empty: there is no such file. */
function fingerprint(path: string): string {
  try {
    const { mtimeNs, ctimeNs, ino, size } = statSync(path, { bigint: true });
    return `${ino}:${mtimeNs}:${ctimeNs}:${size}`;
  } catch {
    return '';
  }
}
