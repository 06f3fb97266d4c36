/** Tokens that many processes make and revoke at once, beside a collector that goes by them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TokenStore } from '@runlens/collector/access/token-store';
import { verifyAudit } from '@runlens/collector/audit/verify-audit';
import { CollectorProcess } from '@runlens/collector/testing/collector-process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../cli/command.ts';
import { eventually } from '../story/eventually.ts';
import { ask, runlens, snapshotAt, tokenOf } from './operator.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'runlens-tokens-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const storeUrl = new URL('../../collector/access/token-store.ts', import.meta.url);
const recordUrl = new URL('../../collector/audit/record-locally.ts', import.meta.url);

test('of what many processes make and revoke at the same time nothing is lost, and their log is whole', async () => {
  const [processes, rounds] = [6, 15];
  // Each process makes tokens and revokes every second one of its own, as the command line does.
  const program = join(home, 'many.mts');
  writeFileSync(
    program,
    `import { TokenStore } from ${JSON.stringify(storeUrl.href)};
     import { recordLocally } from ${JSON.stringify(recordUrl.href)};
     const [home, who, rounds] = process.argv.slice(2);
     const store = new TokenStore(home);
     for (let round = 0; round < Number(rounds); round += 1) {
       const name = who + '-' + round;
       store.create(name, 'viewer', null, () => recordLocally(home, 'token.create', name));
       if (round % 2 === 0) store.revoke(name, () => recordLocally(home, 'token.revoke', name));
     }`,
  );
  const ended = await Promise.all(
    Array.from({ length: processes }, (_, who) =>
      run(process.execPath, ['--conditions=runlens-source', '--no-warnings', program, home, `p${who}`, `${rounds}`]),
    ),
  );
  for (const each of ended) expect(each).toMatchObject({ code: 0, stderr: '' });
  const tokens = new TokenStore(home).list();
  const names = Array.from(
    { length: processes * rounds },
    (_, at) => `p${at % processes}-${Math.floor(at / processes)}`,
  );
  expect(tokens.map(({ name }) => name).sort()).toEqual(names.sort());
  for (const { name, revokedAt } of tokens) expect([name, revokedAt !== null]).toEqual([name, /[02468]$/.test(name)]);
  expect(verifyAudit(join(home, 'audit', 'local'))).toMatchObject({
    ok: true,
    records: processes * rounds + processes * Math.ceil(rounds / 2),
    notes: [],
  });
});

test('a token that is revoked is refused at once, its stream of events ends, and its agent’s probes are withdrawn', async () => {
  const collector = await CollectorProcess.start(home, 500);
  try {
    const token = (await runlens(home, 'token', 'create', 'copilot', '--role', 'agent')).stdout.trim();
    const other = (await runlens(home, 'token', 'create', 'ada', '--role', 'prober')).stdout.trim();
    const stream = await fetch(`${collector.url}/api/v1/stream`, { headers: { authorization: `Bearer ${token}` } });
    const ofOther = await fetch(`${collector.url}/api/v1/stream`, { headers: { authorization: `Bearer ${other}` } });
    const reading = readAll(stream);
    const { probe } = (await ask(collector.url, token, 'POST', '/api/v1/probes', snapshotAt(1))).body;
    const asked = await ask(collector.url, other, 'POST', '/api/v1/probes', snapshotAt(2), {
      'runlens-agent': 'claude',
    });

    expect((await runlens(home, 'token', 'revoke', 'copilot')).code).toBe(0);
    expect((await ask(collector.url, token, 'GET', '/api/v1/probes')).status).toBe(401);
    expect(await reading).toBe('ended');
    await eventually('the probes of the revoked token have ended', async () => {
      const { body } = await ask(collector.url, tokenOf(home), 'GET', `/api/v1/probes/${probe.id}`);
      expect(body).toMatchObject({ state: 'removed', cause: 'owner-gone' });
    });
    expect((await ask(collector.url, other, 'GET', `/api/v1/probes/${asked.body.probe.id}`)).body.state).toBe(
      'proposed',
    );
    // Another's stream goes on.
    await ofOther.body?.cancel();

    // Also those that an agent placed by a person's token.
    expect((await runlens(home, 'token', 'revoke', 'ada')).code).toBe(0);
    await eventually('the probes of the agent that used it have ended', async () => {
      const { body } = await ask(collector.url, tokenOf(home), 'GET', `/api/v1/probes/${asked.body.probe.id}`);
      expect(body.state).toBe('removed');
    });
  } finally {
    await collector.kill('SIGTERM');
  }
});

async function readAll(response: Response): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(() => resolve('still open'), 60_000).unref());
  const reading = (async () => {
    try {
      for await (const _ of response.body ?? []);
    } catch {
      // Cut off.
    }
    return 'ended';
  })();
  return Promise.race([reading, late]);
}
