/** A git repository of the story's own, with one commit, so that no test touches the checkout. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const shopSource = join(checkout, 'examples', 'shop');
const gitTimeoutMilliseconds = 60_000;

/** The shop's load, run from the checkout: what makes traffic is not part of the service. */
export const loadProgram = join(shopSource, 'load.ts');

/** Copies the shop into `folder`, links the packages it needs, and commits. */
export async function shopRepository(folder: string): Promise<void> {
  await cp(shopSource, folder, {
    recursive: true,
    filter: (source) => !/[\\/](node_modules|dist)$/.test(source),
  });
  await mkdir(join(folder, 'node_modules'));
  for (const name of ['fastify', 'zod', '@types/node', 'undici-types']) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(join(checkout, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  }
  // The shop's own configuration builds on one that lies outside its folder.
  const configuration = JSON.parse(await readFile(join(checkout, 'tsconfig.base.json'), 'utf8'));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ ...configuration, include: ['**/*.ts'] }));
  await commit(folder, 'https://git.example/team/shop.git');
}

/** Writes files into a new repository and commits them. `remote` tells two repositories apart. */
export async function repositoryOf(
  folder: string,
  files: Readonly<Record<string, string>>,
  remote?: string,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await commit(folder, remote);
}

async function commit(folder: string, remote: string | undefined): Promise<void> {
  await writeFile(join(folder, '.gitignore'), 'node_modules\n');
  const git = (...args: string[]) =>
    promisify(execFile)('git', ['-C', folder, ...args], { timeout: gitTimeoutMilliseconds });
  await git('init', '--quiet', '--initial-branch=main');
  if (remote !== undefined) await git('remote', 'add', 'origin', remote);
  await git('add', '--all');
  await git(
    ...['-c', 'user.name=Story', '-c', 'user.email=story@example.com', '-c', 'commit.gpgsign=false'],
    ...['commit', '--quiet', '--message', 'The story begins'],
  );
}
