// Starts VS Code's server and ends it, with all that it started, when its owner is gone: also one that was killed and
// could clean up nothing. The owner holds the other end of standard input.
// Arguments: the session's folder, server-main.js, and the server's own.
import { rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const politeMilliseconds = 500;

const [folder, serverMain] = process.argv.splice(2, 2);
process.argv[1] = serverMain;

const endAll = () => {
  // This process leads its group; it outlives the first signal to send the second.
  process.on('SIGTERM', () => {});
  process.kill(-process.pid, 'SIGTERM');
  setTimeout(() => {
    rmSync(folder, { recursive: true, force: true });
    process.kill(-process.pid, 'SIGKILL');
  }, politeMilliseconds);
};
process.stdin.once('end', endAll).once('error', endAll).resume();
// The wait for the owner's end alone keeps nothing running.
process.stdin.unref();

await import(pathToFileURL(serverMain).href);
