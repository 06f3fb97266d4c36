/** The bundle that `runlens hook` runs: small, as an agent waits for its start before each step. */
import { runHook } from './run-hook.ts';

await runHook(process.argv[3] ?? '', process.stdin, {
  ...{
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    exitCode: 0,
  },
});
