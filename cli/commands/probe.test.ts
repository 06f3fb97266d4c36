import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@runlens/collector';
import { controlHeader, controlPaths } from '@runlens/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliResult, cli } from '../testing.ts';

let home: string;
let project: string;
let collector: Collector;
const aborting: AbortController[] = [];
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-probe-'));
  project = join(home, 'project');
  mkdirSync(join(project, '.git'), { recursive: true });
  writeFileSync(join(project, 'pay.ts'), 'export function pay() {\n  return 1;\n}\n');
  collector = await startCollector({ home, port: 0, logLevel: 'silent', policyFile: join(home, 'runlens.yml') });
});
afterEach(async () => {
  for (const each of aborting.splice(0)) each.abort();
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<CliResult> =>
  cli(args, { cwd: project, env: { RUNLENS_HOME: home, RUNLENS_COLLECTOR_URL: collector.url } });

/** Connects as a sensor does; resolves to the name of the connection. */
async function connect(service = 'shop'): Promise<string> {
  const controller = new AbortController();
  aborting.push(controller);
  const answer = await fetch(`${collector.url}/${controlPaths.connect}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [controlHeader]: '1' },
    body: JSON.stringify({
      version: 1,
      service,
      instance: 'one',
      pid: 7,
      node: '24.1.0',
      sensor: '0.1.0',
      commands: ['switch', 'probes'],
      state: {
        level: 'full',
        since: '2026-01-31T12:03:04.000Z',
        offBy: [],
        cpuShare: null,
        cpuBudget: 0.03,
        filesOff: [],
      },
    }),
    signal: controller.signal,
  });
  // Reading on is not needed, and ending the reading would end the connection.
  const first = await answer.body?.getReader().read();
  return JSON.parse(
    Buffer.from(first?.value ?? [])
      .toString()
      .split('\n')[0] ?? '',
  ).connection;
}

const idIn = ({ stdout }: CliResult): string => /p-[0-9a-f]+/.exec(stdout)?.[0] ?? '';

describe('runlens probe', () => {
  test('places a snapshot with the id of the text that the line was read in', async () => {
    await connect();
    const placed = await run(
      'probe',
      'snapshot',
      'pay.ts:2',
      '--if',
      'x === 1',
      '--watch',
      'a.b',
      'c',
      '--hits',
      '5',
      '--json',
    );
    expect(placed.exitCode, placed.stderr).toBe(0);
    expect(JSON.parse(placed.stdout).probe.request).toMatchObject({
      place: { file: 'pay.ts', line: 2, at: 'line', blob: expect.stringMatching(/^[0-9a-f]{40}$/) },
      target: { service: 'shop' },
      condition: 'x === 1',
      expressions: ['a.b', 'c'],
      hits: 5,
    });
  });

  test.each<[string, string[], number, string]>([
    ['no place', ['probe', 'snapshot', 'pay.ts'], 2, 'src/orders.ts:42'],
    ['a file that is not here', ['probe', 'snapshot', 'x.ts:1'], 2, '--any-version'],
    ['a line beyond the file', ['probe', 'snapshot', 'pay.ts:90'], 2, 'has 4 lines'],
    ['a condition that writes', ['probe', 'snapshot', 'pay.ts:2', '--if', 'x = 1'], 2, 'write === instead of ='],
    ['a log without a message', ['probe', 'log', 'pay.ts:2'], 2, '--message'],
    ['a time that is none', ['probe', 'counter', 'pay.ts:2', '--expires', 'soon'], 2, '90s'],
    ['both ends', ['probe', 'snapshot', 'pay.ts:2', '--entry', '--exit'], 2, 'cannot be used'],
    ['an id that is not known', ['probe', 'show', 'p-none'], 5, 'no probe'],
    ['no probes', ['probe', 'list'], 5, 'no probes'],
  ])('%s', async (_, args, exitCode, told) => {
    await connect();
    const answer = await run(...args);
    expect(answer.stderr).toContain(told);
    expect(answer.exitCode).toBe(exitCode);
  });

  test('a preview that nobody can give says why, and is no success', async () => {
    const answer = await run('probe', 'preview', 'pay.ts:2', '--service', 'mail', '--wait', '0');
    expect(answer.stdout).toContain('Nothing can be told: No instance of mail is connected');
    expect(answer.exitCode).toBe(5);
  });

  test('needs a service where none, or several, are connected', async () => {
    expect((await run('probe', 'counter', 'pay.ts:2')).stderr).toContain('No sensor is connected');
    await connect();
    await connect('mail');
    const several = await run('probe', 'counter', 'pay.ts:2');
    expect(several.exitCode).toBe(2);
    expect(several.stderr).toContain('mail');
  });

  test('lists, pauses, renews and removes', async () => {
    await connect();
    const id = idIn(await run('probe', 'timer', 'pay.ts:1', '--entry', '--expires', '1m'));
    expect((await run('probe', 'list')).stdout).toContain(`${id}  timer pay.ts:1 (entry)  shop`);
    expect((await run('probe', 'pause', id)).stdout).toContain('paused');
    const renewed = JSON.parse((await run('probe', 'renew', id, '--expires', '2h', '--json')).stdout);
    expect(Date.parse(renewed.probe.expiresAt) - Date.now()).toBeGreaterThan(7_000_000);
    expect((await run('probe', 'rm', id)).stdout).toContain('removed');
    expect((await run('probe', 'list')).exitCode).toBe(5);
    expect((await run('probe', 'list', '--ended')).stdout).toContain(id);
  });

  test('a proposal is shown with its hash, and approved by it', async () => {
    await connect();
    const response = await fetch(`${collector.url}/api/v1/probes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${collector.token}`,
        'content-type': 'application/json',
        'runlens-agent': 'copilot',
      },
      body: JSON.stringify({ kind: 'counter', place: { file: 'pay.ts', line: 2 }, target: { service: 'shop' } }),
    });
    const { probe } = (await response.json()) as { probe: { id: string; hash: string } };
    const shown = await run('probe', 'approve', probe.id);
    expect(shown.stdout).toContain(`--hash ${probe.hash}`);
    expect((await run('probe', 'approve', probe.id, '--hash', 'f'.repeat(64))).exitCode).toBe(4);
    expect((await run('probe', 'approve', probe.id, '--hash', probe.hash)).stdout).not.toContain('proposed');
  });

  test('disarms all', async () => {
    await connect();
    await run('probe', 'counter', 'pay.ts:2', '--service', 'away');
    expect((await run('probe', 'disarm-all')).stdout).toBe('1 removed\n');
  });
});

describe('runlens captures', () => {
  test('shows what came, and follows until the probe ends', async () => {
    const connection = await connect();
    const id = idIn(await run('probe', 'snapshot', 'pay.ts:2', '--hits', '2'));
    expect(await run('captures', id)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('Nothing is captured yet'),
    });
    const following = run('captures', id, '--follow');
    for (const number of [1, 2]) {
      const sent = await fetch(`${collector.url}/${controlPaths.captures}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [controlHeader]: '1' },
        body: JSON.stringify({
          connection,
          captures: [
            {
              id: `c-0000000${number}`,
              probe: id,
              kind: 'snapshot',
              at: '2026-01-31T12:00:00.000Z',
              file: 'pay.ts',
              function: 'pay',
              line: 2,
              values: { locals: [['total', { t: 'number', v: `${number}5` }]] },
              redacted: 0,
              cut: [],
              cost: 0.1,
            },
          ],
        }),
      });
      expect(sent.status).toBe(204);
    }
    const followed = await following;
    expect(followed.stdout).toContain('total = 15');
    expect(followed.stdout).toContain('total = 25');
    expect(followed.stdout).toContain('done');
  });
});

