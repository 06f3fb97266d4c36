// node start.ts [--entry FILE] [-- NODE-ARGUMENTS]: the gateway and the shop, each a process of its own, until stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { stopOnSignal } from './stop-on-signal.ts';

const here = import.meta.dirname;
const readyTimeoutMilliseconds = 20_000;
const stopTimeoutMilliseconds = 6_000;

const { values, positionals } = parseArgs({
  options: { entry: { type: 'string', default: resolve(here, 'main.ts') } },
  allowPositionals: true,
});
const nodeArguments = [...(process.env.SHOP_NODE_OPTIONS?.split(/\s+/).filter(Boolean) ?? []), ...positionals];

const children: ChildProcess[] = [];
let stopping = false;

/** Starts a service; the IPC channel lets it notice when this process is gone, however it went. */
function startService(nodeArguments: readonly string[], entry: string, environment: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...nodeArguments, entry], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  child.once('exit', (code, signal) => {
    if (stopping) return;
    console.error(`${entry} ended by itself (${signal ?? `code ${code}`})`);
    process.exitCode = 1;
    stop();
  });
  return child;
}

/** Waits for the line `NAME ready at URL` and returns the URL; passes every line on. */
function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolveUrl, reject) => {
    const timeout = setTimeout(
      () => reject(new Error(`not ready after ${readyTimeoutMilliseconds / 1000} s`)),
      readyTimeoutMilliseconds,
    );
    child.once('exit', () => {
      clearTimeout(timeout);
      reject(new Error('ended before it was ready'));
    });
    if (!child.stdout) return reject(new Error('has no output to read'));
    createInterface(child.stdout).on('line', (line) => {
      console.log(line);
      const url = /ready at (\S+)$/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timeout);
      resolveUrl(url);
    });
  });
}

async function stopService(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const timeout = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMilliseconds);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timeout);
}

async function stopAll(): Promise<void> {
  stopping = true;
  await Promise.all(children.map(stopService));
}

const stop = stopOnSignal(stopAll, stopTimeoutMilliseconds + 1_000);
try {
  // What is set for the shop's Node is not meant for the gateway, which is another company's.
  const { NODE_OPTIONS: _, ...gatewayEnvironment } = process.env;
  const gateway = startService([], resolve(here, 'gateway/main.ts'), {
    ...gatewayEnvironment,
    GATEWAY_PORT: process.env.GATEWAY_PORT ?? '0',
  });
  const gatewayUrl = await readyUrl(gateway);
  const shop = startService(nodeArguments, resolve(values.entry), { ...process.env, SHOP_GATEWAY_URL: gatewayUrl });
  await readyUrl(shop);
} catch (error) {
  if (!stopping) {
    console.error(`the shop could not be started: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
    stop();
  }
}
