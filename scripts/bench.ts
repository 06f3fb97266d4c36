/**
 * `npm run bench [-- NAME…] [OPTIONS]`: each benchmark prints its figures as ratios against a baseline or a peer of the
 * same run. Options (from the first that begins with `--`) are the benchmark's own: see bench/frame/options.ts.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.ts';
import { exec } from './exec.ts';
import { root } from './toolchain.mjs';

export async function bench(args: readonly string[]): Promise<void> {
  const folder = join(root, 'bench');
  const all = readdirSync(folder)
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.replace(/\.bench\.ts$/, ''))
    .sort();
  const firstOption = args.findIndex((arg) => arg.startsWith('--'));
  const names = firstOption < 0 ? args : args.slice(0, firstOption);
  const options = firstOption < 0 ? [] : args.slice(firstOption);
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`no benchmark is named ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  await build({ minify: true });
  for (const name of names.length > 0 ? names : all) {
    console.log(`\n## ${name}\n`);
    await exec(process.execPath, [
      '--conditions=runlens-source',
      '--disable-warning=ExperimentalWarning',
      join(folder, `${name}.bench.ts`),
      ...options,
    ]);
  }
}
