/** Where the collector is and with which token it is asked: the settings, the environment, the Runlens home folder. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { collectorAddressSchema, environmentVariables, homeFiles } from '@runlens/protocol/home';

export interface AddressSettings {
  readonly collectorUrl?: string | undefined;
  readonly token?: string | undefined;
  readonly home?: string | undefined;
}

export interface CollectorEndpoint {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
  /** Where the token came from, or should have, for messages. */
  readonly tokenSource: string;
}

/** The Runlens home folder. */
export const homeFolder = (settings: AddressSettings, environment: NodeJS.ProcessEnv): string =>
  settings.home || environment[environmentVariables.home] || join(homedir(), '.runlens');

/** The collector to talk to; undefined when nothing tells where one is. */
export async function findCollector(
  settings: AddressSettings,
  environment: NodeJS.ProcessEnv,
): Promise<CollectorEndpoint | undefined> {
  const home = homeFolder(settings, environment);
  const told = settings.collectorUrl || environment[environmentVariables.collectorUrl];
  const url = told || (await runningCollector(home));
  if (!url || !isHttp(url)) return undefined;
  const tokenFile = join(home, homeFiles.token);
  const base = url.replace(/\/+$/, '');
  if (settings.token) return { url: base, token: settings.token, tokenSource: 'the setting runlens.collector.token' };
  const fromEnvironment = environment[environmentVariables.token];
  if (fromEnvironment) return { url: base, token: fromEnvironment, tokenSource: environmentVariables.token };
  // This machine's token is for this machine's collector: it is never sent to another host.
  if (!isLoopback(base)) return { url: base, token: undefined, tokenSource: environmentVariables.token };
  return { url: base, token: (await readTrimmed(tokenFile)) || undefined, tokenSource: tokenFile };
}

async function runningCollector(home: string): Promise<string | undefined> {
  const text = await readTrimmed(join(home, homeFiles.collector));
  if (!text) return undefined;
  try {
    return collectorAddressSchema.parse(JSON.parse(text)).url;
  } catch {
    // Written at this moment, or damaged: as if it were not there.
    return undefined;
  }
}

const isHttp = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

/** True for an address of this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

async function readTrimmed(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}
