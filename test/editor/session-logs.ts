// Copies of a session's logs, for a person who has to find out why it failed.
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EditorProfile } from './editor-profile.ts';

/** Where pictures and the logs of sessions that failed are left; not part of the repository. */
export const resultsFolder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'test-results', 'editor');

/** Copies all logs of a session into a new folder, and gives its path. */
export async function copyLogs(name: string, profile: EditorProfile): Promise<string> {
  const folder = join(resultsFolder, `${name}-${process.pid}-${Date.now()}`);
  await mkdir(folder, { recursive: true });
  await cp(profile.logsFolder, folder, { recursive: true });
  return folder;
}
