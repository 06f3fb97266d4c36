/**
 * The official conformance suite against what is shipped: `dist/`, so build first. It comes from npm by npx, since it brings hundreds
 * of packages that nothing else here needs. (The official inspector's command line is in `agent-clients.test.ts`.)
 *
 *     node test/agents/official-checks.ts
 *
 * Scenarios of the suite that call a tool, prompt or resource of the suite's own example server cannot be met by another
 * server. They must fail with exactly that; what fails otherwise is a fault, and the exit code says so.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const suite = '@modelcontextprotocol/conformance@0.1.16';
const program = fileURLToPath(new URL('../../dist/runlens.mjs', import.meta.url));
const commandMilliseconds = 300_000;
/** It has 32. */
const leastScenarios = 30;
const ofExampleServer =
  /There is no (tool|prompt) test_|Resource not found: test:\/\/|Tool 'json_schema_2020_12_tool' not found/;

const home = await mkdtemp(join(tmpdir(), 'runlens-official-'));
const collector = spawn(process.execPath, [program, 'collector', '--port', '0', '--json'], {
  env: { ...process.env, RUNLENS_HOME: home },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const faults: string[] = [];
try {
  const [line] = await once(createInterface(collector.stdout), 'line');
  const { url } = JSON.parse(String(line));
  const token = (await readFile(join(home, 'token'), 'utf8')).trim();
  const proxy = withToken(url, token);
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    await conformance(`http://127.0.0.1:${port}/mcp`);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
} finally {
  collector.kill();
  await once(collector, 'exit');
  await rm(home, { recursive: true, force: true });
}
for (const fault of faults) console.error(`fault: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;

/** The suite has no way to send one; all else reaches the collector as it was sent. */
function withToken(url: string, token: string) {
  const { hostname, port } = new URL(url);
  return createServer((asked, answer) => {
    const passed = request(
      {
        ...{ host: hostname, port, path: asked.url, method: asked.method },
        headers: { ...asked.headers, authorization: `Bearer ${token}` },
      },
      (told) => {
        answer.writeHead(told.statusCode ?? 502, told.headers);
        told.pipe(answer);
      },
    );
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
}

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

async function conformance(url: string): Promise<void> {
  const results = join(home, 'conformance');
  // It ends with an error as soon as one scenario fails, and some must; what counts is what it has written.
  await npx([suite, 'server', '--url', url, '--suite', 'all', '--output-dir', results]).catch(() => undefined);
  const scenarios = await readdir(results).catch(() => []);
  if (scenarios.length < leastScenarios)
    faults.push(`the conformance suite told of ${scenarios.length} scenarios only`);
  const passed: string[] = [];
  let foreign = 0;
  for (const scenario of scenarios) {
    const name = scenario.replace(/^server-|-\d{4}-\d\d-\d\dT.*$/g, '');
    const checks: readonly Check[] = JSON.parse(await readFile(join(results, scenario, 'checks.json'), 'utf8'));
    const failed = checks.filter(({ status }) => status === 'FAILURE');
    const others = failed.filter(({ errorMessage = '' }) => !ofExampleServer.test(errorMessage));
    if (failed.length === 0) passed.push(name);
    else if (others.length === 0) foreign += 1;
    for (const { id, errorMessage } of others) faults.push(`conformance ${name}: ${id}: ${errorMessage}`);
  }
  console.log(
    `conformance: ${passed.length} of ${scenarios.length} scenarios passed (${passed.sort().join(', ')}), ${foreign} ask for the suite's own example server`,
  );
}

function npx(args: readonly string[]): Promise<{ stdout: string }> {
  return run('npx', ['--yes', ...args], { timeout: commandMilliseconds, maxBuffer: 64 * 2 ** 20, cwd: home });
}
