import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { benchFolder, compiled } from './places.ts';

/**
 * Compiles the measured services and programs, each into one CommonJS file with a source map, as a build of a service
 * does; packages stay outside. They can then run on every Node version.
 */
export async function compilePrograms(): Promise<void> {
  rmSync(compiled, { recursive: true, force: true });
  const names = ['services/fastify', 'services/express', 'programs/tsc', 'programs/prettier', 'programs/istanbul'];
  await build({
    absWorkingDir: benchFolder,
    entryPoints: names.map((name) => `${name}.ts`),
    outdir: compiled,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
}

export const program = (name: string): string => join(compiled, `${name}.cjs`);
