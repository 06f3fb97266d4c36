// Brings a real VS Code to a machine that cannot, or should not, download one from its maker: the npm package
// code-server carries the whole editor, and Debian's Chromium shows it. No native module is built, so no compiler and
// no headers are needed: the two that ship no binary are replaced by a few lines each (host-modules/).
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureSystemPackages } from '../../scripts/system-packages.mjs';
import { cacheFolder, ensureNode, toolsNode } from '../../scripts/toolchain.mjs';
import { withLock } from './install-lock.ts';
import { installTimeoutMilliseconds, runNpm } from './run-npm.ts';

/** code-server's version; the VS Code in it has the version that `EditorHost.version` says. */
const codeServerVersion = '4.139.1';
const vscodeVersion = '1.139.1';
/** To be raised when the steps below change, so that an installed editor is made anew. */
const recipe = 1;

const hostModules = join(dirname(fileURLToPath(import.meta.url)), 'host-modules');

/** An installed editor: what has to be known to serve it. */
export interface EditorServerHost {
  /** The Node that runs the editor's server and its extension host. */
  readonly nodeBinary: string;
  /** VS Code's own server, `out/server-main.js`. */
  readonly serverMain: string;
  /** VS Code's version, such as `1.139.1`. */
  readonly version: string;
}

/** An installed editor and the browser that shows it to a test. */
export interface EditorHost extends EditorServerHost {
  readonly chromiumPath: string;
}

export interface EnsureOptions {
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Installs the editor (once, into the cache folder, under a minute with a quick registry) and Chromium, and says where
 * they are. Takes a few milliseconds when they are there. Throws with what to do where something cannot be brought.
 */
export async function ensureEditorHost(options: EnsureOptions = {}): Promise<EditorHost> {
  const chromiumPath = ensureChromium(options.log ?? (() => {}));
  return { ...(await ensureEditorServerHost(options)), chromiumPath };
}

/** The same without a browser, for an editor that a person opens in a browser of theirs. */
export async function ensureEditorServerHost({
  log = () => {},
  signal,
}: EnsureOptions = {}): Promise<EditorServerHost> {
  const nodeBinary = ensureNode(toolsNode, log);
  const hosts = join(cacheFolder, 'vscode-host');
  const folder = join(hosts, `${codeServerVersion}-${recipe}`);
  const host: EditorServerHost = { nodeBinary, serverMain: serverMainIn(folder), version: vscodeVersion };
  if (existsSync(host.serverMain)) return host;

  await withLock(
    join(hosts, 'install.lock'),
    {
      timeoutMilliseconds: installTimeoutMilliseconds,
      signal,
      onWait: (owner) => log(`Waiting for process ${owner}, which is installing the editor`),
    },
    async () => {
      if (existsSync(host.serverMain)) return;
      log(`VS Code ${vscodeVersion} for tests is not on this machine: bringing it to ${folder} (once, about 620 MB)`);
      // Under the lock, so what may lie there is of an install that was killed.
      const partial = `${folder}.partial`;
      await rm(partial, { recursive: true, force: true });
      try {
        await install(partial, nodeBinary, signal);
        await rm(folder, { recursive: true, force: true });
        // Renamed when finished, so that an interrupted install never looks like a finished one.
        await rename(partial, folder);
      } finally {
        await rm(partial, { recursive: true, force: true });
      }
    },
  );
  return host;
}

const vscodeIn = (folder: string) => join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
const serverMainIn = (folder: string) => join(vscodeIn(folder), 'out', 'server-main.js');

async function install(folder: string, nodeBinary: string, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const npm = (workingFolder: string, ...args: string[]) => runNpm(nodeBinary, workingFolder, args, signal);
  await npm(folder, 'install', '--no-package-lock', `code-server@${codeServerVersion}`);
  // The editor's own packages are pinned by the shrinkwrap files that it carries.
  const vscode = vscodeIn(folder);
  await npm(vscode, 'install', '--omit=dev');
  await npm(join(vscode, 'extensions'), 'install', '--omit=dev');
  for (const name of ['spdlog', 'native-watchdog']) {
    await copyFile(join(hostModules, `${name}.cjs`), join(vscode, 'node_modules', '@vscode', name, 'index.js'));
  }
  if (!existsSync(serverMainIn(folder))) {
    throw new Error(`code-server@${codeServerVersion} came without lib/vscode/out/server-main.js`);
  }
}

const knownChromiums = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export function ensureChromium(log: (line: string) => void): string {
  const chosen = process.env.RUNLENS_TEST_CHROMIUM;
  if (chosen !== undefined && chosen !== '') {
    if (existsSync(chosen)) return chosen;
    throw new Error(`RUNLENS_TEST_CHROMIUM names ${chosen}, which is not there`);
  }
  const found = knownChromiums.find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (process.platform !== 'linux') {
    throw new Error('the editor for tests needs Chrome or Chromium: install it, or name it in RUNLENS_TEST_CHROMIUM');
  }
  ensureSystemPackages(['chromium', 'fonts-dejavu-core'], log);
  const installed = knownChromiums.find((path) => existsSync(path));
  if (installed === undefined) throw new Error('the package chromium is installed, but /usr/bin/chromium is not there');
  return installed;
}
