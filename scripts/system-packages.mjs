// Brings packages of the operating system (a browser, fonts) where that can be done unasked: Debian and Ubuntu, as root
// or by a sudo that wants no password. Plain JavaScript with no dependency, as it runs under any supported Node.
import { spawnSync } from 'node:child_process';

const updateTimeoutMilliseconds = 5 * 60_000;
const installTimeoutMilliseconds = 15 * 60_000;
/** apt waits this long for another apt to finish before it gives up. */
const lockTimeoutSeconds = 180;

function answers(command, args, timeout = 10_000) {
  return spawnSync(command, args, { stdio: 'ignore', timeout }).status === 0;
}

/** Which of these Debian packages are not installed; all of them where there is no dpkg. */
function missingSystemPackages(names) {
  const result = spawnSync(
    '/usr/bin/dpkg-query',
    ['--show', '--showformat=${binary:Package} ${db:Status-Status}\n', ...names],
    {
      encoding: 'utf8',
      timeout: 10_000,
    },
  );
  const installed = new Set();
  for (const line of (result.stdout ?? '').split('\n')) {
    const [name, status] = line.split(' ');
    // A package of a foreign or multi-arch kind is listed as "name:arch".
    if (status === 'installed') installed.add(name.split(':')[0]);
  }
  return names.filter((name) => !installed.has(name));
}

/**
 * Installs those of these Debian packages that are missing. Quick when nothing is missing.
 * Throws an error that says what to install by hand where this cannot be done unasked, or when apt fails.
 */
export function ensureSystemPackages(names, log = () => {}) {
  const missing = missingSystemPackages(names);
  if (missing.length === 0) return;
  const wanted = missing.join(' ');
  if (!answers('apt-get', ['--version'])) {
    throw new Error(
      `these are needed and cannot be installed by themselves here: install ${wanted} yourself, then run this again`,
    );
  }
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !answers('sudo', ['-n', 'true'])) {
    throw new Error(
      `these are needed, and installing them takes rights that this user has not: run "sudo apt-get install ${wanted}", then this again`,
    );
  }
  log(`Installing by apt (once): ${wanted}`);
  const apt = (args, timeout) => {
    const aptArguments = ['-o', `DPkg::Lock::Timeout=${lockTimeoutSeconds}`, '-q', ...args];
    const [command, rest] = isRoot
      ? ['apt-get', aptArguments]
      : ['sudo', ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...aptArguments]];
    return spawnSync(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  // A failed update is not the end: the lists that are there may be good enough. The install says so if they are not.
  const update = apt(['update'], updateTimeoutMilliseconds);
  const install = apt(['install', '-y', '--no-install-recommends', ...missing], installTimeoutMilliseconds);
  if (install.status !== 0) {
    const failed = update.status === 0 ? [install] : [update, install];
    const output = failed.map((result) => result.error?.message ?? `${result.stdout}${result.stderr}`).join('\n');
    const tail = output.trim().split('\n').slice(-15).join('\n');
    throw new Error(`apt-get could not install ${wanted}; install it yourself, then run this again:\n${tail}`);
  }
}
