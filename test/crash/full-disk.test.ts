/**
 * A disk that is full and has room again, within the life of one process. The room is a limit on the size of files that
 * the system enforces (RLIMIT_FSIZE), which its user may lower and raise: no root and no volume is needed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { otlpRequest } from '@runlens/collector/testing/batches';
import { CollectorProcess } from '@runlens/collector/testing/collector-process';
import { profilesResponseSchema } from '@runlens/protocol/api/profile';
import { healthResponseSchema } from '@runlens/protocol/api/stream';
import { expect, test } from 'vitest';

const canLimit = spawnSync('prlimit', ['--version']).status === 0;
const functionsOfRequest = 300;

test.skipIf(!canLimit)(
  `a full disk loses nothing that was acknowledged, and writing goes on by itself when there is room${canLimit ? '' : ' (needs prlimit)'}`,
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'runlens-full-'));
    const collector = await CollectorProcess.start(home, 500);
    try {
      const post = (i: number) => {
        const functions = Array.from({ length: functionsOfRequest }, (_, j) => ({ name: `f${i}-${j}`, seconds: 0.01 }));
        return fetch(`${collector.url}/v1/metrics`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'runlens-batch': `one/a.${i}` },
          body: JSON.stringify(otlpRequest(Date.now(), functions)),
        });
      };
      const called = async (): Promise<number> => {
        const authorization = `Bearer ${readFileSync(join(home, 'token'), 'utf8').trim()}`;
        const path = '/api/v1/profiles?service=shop&since=24h&limit=50000';
        const answer = await fetch(collector.url + path, { headers: { authorization } });
        const { profiles } = profilesResponseSchema.parse(await answer.json());
        return profiles.reduce((sum, { calls }) => sum + calls, 0);
      };
      const health = async () => healthResponseSchema.parse(await (await fetch(`${collector.url}/health`)).json());

      expect((await post(0)).status).toBe(200);
      limitFiles(collector.pid, '400000:unlimited');
      let sent = 1;
      let refused: Response | undefined;
      while (refused === undefined && sent < 200) {
        const answer = await post(sent);
        if (answer.status === 200) sent += 1;
        else refused = answer;
      }
      expect(refused?.status).toBe(503);
      expect(refused?.headers.get('retry-after')).toBe('5');
      expect(await called()).toBe(sent * functionsOfRequest);
      expect((await health()).problems).toEqual([expect.stringContaining('free some space')]);

      limitFiles(collector.pid, 'unlimited:unlimited');
      // The sender tries again with the same name.
      expect((await post(sent)).status).toBe(200);
      await expect.poll(async () => (await health()).status, { timeout: 60_000 }).toBe('ok');
      expect(await called()).toBe((sent + 1) * functionsOfRequest);
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
