import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start, stop } from './child.ts';
import { dist } from './places.ts';

/** The shipped collector in a process of its own, with an empty store, on a free port. */
export interface RunningCollector {
  readonly url: string;
  /** The folder of its token and its store: `RUNLENS_HOME`. */
  readonly home: string;
  stop(): Promise<void>;
}

export async function runCollector(): Promise<RunningCollector> {
  const home = mkdtempSync(join(tmpdir(), 'runlens-bench-home-'));
  const { child, line } = await start(
    [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
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
    home,
    stop: async () => {
      await stop(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
