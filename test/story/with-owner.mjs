// node with-owner.mjs COMMAND ARGUMENTS…: runs a command that ends when its owner does, also an owner that was killed.
// The owner holds the other end of standard input and writes nothing to it: its end is the owner's.
import { spawn } from 'node:child_process';

const politeMilliseconds = 3_000;
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  console.error(`${command} could not be started: ${error.message}`);
  process.exit(1);
});
child.once('exit', (code, signal) => process.exit(signal === null ? code : 1));

// A signal goes to the whole group, the command among it: this process stays to see it end.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.stdin
  .on('error', () => {})
  .on('close', endGroup)
  .resume();

function endGroup() {
  child.kill('SIGTERM');
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), politeMilliseconds);
}
