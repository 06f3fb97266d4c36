/** Brings an agent client from npm, once, into the cache folder; they are large, and nothing but a test needs them. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, ensureNode, toolsNode } from '../../../scripts/toolchain.mjs';
import { withLock } from '../../editor/install-lock.ts';
import { installTimeoutMilliseconds, runNpm } from '../../editor/run-npm.ts';
import type { AgentClient } from './agent-clients.ts';

/** The path of the client's program. Throws where it cannot be had: a client that was not tried has not been seen to work. */
export async function ensureAgentClient(client: Pick<AgentClient, 'command' | 'package' | 'program'>): Promise<string> {
  if (process.platform === 'win32') throw new Error('agent clients are tried on Linux and macOS only');
  const platform = `${process.platform}-${process.arch}`;
  const wanted = client.package(platform);
  const clients = join(cacheFolder, 'agent-clients');
  const folder = join(clients, wanted.replace(/[^\w.-]+/g, '-').replace(/^-/, ''));
  const program = (at: string) => join(at, 'node_modules', client.program(platform));
  if (existsSync(program(folder))) return program(folder);
  const lock = { timeoutMilliseconds: installTimeoutMilliseconds };
  await withLock(join(clients, `${client.command}.lock`), lock, async () => {
    if (existsSync(program(folder))) return;
    // Under the lock, so what may lie there is of an install that was killed.
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    try {
      await mkdir(partial, { recursive: true });
      await writeFile(join(partial, 'package.json'), '{"private":true}\n');
      const install = ['install', '--no-package-lock', '--omit=optional', wanted];
      await runNpm(ensureNode(toolsNode), partial, install, undefined);
      if (!existsSync(program(partial))) throw new Error(`${wanted} came without ${client.program(platform)}`);
      await rm(folder, { recursive: true, force: true });
      await rename(partial, folder);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  });
  return program(folder);
}
