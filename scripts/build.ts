/**
 * `npm run build`: what is shipped, in `dist/`.
 *
 * | output | what |
 * | --- | --- |
 * | `extension.cjs` | the extension, for VS Code's extension host |
 * | `server.cjs`, `grammars/` | the language server, with the grammars it loads |
 * | `runlens.mjs` | the command line, with the collector in it |
 * | `runlens-hook.mjs` | `runlens hook`, which agents wait for: small |
 * | `query-process.mjs` | the process in which the collector runs SQL of agents |
 * | `sensor/` | the sensor, as a service loads it |
 * | `media/` | scripts and styles of the webview pages |
 */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build as bundle } from 'esbuild';
import { cliBundle, hookBundle } from '../cli/build.ts';
import { buildSensor } from '../sensor/build.ts';
import { grammarFiles, serverBundle, serverFile } from '../server/build.ts';
import { root } from './toolchain.mjs';

const dist = join(root, 'dist');
const sensorDist = join(root, 'sensor', 'dist');

interface Options {
  readonly minify?: boolean;
}

export async function build({ minify = false }: Options = {}): Promise<void> {
  const common: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    conditions: ['runlens-source'],
    sourcemap: minify ? false : 'linked',
    minify,
    // Names in stack traces and logs stay what they are in the source.
    keepNames: minify,
    logLevel: 'warning',
    legalComments: 'linked',
  };
  await Promise.all([dist, sensorDist].map((folder) => rm(folder, { recursive: true, force: true })));
  await mkdir(dist, { recursive: true });
  await Promise.all([
    bundle({
      ...common,
      entryPoints: ['client/extension.ts'],
      outfile: 'dist/extension.cjs',
      format: 'cjs',
      target: 'node22',
      external: ['vscode'],
    }),
    bundle({ ...common, ...serverBundle, outfile: join(dist, serverFile) }),
    ...grammarFiles().map(({ from, to }) => cp(from, join(dist, to), { recursive: true })),
    bundle({ ...common, ...cliBundle, outfile: 'dist/runlens.mjs' }),
    bundle({ ...common, ...hookBundle, outfile: 'dist/runlens-hook.mjs' }),
    bundle({
      ...common,
      entryPoints: ['collector/query/sql/query-process.ts'],
      outfile: 'dist/query-process.mjs',
      format: 'esm',
      target: 'node22',
    }),
    bundle({
      ...common,
      entryPoints: { details: 'media/details/details.ts', overview: 'media/overview/overview.ts' },
      outdir: 'dist/media',
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
    }),
    buildSensor(sensorDist, { minify }),
  ]);
  // The extension carries the sensor; the package `@runlens/sensor` is the same files in its own folder.
  await cp(sensorDist, join(dist, 'sensor'), { recursive: true });
}
