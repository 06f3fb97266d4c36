/** Bundles the suites for the extension host, which may be of a Node that knows no TypeScript. */
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Within the checkout, so that `require('mocha')` is found from there. */
const outputFolder = join(here, '..', '..', 'test-results', 'suites');

/** Resolves with the module whose `run()` runs the suites that RUNLENS_SUITES names. */
export async function buildSuites(): Promise<string> {
  await rm(outputFolder, { recursive: true, force: true });
  const suites = readdirSync(here).filter((file) => file.endsWith('.suite.ts'));
  await build({
    absWorkingDir: here,
    entryPoints: ['index.ts', ...suites],
    outdir: outputFolder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    sourcemap: 'inline',
    conditions: ['runlens-source'],
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return join(outputFolder, 'index.cjs');
}
