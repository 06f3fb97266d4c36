import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildSensor } from '../../sensor/build.ts';
import { type BundledCli, bundleCli } from './bundled-cli.ts';
import { type Ended, type RunningCommand, run, start } from './command.ts';

let cli: BundledCli;
let home: string;
let collector: RunningCommand;
let url: string;

const runlens = (args: readonly string[], env: Record<string, string> = {}, cwd = cli.folder): Promise<Ended> =>
  run(process.execPath, [cli.launcher, ...args], { env: { RUNLENS_HOME: home, ...env }, cwd });

beforeAll(async () => {
  cli = await bundleCli();
  await buildSensor(cli.sensorFolder);
  home = join(cli.folder, 'home');
  collector = start(process.execPath, [cli.launcher, 'collector', '--port', '0'], { env: { RUNLENS_HOME: home } });
  const ready = await collector.shows(
    /^runlens collector ready on (http:\/\/127\.0\.0\.1:\d+) \(data in (.+)\)$/m,
    60_000,
  );
  url = ready[1] ?? '';
  expect(ready[2]).toBe(join(home, 'data'));
});
afterAll(async () => {
  await collector[Symbol.asyncDispose]();
  await cli.remove();
});

test('a port that is taken is told in one sentence', async () => {
  const { port } = new URL(url);
  const ended = await runlens(['collector', '--port', port], { RUNLENS_HOME: join(cli.folder, 'other') });
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(
    /^runlens: The collector did not start: a Runlens collector is running already at .*\.\n$/,
  );
});

test('a data folder that is in use is told in one sentence', async () => {
  const ended = await runlens(['collector', '--port', '0']);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^runlens: The collector did not start: another collector uses the data folder .*\.\n$/);
});

test('a wrong token is refused', async () => {
  const ended = await runlens(['services'], { RUNLENS_TOKEN: 'wrong' });
  expect(ended).toMatchObject({ code: 4, stdout: '' });
  expect(ended.stderr).toContain('set RUNLENS_TOKEN to a token of that collector');
});

test('before any service nothing is found', async () => {
  expect(await runlens(['services'])).toMatchObject({ code: 5, stdout: '' });
});

test('a service that is run with the sensor is told, function by function, with exact counts', async () => {
  const shop = join(cli.folder, 'shop');
  await mkdir(join(shop, '.git'), { recursive: true });
  await writeFile(join(shop, 'package.json'), '{"name":"shop","type":"module"}\n');
  await writeFile(
    join(shop, 'pricing.js'),
    `export function price(cents) {
  if (cents < 0) throw new RangeError('negative');
  return cents * 2;
}
export function unused() {}
for (let cents = 0; cents < 40; cents += 1) price(cents);
for (const cents of [-1, -2]) try { price(cents); } catch {}
`,
  );
  const service = await runlens(['run', '--environment', 'test bench', '--', 'node', 'pricing.js'], {}, shop);
  expect(service).toMatchObject({ code: 0, stderr: '' });

  const asked = ['--environment', 'test bench', '--json'];
  const { stdout } = await runlens(['profile', 'pricing.js:price', ...asked], {}, shop);
  expect(JSON.parse(stdout)).toMatchObject({
    profiles: [
      { service: 'shop', environment: 'test bench', file: 'pricing.js', function: 'price', calls: 42, errors: 2 },
    ],
  });
  const hot = await runlens(['hot', '--by', 'calls', ...asked], {}, shop);
  expect(JSON.parse(hot.stdout).functions[0]).toMatchObject({ function: 'price', calls: 42 });
  const unused = await runlens(['profile', 'pricing.js:unused'], {}, shop);
  expect(unused).toMatchObject({ code: 0, stdout: expect.stringContaining('not called in this window') });
  const missing = await runlens(['profile', 'pricing.js:prize'], {}, shop);
  expect(missing).toMatchObject({ code: 5, stderr: expect.stringContaining('has no measured function named "prize"') });
  const doctor = await runlens(['doctor', '--json'], {}, shop);
  expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: true });
});

test('SIGTERM stops the collector cleanly, and the token was never printed', async () => {
  collector.child.kill('SIGTERM');
  const ended = await collector.ended();
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(existsSync(join(home, 'collector.json'))).toBe(false);
  expect(ended.stdout.split('\n')).toHaveLength(2);
  expect(await runlens(['hot'], { RUNLENS_COLLECTOR_URL: url })).toMatchObject({ code: 3 });
});
