// The one entry of `npm run …`: brings what is missing, then runs the task with the right Node.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureNode, ensurePackages, root, toolEnvironment, toolsNode } from './toolchain.mjs';

const [task, ...rest] = process.argv.slice(2);
const log = (line) => console.error(`runlens: ${line}`);

try {
  const node = ensureNode(toolsNode, log);
  ensurePackages(log);
  // The sources are TypeScript; Node 24 strips the types itself.
  const child = spawn(
    node,
    [
      '--conditions=runlens-source',
      '--disable-warning=ExperimentalWarning',
      join(root, 'scripts', 'tasks.ts'),
      task ?? 'help',
      ...rest,
    ],
    { cwd: root, env: toolEnvironment(node), stdio: 'inherit' },
  );
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
} catch (error) {
  console.error(`runlens: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
