import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@runlens/collector';
import { controlHeader, controlPaths, type SensorState } from '@runlens/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, cli } from '../testing.ts';

let home: string;
let collector: Collector;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-sensors-'));
  collector = await startCollector({ home, port: 0, logLevel: 'silent' });
});
afterEach(async () => {
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<CliResult> =>
  cli(['sensors', ...args], { env: { RUNLENS_HOME: home, RUNLENS_COLLECTOR_URL: collector.url } });

const full: SensorState = {
  level: 'full',
  since: '2026-01-31T12:03:04.000Z',
  offBy: [],
  cpuShare: 0.012,
  cpuBudget: 0.03,
  filesOff: [],
};

/** Connects as a sensor does, and answers no command. */
async function connect(state: SensorState = full, service = 'shop'): Promise<AbortController> {
  const aborting = new AbortController();
  const hello = {
    version: 1,
    service,
    instance: 'one',
    pid: 7,
    node: '24.1.0',
    sensor: '0.1.0',
    commands: ['switch'],
    state,
  };
  const answer = await fetch(`${collector.url}/${controlPaths.connect}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [controlHeader]: '1' },
    body: JSON.stringify(hello),
    signal: aborting.signal,
  });
  expect(answer.status).toBe(200);
  return aborting;
}

test('none is connected', async () => {
  const { exitCode, stderr } = await run();
  expect(exitCode).toBe(5);
  expect(stderr).toContain('No sensor is connected to this collector');
});

test('each is one line that says what it does and costs', async () => {
  const one = await connect();
  const two = await connect({ ...full, level: 'counts-only', cpuShare: 0.041 }, 'mail\u001b[2J');
  const { exitCode, stdout } = await run();
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^mail.*: steps back: counts only since 12:03 UTC, cost 4\.1 % of CPU over its 3\.0 % budget$/,
    ),
    'shop (development, unknown) instance one, pid 7, Node 24.1.0, sensor 0.1.0: measures all, cost 1.2 % of CPU',
    '',
  ]);
  expect(stdout).not.toContain('\u001b');
  one.abort();
  two.abort();
});

test('off is remembered where none is connected, and told until it is on', async () => {
  const off = await run('off', 'shop', '--environment', 'staging');
  expect(off).toMatchObject({
    exitCode: 0,
    stdout: 'No sensor of shop, in staging is connected; those that connect later do not measure.\n',
  });
  expect((await run()).stdout).toMatch(/^switched off since .*: shop, in staging\n$/);
  expect((await run('on', 'shop')).exitCode).toBe(0);
  expect((await run()).exitCode).toBe(5);
});

test('one that does not answer is told, and is a failure', async () => {
  const sensor = await connect();
  const { exitCode, stdout } = await run('off', 'shop', '--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    switch: { service: 'shop', on: false },
    sensors: [{ service: 'shop', outcome: 'pending' }],
  });
  sensor.abort();
});

test('a service has to be named', async () => {
  const { exitCode, stderr } = await run('off');
  expect(exitCode).toBe(2);
  expect(stderr).toContain("missing required argument 'service'");
});
