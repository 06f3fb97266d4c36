/** The sensor as it is now, built once for all test files of a run: each service folder gets a copy. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSensor } from '../../sensor/build.ts';

/** The folder of the built sensor; test workers inherit it. */
const variable = 'RUNLENS_TEST_SENSOR';

/** Vitest calls it before the first file of a project, and what it gives after the last one. */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[variable] !== undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'runlens-sensor-'));
  await buildSensor(folder);
  process.env[variable] = folder;
  return async () => {
    delete process.env[variable];
    await rm(folder, { recursive: true, force: true });
  };
}

/** Outside a test run there is nothing to copy, and it is built. */
export async function putSensor(into: string): Promise<void> {
  const built = process.env[variable];
  if (built === undefined) await buildSensor(into);
  else await cp(built, into, { recursive: true });
}
