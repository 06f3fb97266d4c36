import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectorNodeFlags } from '@runlens/protocol/environment';
import { homeFiles } from '@runlens/protocol/home';
import { start, stop } from './child.ts';
import { dist } from './places.ts';

/** The shipped collector in a process of its own, on a free port, started as the extension starts it. */
export interface RunningCollector {
  readonly url: string;
  readonly pid: number | undefined;
  /** The folder of its token and its store: `RUNLENS_HOME`. */
  readonly home: string;
  stop(): Promise<void>;
}

/** With an empty store, or that of a folder. Both are removed when it stops. */
export async function runCollector(
  home = mkdtempSync(join(tmpdir(), 'runlens-bench-home-')),
): Promise<RunningCollector> {
  const { child, line } = await start(
    [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      ...collectorNodeFlags,
      join(dist, 'runlens.mjs'),
      'collector',
      '--port',
      '0',
      '--json',
    ],
    { environment: { ...process.env, RUNLENS_HOME: home } },
  );
  const { url }: Record<string, unknown> = JSON.parse(line);
  return {
    url: String(url),
    pid: child.pid,
    home,
    stop: async () => {
      await stop(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Asks a collector's API by the token of its home; throws what it answers where that is not 200. */
export async function askCollector(
  { url, home }: Pick<RunningCollector, 'url' | 'home'>,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const token = readFileSync(join(home, homeFiles.token), 'utf8').trim();
  const answer = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const given = Object(await answer.json());
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(given)}`);
  return given;
}
