/**
 * The collector and the command line, bundled once for all test files of a run: from their sources each start takes
 * more than twice the time of a core, and some tests start them forty times.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** Vitest calls it before the first file of a project, and what it gives after the last one; test workers inherit the variables. */
export default async function setUp(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'runlens-programs-'));
  await build({
    absWorkingDir: repository,
    entryPoints: {
      collector: 'collector/main.ts',
      runlens: 'cli/main.ts',
      'query-process': 'collector/query/sql/query-process.ts',
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    conditions: ['runlens-source'],
    sourcemap: 'linked',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  process.env.RUNLENS_TEST_COLLECTOR = join(folder, 'collector.mjs');
  process.env.RUNLENS_TEST_CLI = join(folder, 'runlens.mjs');
  return async () => {
    delete process.env.RUNLENS_TEST_COLLECTOR;
    delete process.env.RUNLENS_TEST_CLI;
    await rm(folder, { recursive: true, force: true });
  };
}
