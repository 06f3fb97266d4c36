/** Probes while the disk is full: see full-disk.test.ts for how it is filled. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CollectorProcess } from '@runlens/collector/testing/collector-process';
import { placedProbeSchema } from '@runlens/protocol';
import { problemSchema } from '@runlens/protocol/api/problem';
import { healthResponseSchema } from '@runlens/protocol/api/stream';
import { expect, test } from 'vitest';

const canLimit = spawnSync('prlimit', ['--version']).status === 0;

test.skipIf(!canLimit)(
  `on a full disk no probe is placed, and those that are placed still end${canLimit ? '' : ' (needs prlimit)'}`,
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'runlens-full-'));
    let collector = await CollectorProcess.start(home, 500);
    try {
      const ask = (method: string, path: string, body?: object) =>
        fetch(`${collector.url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${readFileSync(join(home, 'token'), 'utf8').trim()}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      const place = (life: number) =>
        ask('POST', '/api/v1/probes', {
          kind: 'snapshot',
          place: { file: 'src/pay.ts', line: 12 },
          target: { service: 'shop' },
          life,
        });
      const stateOf = async (id: string) =>
        placedProbeSchema.parse(await (await ask('GET', `/api/v1/probes/${id}`)).json()).state;
      const health = async () => healthResponseSchema.parse(await (await ask('GET', '/health')).json());
      const { probe } = placedProbeSchema.parse(await (await place(5)).json());

      limitFiles(collector.pid, '1:unlimited');
      const refused = await place(60);
      expect(refused.status).toBe(503);
      const { code, detail } = problemSchema.parse(await refused.json());
      expect([code, detail]).toEqual(['storage-full', expect.stringContaining('ree some space')]);
      await expect.poll(() => stateOf(probe.id), { timeout: 60_000 }).toBe('expired');
      expect((await health()).problems).toEqual([
        expect.stringContaining('those that are placed still end'),
        expect.stringContaining('audit log cannot be written'),
      ]);

      limitFiles(collector.pid, 'unlimited:unlimited');
      // That it has ended is written when there is room, without anybody asking.
      await expect.poll(async () => (await health()).status, { timeout: 60_000 }).toBe('ok');
      expect((await place(60)).status).toBe(200);
      await collector.kill('SIGKILL');
      collector = await CollectorProcess.start(home, 500);
      expect(await stateOf(probe.id)).toBe('expired');
    } finally {
      await collector.kill('SIGTERM');
      rmSync(home, { recursive: true, force: true });
    }
  },
);

function limitFiles(pid: number, limit: string): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${limit}`]);
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}