describe('runlens token and audit', () => {
  test('a token is made, used, listed without itself, revoked; all is in a log that can be verified', async () => {
    const token = (await run('token', 'create', 'ada', '--role', 'viewer', '--expires', '1h')).stdout.trim();
    const asAda = (...args: string[]): Promise<CliResult> =>
      cli(args, {
        cwd: project,
        env: { RUNLENS_HOME: home, RUNLENS_COLLECTOR_URL: collector.url, RUNLENS_TOKEN: token },
      });
    expect((await asAda('sensors')).exitCode).toBe(5);
    const refused = await asAda('probe', 'counter', 'pay.ts:2', '--service', 'shop');
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain('role prober');
    const listed = await run('token', 'list');
    expect(listed.stdout).toContain('ada  viewer');
    expect(listed.stdout).not.toContain(token);
    expect((await run('token', 'revoke', 'ada')).exitCode).toBe(0);
    expect((await run('token', 'revoke', 'ada')).exitCode).toBe(5);
    const verified = await run('audit', 'verify');
    expect(verified.exitCode).toBe(0);
    expect(verified.stdout).toMatch(
      /^collector: 1 records, none changed, none missing; head 1:[0-9a-f]{64}\nlocal: 2 records, none changed, none missing; head 2:[0-9a-f]{64}\n$/,
    );
    const path = join(home, 'data', 'audit', 'audit.ndjson');
    writeFileSync(path, readFileSync(path, 'utf8').replace('viewer', 'admin'));
    expect(await run('audit', 'verify')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('changed after it was written'),
    });
  });

  test.each([['a b'], ['x'.repeat(101)], ['\u001b[1m']])('the name %j is refused', async (name) => {
    expect((await run('token', 'create', name)).exitCode).toBe(2);
  });
});
