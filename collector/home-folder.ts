/** The files in the Runlens home folder by which the editor and the command line find this collector. */
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CollectorAddress, collectorAddressSchema, environmentVariables, homeFiles } from '@runlens/protocol/home';

/** `RUNLENS_HOME`, default `~/.runlens`. */
export function defaultHome(environment: NodeJS.ProcessEnv = process.env): string {
  return environment[environmentVariables.home] || join(homedir(), '.runlens');
}

/** The token of this machine's collector: 256 random bits, made at the first start, readable by its user only. */
export function readOrMakeToken(home: string): string {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const path = join(home, homeFiles.token);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const known = readIfThere(path)?.trim();
    if (known !== undefined) {
      if (known.length < 32) {
        throw new Error(`the token in ${path} is shorter than 32 characters: delete that file, and a new one is made`);
      }
      chmodSync(path, 0o600);
      return known;
    }
    // Written beside and linked: whoever reads it never sees half a token, and of two first starts one wins.
    const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    try {
      linkSync(draft, path);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  throw new Error(`the token file ${path} cannot be made: check that the folder can be written`);
}

export function writeAddress(home: string, address: CollectorAddress): void {
  const path = join(home, homeFiles.collector);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(address, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Removes the address if it is still this process's. */
export function removeAddress(home: string, url: string): void {
  const path = join(home, homeFiles.collector);
  const text = readIfThere(path);
  if (text === undefined) return;
  let address: unknown;
  try {
    address = JSON.parse(text);
  } catch {
    return;
  }
  const parsed = collectorAddressSchema.safeParse(address);
  if (parsed.success && parsed.data.pid === process.pid && parsed.data.url === url) rmSync(path, { force: true });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
