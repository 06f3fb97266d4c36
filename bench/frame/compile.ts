import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { benchFolder, compiled } from './places.ts';

const shared: BuildOptions = {
  absWorkingDir: benchFolder,
  outdir: compiled,
  outbase: benchFolder,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'warning',
};

const measured = [
  'services/fastify',
  'services/express',
  'programs/acorn',
  'programs/errors',
  'programs/footprint',
  'programs/markdown-it',
  'programs/marked',
  'programs/prettier',
  'programs/queries',
  'programs/switched',
  'programs/tsc',
];

/**
 * Compiles the measured services and programs, each into one CommonJS file with a source map, as a build of a service
 * does; packages stay outside. They can then run on every Node version. What measures them is compiled with all its
 * packages, so that it loads none that a program shall load rewritten.
 */
export async function compilePrograms(): Promise<void> {
  rmSync(compiled, { recursive: true, force: true });
  await Promise.all([
    build({ ...shared, entryPoints: measured.map((name) => `${name}.ts`), packages: 'external', sourcemap: 'linked' }),
    build({
      ...shared,
      entryPoints: ['hooks/istanbul.ts', 'hooks/counter.ts', 'hooks/otel.ts', 'hooks/requests.ts'],
      external: ['istanbul-lib-instrument'],
      conditions: ['runlens-source'],
      // The sensor asks for its parsers when they are needed.
      define: { 'import.meta.url': '__benchUrl' },
      banner: { js: "const __benchUrl = require('node:url').pathToFileURL(__filename).href;" },
    }),
  ]);
}

export const program = (name: string): string => join(compiled, `${name}.cjs`);
