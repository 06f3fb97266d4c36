/** The audit log of real collectors: two of one home, a full disk, an operator who verifies it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditLog } from '@runlens/collector/audit/audit-log';
import { verifyAudit } from '@runlens/collector/audit/verify-audit';
import { CollectorProcess } from '@runlens/collector/testing/collector-process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, until } from '../story/eventually.ts';
import { SpokenSensor } from '../story/spoken-sensor.ts';
import { ask, runlens, snapshotAt, tokenOf } from './operator.ts';

const fold = 500;
const canLimit = spawnSync('prlimit', ['--version']).status === 0;

let home: string;
let collectors: CollectorProcess[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'runlens-trust-'));
  collectors = [];
});
afterEach(async () => {
  for (const collector of collectors) await collector.kill('SIGTERM');
  rmSync(home, { recursive: true, force: true });
});

async function start(data?: string): Promise<CollectorProcess> {
  const collector = await CollectorProcess.start(home, fold, data);
  collectors.push(collector);
  return collector;
}
const auditOf = (data: string) => join(data, 'audit');
const linesOf = (data: string) =>
  readFileSync(join(auditOf(data), 'audit.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');

test('two collectors of one home, each with its data, write two logs that are both whole', async () => {
  const folders = [join(home, 'data'), join(home, 'elsewhere')];
  const both = [await start(), await start(folders[1])];
  for (let round = 1; round <= 5; round += 1) {
    for (const { url } of both)
      expect((await ask(url, tokenOf(home), 'POST', '/api/v1/probes', snapshotAt(round))).status).toBe(200);
  }
  for (const folder of folders) {
    const ended = await runlens(home, 'audit', 'verify', '--data', folder, '--json');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout).logs).toMatchObject([{ log: 'collector', ok: true, records: 5 }]);
  }
});

test('without --data the log of the collector that runs is verified', async () => {
  const folder = join(home, 'elsewhere');
  const { url } = await start(folder);
  await ask(url, tokenOf(home), 'POST', '/api/v1/probes', snapshotAt(1));
  const ended = await runlens(home, 'audit', 'verify', '--json');
  expect(JSON.parse(ended.stdout).logs).toMatchObject([{ folder: auditOf(folder), records: 1 }]);
});

test('a log of before, in the home folder, stays as it is: it is named by the new one, and verified too', async () => {
  const earlier = new AuditLog(join(home, 'audit'), Date.now);
  const { hash } = earlier.append({
    actor: { name: 'ada', kind: 'person', role: 'admin' },
    action: 'probe.place',
    subject: 'p-1',
    outcome: 'done',
  });
  earlier.close();
  await start();
  expect(JSON.parse(linesOf(join(home, 'data'))[0] ?? '')).toMatchObject({ action: 'log.begun', subject: hash });
  const ended = await runlens(home, 'audit', 'verify');
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toMatch(/^collector: 1 records, none changed.*\nearlier: 1 records, none changed/);
});

test('whoever changes a log is found out by the operator, with the line; so is one who makes all of it anew', async () => {
  const { url } = await start();
  const data = join(home, 'data');
  for (const line of [1, 2, 3]) await ask(url, tokenOf(home), 'POST', '/api/v1/probes', snapshotAt(line));
  const noted = /head (\d+:[0-9a-f]{64})/.exec((await runlens(home, 'audit', 'verify')).stdout)?.[1] ?? '';
  expect((await runlens(home, 'audit', 'verify', '--head', noted)).code).toBe(0);
  await collectors.pop()?.kill('SIGTERM');

  const path = join(auditOf(data), 'audit.ndjson');
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, whole.replace('src/pay.ts:2', 'src/pay.ts:9'));
  const changed = await runlens(home, 'audit', 'verify', '--data', data);
  expect(changed).toMatchObject({ code: 1 });
  expect(changed.stdout).toContain(`broken at line 2 of ${auditOf(data)}, after 1 good records`);

  rmSync(auditOf(data), { recursive: true });
  const made = new AuditLog(auditOf(data), Date.now);
  for (const subject of ['a', 'b', 'c'])
    made.append({
      actor: { name: 'eve', kind: 'person', role: 'admin' },
      action: 'probe.place',
      subject,
      outcome: 'done',
    });
  made.close();
  expect((await runlens(home, 'audit', 'verify', '--data', data)).code).toBe(0);
  expect((await runlens(home, 'audit', 'verify', '--data', data, '--head', noted)).code).toBe(1);
});

test('a data folder without a log is no log that is whole', async () => {
  mkdirSync(join(home, 'none'));
  expect((await runlens(home, 'audit', 'verify', '--data', join(home, 'none'))).code).toBe(5);
  expect((await runlens(home, 'audit', 'verify')).code).toBe(5);
});

test('a log that cannot be read is said so, and is not whole', async () => {
  mkdirSync(join(auditOf(join(home, 'data')), 'audit.ndjson'), { recursive: true });
  const ended = await runlens(home, 'audit', 'verify');
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^runlens: The audit log in .* cannot be read .*verify it as the user .*\.\n$/);
});

test('a collector that is killed while it writes leaves a log that goes on and is whole', async () => {
  const data = join(home, 'data');
  let answered = 0;
  for (let cycle = 0; cycle < 6; cycle += 1) {
    const collector = await start();
    const token = tokenOf(home);
    // Refusals are recorded, too, and cost no quota.
    const asking = Array.from({ length: 8 }, async (_, at) => {
      for (let round = 0; round < 50; round += 1) {
        const { status } = await ask(collector.url, token, 'POST', '/api/v1/probes', {
          ...snapshotAt(round + 1),
          condition: `a = ${at}`,
        });
        if (status === 400) answered += 1;
      }
    });
    const done = Promise.allSettled(asking);
    const least = answered + 1 + 5 * cycle;
    await until('it writes', () => answered >= least);
    await collectors.pop()?.kill('SIGKILL');
    await done;
    const verdict = verifyAudit(auditOf(data));
    expect(verdict).toMatchObject({ ok: true });
    // What was answered was recorded.
    expect(verdict.records).toBeGreaterThanOrEqual(answered);
  }
  await start();
  expect((await runlens(home, 'audit', 'verify')).code).toBe(0);
});

test.skipIf(!canLimit)(
  `on a full disk nothing is done that cannot be recorded, but for what takes probes out${canLimit ? '' : ' (needs prlimit)'}`,
  async () => {
    const collector = await start();
    const data = join(home, 'data');
    const log = join(auditOf(data), 'audit.ndjson');
    const call = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
      ask(collector.url, tokenOf(home), method, path, body, headers);
    using sensor = await SpokenSensor.connect({ collectorUrl: collector.url, instance: 'one' });
    const { id } = (await call('POST', '/api/v1/probes', snapshotAt(1))).body.probe;
    await sensor.capture({ locals: [['total', { t: 'number', v: '7' }]] });
    const proposed = (await call('POST', '/api/v1/probes', snapshotAt(2), { 'runlens-agent': 'copilot' })).body.probe;

    const before = readFileSync(log, 'utf8');
    // Room for the beginning of a record only.
    limitFiles(collector.pid, `${statSync(log).size + 40}:unlimited`);
    for (const [method, path, body] of [
      ['POST', '/api/v1/probes', snapshotAt(3)],
      ['POST', `/api/v1/probes/${proposed.id}/approve`, { hash: proposed.hash }],
      ['POST', `/api/v1/probes/${id}/change`, { life: 7200 }],
      ['GET', `/api/v1/probes/${id}/captures`, undefined],
      ['POST', '/api/v1/sensors/state', { service: 'shop', on: true }],
    ] as const) {
      const answer = await call(method, path, body);
      expect(answer, path).toMatchObject({
        status: 503,
        body: { code: 'storage-full', detail: expect.stringContaining('audit log cannot be written') },
      });
      expect(JSON.stringify(answer.body)).not.toContain(home);
      expect(answer.body).not.toHaveProperty('captures');
    }
    expect(readFileSync(log, 'utf8')).toBe(before);
    const listed = (await call('GET', '/api/v1/probes')).body.probes;
    expect(listed.map((each: { state: string }) => each.state)).toEqual(['waiting', 'proposed']);
    expect(sensor.probes.map((each) => each.id)).toEqual([id]);
    expect((await call('GET', '/health')).body.problems.join()).toContain('audit log cannot be written');
    // Who is refused is refused.
    expect((await ask(collector.url, 'wrong', 'GET', '/api/v1/probes')).status).toBe(401);

    expect((await call('DELETE', `/api/v1/probes/${id}`)).status).toBe(200);
    await eventually('the sensor has no probe', () => expect(sensor.probes).toEqual([]));
    expect((await call('DELETE', '/api/v1/probes')).body.removed).toEqual([proposed.id]);
    expect(verifyAudit(auditOf(data))).toMatchObject({ ok: true, records: 2 });

    limitFiles(collector.pid, 'unlimited:unlimited');
    expect((await call('POST', '/api/v1/probes', snapshotAt(4))).status).toBe(200);
    const told = linesOf(data).map((line) => JSON.parse(line));
    expect(told.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'probe.place done',
      'probe.place done',
      'probe.place failed',
      'probe.approve failed',
      'probe.renew failed',
      'captures.read failed',
      'sensors.switch failed',
      'access.refused refused',
      'probe.remove done',
      'probe.disarm-all done',
      'probe.place done',
    ]);
    expect(verifyAudit(auditOf(data))).toMatchObject({ ok: true, records: 11 });
    expect((await call('GET', '/health')).body.problems).toEqual([]);

    // What ended while the disk was full has ended, also after a restart.
    await collectors.pop()?.kill('SIGTERM');
    const { probes } = (await ask((await start()).url, tokenOf(home), 'GET', '/api/v1/probes')).body;
    expect(probes.map((each: { probe: { request: unknown } }) => each.probe.request)).toMatchObject([snapshotAt(4)]);
  },
);

function limitFiles(pid: number, limit: string): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${limit}`]);
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}
