#!/usr/bin/env node
// Takes the place of a VS Code executable for `@vscode/test-electron`: `runTests({ vscodeExecutablePath: launcher })`
// runs a suite in the editor of editor-host.ts. Plain JavaScript, so that any supported Node can start it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureNode, toolsNode } from '../../scripts/toolchain.mjs';

const log = (line) => console.error(`runlens: ${line}`);
const main = fileURLToPath(new URL('./launcher.ts', import.meta.url));
const child = spawn(
  ensureNode(toolsNode, log),
  ['--conditions=runlens-source', '--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  log(`the launcher could not be started: ${error.message}`);
  process.exitCode = 1;
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
