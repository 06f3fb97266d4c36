import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BundledCli, bundleCli, placeTellingSensor } from './bundled-cli.ts';
import { type Ended, run, start } from './command.ts';
import { oldNode } from './old-node.ts';

let cli: BundledCli;
let env: Record<string, string>;

beforeAll(async () => {
  cli = await bundleCli();
  await placeTellingSensor(cli);
  // Port 9 (discard) of loopback: nobody listens there.
  env = { RUNLENS_HOME: join(cli.folder, 'home'), RUNLENS_COLLECTOR_URL: 'http://127.0.0.1:9' };
});
afterAll(() => cli.remove());

const runService = (args: readonly string[], more: Record<string, string> = {}, input = ''): Promise<Ended> =>
  run(process.execPath, [cli.bundle, 'run', ...args], { env: { ...env, ...more }, cwd: cli.folder, input });

test('a service gets the sensor and its settings, on the Node it has', async () => {
  const { code, stdout } = await runService(['--service', 'shop', '--', oldNode(), '-p', 'process.version']);
  expect(code).toBe(0);
  const [sensor = '', version] = stdout.split('\n');
  expect(JSON.parse(sensor)).toEqual({
    sensor: 'loaded',
    service: 'shop',
    endpoint: 'http://127.0.0.1:9',
    interval: '1s',
  });
  expect(version).toMatch(/^v20\./);
});

test('with --prepare the sensor is told to prepare, and nobody looks for a collector', async () => {
  const told = ['--prepare', '--', 'node', '-p', '`for ${process.env.RUNLENS_PREPARE}`'];
  const { code, stdout, stderr } = await runService(told);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/"sensor":"loaded".*\nfor 1\n$/);
  expect((await runService(told, { RUNLENS_PREPARE: 'dist' })).stdout).toMatch(/\nfor dist\n$/);
});

test("the user's own NODE_OPTIONS reach the service", async () => {
  const { stdout } = await runService(['node', '-p', 'process.title'], { NODE_OPTIONS: '--title=mine' });
  expect(stdout).toMatch(/"sensor":"loaded".*\nmine\n$/);
});

test('a collector that is away is told once, and the service runs', async () => {
  const { code, stderr, stdout } = await runService([
    'node',
    '-e',
    'setTimeout(() => console.log("served", process.argv.slice(1).join()), 500)',
    'x',
    '--json',
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain('served x,--json');
  expect(stderr.match(/cannot be reached/g)).toHaveLength(1);
  expect(stderr).toMatch(/^runlens: The collector at http:\/\/127\.0\.0\.1:9 .* The service runs meanwhile\.\n$/);
});

test('the exit code is that of the service', async () => {
  expect(await runService(['node', '-e', 'process.exitCode = 7'])).toMatchObject({ code: 7, signal: null });
});

test.skipIf(process.platform === 'win32')('the end by a signal is that of the service', async () => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const ended = await runService(['node', '-e', `process.kill(process.pid, '${signal}'); setTimeout(() => {}, 9e3)`]);
    expect(ended).toMatchObject({ code: null, signal });
  }
});

test('what comes on standard input reaches the service', async () => {
  const { stdout } = await runService(['node', '-e', 'process.stdin.pipe(process.stdout)'], {}, 'hello service');
  expect(stdout).toMatch(/\nhello service$/);
});

test.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)(
  '%s reaches the service, which ends in its own way',
  async (signal) => {
    const service = `process.on('${signal}', () => { console.log('cleaned up'); process.exit(3); }); setInterval(() => {}, 1e3); console.log('up');`;
    await using running = start(process.execPath, [cli.bundle, 'run', '--', 'node', '-e', service], {
      env,
      cwd: cli.folder,
    });
    await running.shows(/^up$/m);
    running.child.kill(signal);
    expect(await running.ended()).toMatchObject({ code: 3, stdout: expect.stringContaining('cleaned up') });
  },
);

test('a command that does not exist is told, with the exit code of shells', async () => {
  const { code, stderr } = await runService(['--', 'no-such-command-here']);
  expect(code).toBe(127);
  expect(stderr).toContain('runlens: "no-such-command-here" could not be started: there is no such command here');
});

test.skipIf(process.platform === 'win32')(
  'a file that is no program is told, with the exit code of shells',
  async () => {
    const file = join(cli.folder, 'text');
    await writeFile(file, 'hello');
    await chmod(file, 0o600);
    const { code, stderr } = await runService(['--', file]);
    expect(code).toBe(126);
    expect(stderr).toContain('could not be started (EACCES)');
  },
);

test('with --json runlens speaks in JSON lines on standard error', async () => {
  const { stderr } = await runService(['--json', '--', 'node', '-e', 'setTimeout(() => {}, 500)']);
  expect(JSON.parse(stderr)).toEqual({
    event: 'collector-away',
    message: expect.stringContaining('cannot be reached'),
  });
});

test('an endpoint of the user stays, which is told', async () => {
  const { stderr, stdout } = await runService(['node', '-e', ''], { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' });
  expect(stdout).toContain('"endpoint":"http://otel:4318"');
  expect(stderr).toBe('runlens: telemetry goes to http://otel:4318, as your OTEL_EXPORTER_OTLP_* variables say\n');
});

test('a bundle with no sensor beside it says so and starts nothing', async () => {
  const bare = await bundleCli();
  try {
    const ended = await run(process.execPath, [bare.bundle, 'run', '--', 'node', '-e', 'console.log("ran")'], { env });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('The sensor is not beside this command');
  } finally {
    await bare.remove();
  }
});

test('on an old Node the launcher brings the command to a newer one of the cache, signals and exit code included', async () => {
  const cache = join(cli.folder, 'cache');
  const version = process.versions.node;
  const binary = join(cache, 'node', version, 'node_modules', 'node-test', 'bin', 'node');
  await linkNode(binary);
  const service = `process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1e3); console.log('up on', process.version);`;
  await using running = start(oldNode(), [cli.launcher, 'run', '--', oldNode(), '-e', service], {
    env: { ...env, RUNLENS_CACHE: cache },
    cwd: cli.folder,
  });
  await running.shows(/^up on v20\./m);
  running.child.kill('SIGTERM');
  expect(await running.ended()).toMatchObject({ code: 3 });
});

test('on an old Node with no newer one the launcher says what to do', async () => {
  const ended = await run(oldNode(), [cli.launcher, '--version'], {
    env: { ...env, RUNLENS_CACHE: join(cli.folder, 'empty') },
  });
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(
    /^runlens: the command needs Node 22\.13 or newer and this is Node 20\..*: install a newer/,
  );
});

async function linkNode(binary: string): Promise<void> {
  await mkdir(dirname(binary), { recursive: true });
  await symlink(process.execPath, binary);
}
