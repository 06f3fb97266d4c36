/** The scripts of a package.json, as they are offered to run with the sensor. */

export interface PackageScript {
  readonly name: string;
  readonly command: string;
}
export interface PackageScripts {
  /** The package's name; empty when it has none. */
  readonly packageName: string;
  readonly scripts: readonly PackageScript[];
}

/** Scripts that start a service come first. */
const startsService = /^(dev|start|serve|server|watch)([:\-.].*)?$/;

/** Reads a package.json's text; undefined when it is not JSON, or has no scripts. */
export function readPackageScripts(text: string): PackageScripts | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { name, scripts } = parsed as Record<string, unknown>; // an object was just seen
  if (typeof scripts !== 'object' || scripts === null) return undefined;
  const listed = Object.entries(scripts)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([script, command]) => ({ name: script, command }));
  if (listed.length === 0) return undefined;
  const sorted = listed
    .map((script, index) => ({ script, index, rank: startsService.test(script.name) ? 0 : 1 }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ script }) => script);
  return { packageName: typeof name === 'string' ? name : '', scripts: sorted };
}

/** A service's name out of a package's: `@acme/shop` is `shop`; a folder's name where there is none. */
export function serviceName(packageName: string, folderName: string): string {
  const bare = packageName.replace(/^@[^/]*\//, '').trim();
  return bare === '' ? folderName : bare;
}

export type PackageRunner = 'npm' | 'pnpm' | 'yarn' | 'bun';

const lockFiles: Readonly<Record<string, PackageRunner>> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'package-lock.json': 'npm',
};

/** By the lock file beside the package.json, or of a folder above it: the nearest decides. */
export function packageRunner(fileNames: readonly string[]): PackageRunner | undefined {
  for (const [file, runner] of Object.entries(lockFiles)) if (fileNames.includes(file)) return runner;
  return undefined;
}
