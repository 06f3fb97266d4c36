import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a run of a package's own tests said. */
export interface SuiteRun {
  /** `ok name` and `not ok name`, sorted: tests that run side by side end in any order. */
  readonly results: readonly string[];
  readonly exitCode: number;
  /** What the sensor saw of the package; absent without it. */
  readonly measured?: {
    readonly files: number;
    readonly functions: number;
    readonly called: number;
    readonly calls: number;
    readonly errors: number;
    readonly unreadable: readonly string[];
  };
}

/** How a package's tests are run; those of `node:test` in one process, as those of tape. */
export type Runner = 'tape' | 'node-test';

const here = dirname(fileURLToPath(import.meta.url));
const limit = 100_000;

/** Runs a package's own tests, with its code measured or as it is. Rejects when they do not end in 100 s. */
export async function runPackageSuite(name: string, runner: Runner, measured: boolean): Promise<SuiteRun> {
  const folder = packageFolder(name);
  const scratch = await mkdtemp(join(tmpdir(), 'runlens-behaviour-'));
  try {
    const report = join(scratch, 'report.json');
    const preload = measured ? ['--conditions=runlens-source', '--import', join(here, 'measure-package.ts')] : [];
    const tests =
      runner === 'tape'
        ? [join(here, 'require-tests.cjs')]
        : ['--test', '--test-isolation=none', '--test-reporter=tap', 'test/*.test.js'];
    const { output, exitCode } = await run([...preload, ...tests], folder, {
      MEASURED_PACKAGE: folder,
      MEASURED_REPORT: report,
    });
    const results = output
      .split('\n')
      .filter((line) => /^\s*(?:not )?ok \d/.test(line))
      .map((line) => line.trim().replace(/ok \d+/, 'ok'))
      .sort();
    return { results, exitCode, ...(measured ? { measured: JSON.parse(await readFile(report, 'utf8')) } : {}) };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function packageFolder(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const inside = `${sep}node_modules${sep}${name}${sep}`;
  return entry.slice(0, entry.lastIndexOf(inside) + inside.length - 1);
}

function run(
  parameters: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ output: string; exitCode: number }> {
  // The runner of these tests sets variables that change how `node --test` reports.
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(?:VITEST|NODE_|TEST$|FORCE_COLOR)/.test(key)),
  );
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      parameters,
      { cwd: folder, env: { ...environment, ...variables }, maxBuffer: 1 << 26, timeout: limit },
      (error, output, errors) => {
        if (error && (error.killed || typeof error.code !== 'number')) reject(new Error(`${error.message}\n${errors}`));
        else resolve({ output, exitCode: error ? Number(error.code) : 0 });
      },
    );
  });
}
