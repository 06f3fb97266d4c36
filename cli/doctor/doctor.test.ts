import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '@runlens/agent/testing';
import { expect, test } from 'vitest';
import { type Answer, answering, cli, freePort, temporaryFolder } from '../testing.ts';
import { version } from '../version.ts';

const healthy = { status: 'ok', version, startedAt: '2026-01-01T00:00:00.000Z', problems: [], lastIngest: null };
const inTime = (): string => new Date().toUTCString();

function collector(health: Answer, told: Answer = { body: services() }): (path: string) => Answer {
  return (path) => ({ headers: { date: inTime() }, ...(path === '/health' ? health : told) });
}

interface Told {
  readonly name: string;
  readonly status: string;
  readonly finding: string;
  readonly remedy?: string;
}

/** What `runlens doctor --json` tells, by the names of its checks. */
async function doctor(
  env: Record<string, string>,
): Promise<{ exitCode: number; ok: boolean; checks: Map<string, Told> }> {
  const { exitCode, stdout } = await cli(['doctor', '--json'], { env: { PATH: process.env.PATH, ...env } });
  const { ok, checks } = JSON.parse(stdout);
  return { exitCode, ok, checks: new Map(checks.map((check: Told) => [check.name, check])) };
}

test('a collector that is away fails with its exit code, and what depends on it is skipped', async () => {
  using home = temporaryFolder();
  const url = `http://127.0.0.1:${await freePort()}`;
  const { checks, ok } = await doctor({ RUNLENS_HOME: home.path, RUNLENS_COLLECTOR_URL: url });
  expect(ok).toBe(false);
  expect(checks.get('collector')).toMatchObject({
    status: 'failed',
    exitCode: 3,
    remedy: expect.stringContaining(url),
  });
  expect(checks.get('clock')?.status).toBe('skipped');
  expect(checks.get('services')?.status).toBe('skipped');
});

test('a healthy collector of the same version', async () => {
  await using server = await answering(collector({ body: healthy }));
  const { checks } = await doctor({ RUNLENS_COLLECTOR_URL: server.url, RUNLENS_HOME: '/does/not/exist' });
  expect(checks.get('collector')).toMatchObject({ status: 'ok' });
  expect(checks.get('clock')).toMatchObject({ status: 'ok' });
  expect(checks.get('services')).toMatchObject({ status: 'warning', remedy: expect.stringContaining('runlens run') });
});

test('a collector that is degraded tells its own remedy', async () => {
  const body = { ...healthy, status: 'degraded', problems: ['The disk is full: free some space.'] };
  await using server = await answering(collector({ body }));
  const { checks, ok } = await doctor({ RUNLENS_COLLECTOR_URL: server.url });
  expect(ok).toBe(false);
  expect(checks.get('collector')).toMatchObject({ status: 'failed', remedy: 'The disk is full: free some space.' });
});

test('a collector of another version is a warning', async () => {
  await using server = await answering(collector({ body: { ...healthy, version: '99.0.0' } }));
  const { checks } = await doctor({ RUNLENS_COLLECTOR_URL: server.url });
  expect(checks.get('collector')).toMatchObject({
    status: 'warning',
    finding: `${server.url} is version 99.0.0, this command ${version}`,
  });
});

test('a clock that disagrees is told with by how much', async () => {
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  await using server = await answering(() => ({ body: healthy, headers: { date } }));
  const { checks } = await doctor({ RUNLENS_COLLECTOR_URL: server.url });
  expect(checks.get('clock')).toMatchObject({
    status: 'warning',
    finding: expect.stringMatching(/^the collector's is (60|60\.\d) min behind this one$/),
  });
});

test('a refused token is told as that', async () => {
  await using server = await answering(collector({ body: healthy }, { status: 401 }));
  const { checks } = await doctor({ RUNLENS_COLLECTOR_URL: server.url, RUNLENS_TOKEN: 'wrong' });
  expect(checks.get('services')).toMatchObject({ status: 'failed', exitCode: 4 });
});

test('data that is old is told with what to look at', async () => {
  const old = services('shop');
  const hour = new Date(Date.parse(old.now) + 3_600_000).toISOString();
  await using server = await answering(collector({ body: healthy }, { body: { ...old, now: hour } }));
  const { checks } = await doctor({ RUNLENS_COLLECTOR_URL: server.url });
  expect(checks.get('services')).toMatchObject({ status: 'warning', finding: '1 has reported, shop 1 h ago' });
});

test.skipIf(process.platform === 'win32')('a home and a token that others can read are told', async () => {
  using folder = temporaryFolder();
  const home = join(folder.path, 'home');
  mkdirSync(home);
  chmodSync(home, 0o755);
  writeFileSync(join(home, 'token'), 'secret');
  chmodSync(join(home, 'token'), 0o644);
  const open = await doctor({ RUNLENS_HOME: home });
  expect(open.checks.get('home folder')).toMatchObject({ status: 'warning', remedy: `chmod 700 "${home}"` });
  expect(open.checks.get('token')).toMatchObject({ status: 'failed', finding: expect.stringContaining('mode 644') });
  chmodSync(home, 0o700);
  chmodSync(join(home, 'token'), 0o600);
  const closed = await doctor({ RUNLENS_HOME: home });
  expect(closed.checks.get('home folder')).toMatchObject({ status: 'ok' });
  expect(closed.checks.get('token')).toMatchObject({ status: 'ok' });
  expect(JSON.stringify([...open.checks, ...closed.checks])).not.toContain('secret');
});

test('a PATH without node is a warning, not an end', async () => {
  const { checks } = await doctor({ PATH: '/does/not/exist', RUNLENS_HOME: '/does/not/exist' });
  expect(checks.get('service node')).toMatchObject({ status: 'warning', finding: 'there is no "node" on the PATH' });
});

test('for people, each finding is a line, with the remedy under it', async () => {
  await using server = await answering(collector({ body: healthy }));
  const { stdout } = await cli(['doctor'], {
    env: { PATH: process.env.PATH, RUNLENS_COLLECTOR_URL: server.url, RUNLENS_HOME: '/does/not/exist' },
  });
  expect(stdout).toMatch(/^ok {7}node {10}this command runs on Node /);
  expect(stdout).toMatch(
    /^warning {2}services {6}none has reported yet\n {23}→ Start one with "runlens run -- node app.js"\.$/m,
  );
});
