/** `npm run package`: one `.vsix` for every platform, with all that the embedded collector needs and no native module. */
import { join } from 'node:path';
import { build } from './build.ts';
import { exec } from './exec.ts';
import { root } from './toolchain.mjs';

export const vsixPath = join(root, 'runlens.vsix');

export async function packageExtension(): Promise<void> {
  await build({ minify: true });
  // Bundled: no dependency is taken along.
  await exec('vsce', [
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--readme-path',
    'media/README.md',
    '--out',
    vsixPath,
  ]);
}
