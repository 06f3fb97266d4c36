/**
 * The collector and the command line, bundled once for all test files of a run: from their sources each start takes
 * more than twice the time of a core, and some tests start them forty times.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { cliBundle } from '../cli/build.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** Vitest calls it before the first file of a project, and what it gives after the last one; test workers inherit the variables. */
export default async function setUp(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'runlens-programs-'));
  await build({
    ...cliBundle,
    absWorkingDir: repository,
    entryPoints: {
      collector: 'collector/main.ts',
      runlens: 'cli/main.ts',
      'query-process': 'collector/query/sql/query-process.ts',
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  process.env.RUNLENS_TEST_COLLECTOR = join(folder, 'collector.mjs');
  process.env.RUNLENS_TEST_CLI = join(folder, 'runlens.mjs');
  return async () => {
    delete process.env.RUNLENS_TEST_COLLECTOR;
    delete process.env.RUNLENS_TEST_CLI;
    await rm(folder, { recursive: true, force: true });
  };
}
