import { spawn } from 'node:child_process';

const longestMilliseconds = 60_000;

/** The lines that a program writes until its end. Throws with its errors when it fails or does not end in time. */
export function linesOf([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: longestMilliseconds });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output.trim().split('\n'));
      else reject(new Error(`${args.join(' ')} ended with ${code ?? signal}\n${errors.slice(-2_000)}`));
    });
  });
}
