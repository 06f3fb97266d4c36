/** Two releases of each of some public packages, brought from npm once into the cache folder. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from '@runlens/test/editor/run-npm';
import { cacheFolder, ensureNode, toolsNode } from '../../scripts/toolchain.mjs';

export interface Releases {
  readonly name: string;
  /** What is taken for deployed, and what for the text in the editor. */
  readonly old: string;
  readonly new: string;
  /** The folder of the package whose files are source as written; empty: all of it. */
  readonly folder: string;
}

/** Years lie between most of them: more than between a deploy and the text in an editor. */
export const allReleases: readonly Releases[] = [
  { name: 'express', old: '4.16.4', new: '4.21.2', folder: 'lib' },
  { name: 'fastify', old: '4.0.0', new: '5.2.0', folder: 'lib' },
  { name: 'lodash', old: '4.17.4', new: '4.17.21', folder: '' },
  { name: 'commander', old: '8.0.0', new: '12.1.0', folder: '' },
  { name: 'prettier', old: '2.0.5', new: '2.8.8', folder: '' },
  { name: 'koa', old: '2.7.0', new: '2.15.0', folder: 'lib' },
  { name: 'eslint', old: '8.0.0', new: '8.57.0', folder: 'lib' },
  { name: 'webpack', old: '5.0.0', new: '5.90.0', folder: 'lib' },
  { name: 'rxjs', old: '7.0.0', new: '7.8.1', folder: 'src' },
  { name: 'axios', old: '0.27.2', new: '1.7.9', folder: 'lib' },
  { name: 'mongoose', old: '6.0.0', new: '8.9.0', folder: 'lib' },
  { name: 'ws', old: '7.0.0', new: '8.18.0', folder: 'lib' },
];

/** Text of a package's files by their paths within its folder. */
export type Sources = ReadonlyMap<string, string>;

const extensions = /\.(?:[cm]?js|tsx?)$/;
/** Longer lines on average (characters): minified, and nobody has that in an editor. */
const longestAverageLine = 300;

/** The sources of a release. Throws with what npm says when it cannot be had. */
export async function sourcesOf(name: string, version: string, folder: string): Promise<Sources> {
  const root = join(await ensureRelease(name, version), folder);
  const sources = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !extensions.test(entry.name) || entry.name.endsWith('.d.ts')) continue;
    const text = readFileSync(path, 'utf8');
    if (text.length / text.split('\n').length > longestAverageLine) continue;
    sources.set(path.slice(root.length + 1).replaceAll('\\', '/'), text);
  }
  if (sources.size === 0) throw new Error(`${name}@${version} has no sources in its folder ${folder}`);
  return sources;
}

async function ensureRelease(name: string, version: string): Promise<string> {
  const all = join(cacheFolder, 'drift');
  const folder = join(all, `${name}-${version}`);
  if (existsSync(folder)) return join(folder, 'package');
  mkdirSync(all, { recursive: true });
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial);
  try {
    await runNpm(ensureNode(toolsNode), partial, ['pack', `${name}@${version}`], undefined);
    const [archive] = readdirSync(partial);
    if (archive === undefined) throw new Error(`npm packed nothing for ${name}@${version}`);
    execFileSync('tar', ['-xzf', archive], { cwd: partial, timeout: 120_000 });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return join(folder, 'package');
}
