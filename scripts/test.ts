/** `npm test`: builds what is shipped, then runs every test against it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.ts';
import { exec } from './exec.ts';
import { packageExtension } from './package.ts';
import { ensureNode, nodeVersions } from './toolchain.mjs';

const log = (line: string) => console.error(`runlens: ${line}`);

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

/** Runs one group of tests and prints its closing line; true when all passed. */
async function runProject(project: 'unit' | 'process' | 'editor', args: readonly string[]): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-report-'));
  const file = join(folder, 'report.json');
  try {
    const ended = await exec('vitest', [
      'run',
      // Those of processes are two groups: some need the machine for themselves.
      ...['--project', project === 'process' ? 'process*' : project],
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...args,
    ]).then(
      () => true,
      () => false,
    );
    // Written by vitest itself; its JSON reporter documents these fields.
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
    // A file that could not even be loaded has no tests to count, and is a failure all the same.
    const failed = Math.max(report.numFailedTests, ended ? 0 : 1);
    const skipped = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : '';
    console.log(`${project}: ${report.numPassedTests} passed, ${failed} failed${skipped}`);
    return ended && failed === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function testUnit(args: readonly string[]): Promise<void> {
  if (!(await runProject('unit', args))) throw new Error('tests failed');
}

export async function testAll(args: readonly string[]): Promise<void> {
  // The services under test run on every Node that the sensor supports.
  for (const major of Object.keys(nodeVersions)) ensureNode(Number(major), log);
  await build();
  const passed = [await runProject('unit', args), await runProject('process', args)];
  // What is installed in the editor is what a user would install.
  await packageExtension();
  const { ensureEditorHost } = await import('./editor-host.ts');
  await ensureEditorHost({ log });
  passed.push(await runProject('editor', args));
  if (passed.includes(false)) throw new Error('tests failed; the first failure is above');
}
