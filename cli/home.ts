/** The Runlens home folder, and what it tells: where the collector is, and with which token it is asked. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { defaultCollectorUrl, environmentVariables, homeFiles } from '@runlens/protocol/environment';
import type { CollectorAddress } from '@runlens/protocol/home';
import { exitCodes } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import type { Session } from './session.ts';

type Environment = Session['env'];

/** The absolute path of `RUNLENS_HOME`, default `~/.runlens`; it need not exist. */
export function homeFolder(env: Environment): string {
  const set = env[environmentVariables.home];
  return set ? resolve(set) : join(homedir(), '.runlens');
}

export interface CollectorLocation {
  /** Without a slash at its end. */
  readonly url: string;
  readonly source: 'environment' | 'home' | 'default';
  readonly token: string | undefined;
  /** Whether a service must send the token with what it reports: only a collector bound to loopback does not ask. */
  readonly guardsIngest: boolean;
}

/**
 * `RUNLENS_COLLECTOR_URL`, else the collector that this home's files say is running, else the default address. This
 * home's token goes only to a collector that is this home's or on this machine by the user's word: not to another
 * machine, and not to whatever else took the default port. `RUNLENS_TOKEN` goes wherever the user points.
 */
export function locateCollector(env: Environment): CollectorLocation {
  const fromEnvironment = env[environmentVariables.collectorUrl];
  const ownToken = env[environmentVariables.token] || undefined;
  const home = homeFolder(env);
  const running = runningCollector(home);
  if (fromEnvironment) {
    const url = checkedUrl(fromEnvironment);
    const boundWider = running !== undefined && !isLoopback(running.url) && portOf(running.url) === portOf(url);
    const token = ownToken ?? (isLoopback(url) ? readToken(home) : undefined);
    return { url, source: 'environment', token, guardsIngest: boundWider || !isLoopback(url) };
  }
  if (running) {
    const token = ownToken ?? readToken(home);
    return { url: reachable(running.url), source: 'home', token, guardsIngest: !isLoopback(running.url) };
  }
  return { url: defaultCollectorUrl, source: 'default', token: ownToken, guardsIngest: false };
}

/** The token file's content; undefined when there is none to read. */
export function readToken(home: string): string | undefined {
  return readText(join(home, homeFiles.token))?.trim() || undefined;
}

/** What a collector wrote when it started, if its process still lives. */
export function runningCollector(home: string): Pick<CollectorAddress, 'url' | 'pid' | 'data'> | undefined {
  const text = readText(join(home, homeFiles.collector));
  if (text === undefined) return undefined;
  const address = addressIn(parseJson(text));
  return address && isAlive(address.pid) ? address : undefined;
}

/** What `collectorAddressSchema` takes, by hand: `runlens hook` starts before each step of an agent, and zod takes longer than all of it. */
function addressIn(told: unknown): Pick<CollectorAddress, 'url' | 'pid' | 'data'> | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const [url, pid, data] = ['url', 'pid', 'data'].map((name): unknown => Reflect.get(told, name));
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { url, pid, ...(typeof data === 'string' && { data }) };
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CliFailure(
      exitCodes.usage,
      `${environmentVariables.collectorUrl} is not an http or https address; set it to one such as ${defaultCollectorUrl}.`,
    );
  }
  if (url.username || url.password) {
    throw new CliFailure(
      exitCodes.usage,
      `${environmentVariables.collectorUrl} carries a user name or password; remove it and put the token in ${environmentVariables.token}.`,
    );
  }
  return withoutSlash(url.origin + url.pathname);
}

const portOf = (url: string): string => new URL(url).port;

/** A collector that listens on all addresses is asked on loopback: not every system connects to 0.0.0.0. */
function reachable(url: string): string {
  return withoutSlash(url).replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]');
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Absent, or not ours to read: either way there is nothing to use; `runlens doctor` tells which.
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process of another user cannot be signalled, but lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
