/** The repository's own check, which has to pass before anything is committed in its name. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const deadlineMilliseconds = 15 * 60_000;
const mostTold = 2_000;

const manifestSchema = z.object({ scripts: z.record(z.string(), z.string()).optional() });

/** `npm run check` where the repository has such a script; undefined: it tells of none. */
export async function ownCheck(root: string): Promise<string | undefined> {
  try {
    const { scripts } = manifestSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
    return scripts?.check === undefined ? undefined : 'npm run check';
  } catch {
    return undefined; // no manifest, or none that can be read: then it says nothing of a check
  }
}

/** Undefined: it passed; else the end of what it said. */
export async function runCheck(
  root: string,
  command: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const child = spawn(command, {
    ...{ cwd: root, shell: true, env: environment, windowsHide: true, timeout: deadlineMilliseconds },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-mostTold);
    });
  }
  await once(child, 'close');
  if (child.exitCode === 0) return undefined;
  const end = child.exitCode === null ? `was ended by ${child.signalCode}` : `ended with code ${child.exitCode}`;
  return `${command} ${end}: ${said.trim().split('\n').slice(-5).join(' ')}`;
}
