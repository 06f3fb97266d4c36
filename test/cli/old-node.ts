import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureNode } from '../../scripts/toolchain.mjs';

/** A Node that is too old for the command line and fit for services: one on the PATH, else npm's own package of it. */
export function oldNode(): string {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter(existsSync)
    .find((node) => execFileSync(node, ['--version'], { encoding: 'utf8' }).startsWith('v20.'));
  return onPath ?? ensureNode(20);
}
