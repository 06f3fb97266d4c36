/** The source files of a repository that a service could load: what never ran is found among them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface SourceFiles {
  /** Relative to the root, with `/`; sorted. */
  readonly files: readonly string[];
  /** Not all of it was looked at. */
  readonly truncated: boolean;
}

const mostEntries = 200_000;
const mostDepth = 32;
/** Longer ones are no code that anybody wrote. */
const mostBytes = 2_000_000;

const source = /\.(?:[cm]?[jt]s|[jt]sx)$/;
/** Types alone, tests, stories, and the configuration of tools. */
const notProgram =
  /\.d\.[cm]?ts$|[.-](?:test|tests|spec|e2e|bench|stories|story|fixture|mock)\.[^./]+$|\.(?:config|conf|setup|min)\.[^./]+$|^\.|^(?:gulpfile|gruntfile|jest\.|vitest\.|karma\.)/i;
const skippedFolders = new Set([
  'node_modules',
  'bower_components',
  'vendor',
  'dist',
  'build',
  'out',
  'lib-cov',
  'coverage',
  'test',
  'tests',
  '__tests__',
  '__mocks__',
  '__fixtures__',
  'fixtures',
  'spec',
  'specs',
  'e2e',
  'cypress',
  'bench',
  'benchmark',
  'benchmarks',
  'examples',
  'docs',
  'public',
  'static',
  'tmp',
]);
/** A file without any is not told by sensors: types, constants, and lists of exports. Errs on the side of leaving out. */
const holdsFunction = /\bfunction\b|=>\s*[^\s]|\bclass\s+\w+[^{]*\{[^}]*\(/;

/**
 * The files in packages of which at least one file was loaded: those of other programs of the repository, and of pages for
 * browsers in packages of their own, say nothing about this one. `under`: a folder, relative to the root.
 */
export function sourceFiles(root: string, loaded: ReadonlySet<string>, under: string | undefined): SourceFiles {
  const walk = new Walk(root);
  walk.into('', '');
  const used = new Set<string>();
  for (const { file, owner } of walk.found) if (loaded.has(file)) used.add(owner);
  const inside = under === undefined || under === '' ? '' : `${under.replace(/\/+$/, '')}/`;
  const files = walk.found
    .filter(({ file, owner }) => used.has(owner) && file.startsWith(inside) && (loaded.has(file) || walk.isCode(file)))
    .map(({ file }) => file)
    .sort();
  return { files, truncated: walk.truncated };
}

class Walk {
  readonly #root: string;
  /** `owner`: the folder of the nearest package.json. */
  readonly found: { readonly file: string; readonly owner: string }[] = [];
  #entries = 0;

  constructor(root: string) {
    this.#root = root;
  }

  get truncated(): boolean {
    return this.#entries > mostEntries;
  }

  into(folder: string, parentOwner: string, depth = 0): void {
    const entries = this.#read(folder);
    const owner = entries.some((entry) => entry.isFile() && entry.name === 'package.json') ? folder : parentOwner;
    for (const entry of entries) {
      this.#entries += 1;
      if (this.truncated) return;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // Links are left out: what they lead to is found where it is, or is not of this repository.
      if (entry.isDirectory()) {
        if (depth < mostDepth && !entry.name.startsWith('.') && !skippedFolders.has(entry.name.toLowerCase())) {
          this.into(path, owner, depth + 1);
        }
      } else if (entry.isFile() && source.test(entry.name) && !notProgram.test(entry.name)) {
        this.found.push({ file: path, owner });
      }
    }
  }

  isCode(file: string): boolean {
    const path = join(this.#root, file);
    try {
      return statSync(path).size <= mostBytes && holdsFunction.test(readFileSync(path, 'utf8'));
    } catch {
      return false;
    }
  }

  #read(folder: string) {
    try {
      return readdirSync(join(this.#root, folder), { withFileTypes: true });
    } catch {
      return [];
    }
  }
}
