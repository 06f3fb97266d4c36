#!/usr/bin/env node
// Starts the `runlens` command on a Node that can run it: this one, else the newest that the set-up of Runlens brought
// into its cache folder. Plain JavaScript for any Node; it can import nothing of Runlens, which may not load here.
import { existsSync, readdirSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The first Node with `node:sqlite`; `node-version.ts` says the same to the command itself. */
const needed = [22, 13];

const isNewEnough = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
};

/** A bundle: beside this file, in the package as it is published, or in a checkout. */
const bundleOf = (name) =>
  ['..', '../dist', '../../dist']
    .map((folder) => fileURLToPath(new URL(`${folder}/${name}`, import.meta.url)))
    .find(existsSync);
const bundle = bundleOf('runlens.mjs');
/** An agent waits for each start of it: a bundle of its own, on whichever Node this is. */
const hookBundle =
  process.argv[2] === 'hook' && /^\w+$/.test(process.argv[3] ?? '') ? bundleOf('runlens-hook.mjs') : undefined;

/** The folder that `npm run setup` fills: `node/<version>/node_modules/<platform's package>/bin/node`. */
function cachedNode() {
  const { RUNLENS_CACHE, XDG_CACHE_HOME } = process.env;
  // `off` is for the sensor.
  const isFolder = RUNLENS_CACHE && RUNLENS_CACHE !== 'off';
  const cache = isFolder ? RUNLENS_CACHE : join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'runlens');
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const entries = (folder) => (existsSync(folder) ? readdirSync(folder) : []);
  return entries(join(cache, 'node'))
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version) && isNewEnough(version))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .flatMap((version) => {
      const modules = join(cache, 'node', version, 'node_modules');
      return entries(modules).map((name) => join(modules, name, 'bin', binary));
    })
    .find(existsSync);
}

/** Runs this again on another Node in this process's place: its terminal, its signals, its end. */
async function runOn(node) {
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  const signals = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2'].filter((name) => name in constants.signals);
  for (const signal of signals) {
    // A terminal gives its own signals to the whole foreground group, so the child has them already.
    const fromTerminal = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
    process.on(signal, () => fromTerminal || child.kill(signal));
  }
  child.on('error', (error) =>
    fail(`${node} could not be started (${error.code ?? error.message}); run the set-up again.`),
  );
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
    if (signal === null || process.platform === 'win32') return;
    for (const name of signals) process.removeAllListeners(name);
    // So that a shell or a supervisor sees how it really ended; SIGUSR1 would start this process's inspector.
    if (signal !== 'SIGUSR1') process.kill(process.pid, signal);
  });
}

function fail(sentence) {
  process.stderr.write(`runlens: ${sentence}\n`);
  process.exitCode = 1;
}

if (hookBundle !== undefined) {
  await import(pathToFileURL(hookBundle).href);
} else if (bundle === undefined) {
  fail('dist/runlens.mjs is not there; run "npm run build" in the checkout, or install runlens again.');
} else if (isNewEnough(process.versions.node)) {
  // Node 22 says with every start that its SQLite is experimental; which parts of Node are used is not the user's care.
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest);
  };
  await import(pathToFileURL(bundle).href);
} else {
  const node = cachedNode();
  if (node !== undefined) await runOn(node);
  else {
    fail(
      `the command needs Node ${needed.join('.')} or newer and this is Node ${process.versions.node}: install a newer Node, ` +
        'or run "npm run setup" in a checkout, which brings one (your services may stay on theirs, from Node 20 on).',
    );
  }
}
