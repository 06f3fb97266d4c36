import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hotResponseSchema } from '@runlens/protocol/api/profile';
import { expect, test } from 'vitest';
import { startCollector } from '../index.ts';
import { otlpRequest } from '../testing/batches.ts';

test('a ranking is the same without histograms, but for the histograms', async () => {
  const home = mkdtempSync(join(tmpdir(), 'runlens-hot-'));
  const collector = await startCollector({ home, port: 0, logLevel: 'silent' });
  try {
    await fetch(`${collector.url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(otlpRequest(Date.now() - 20_000, [{ name: 'pay', calls: 40, seconds: 0.01 }])),
    });
    const ask = async (query: string) => {
      const answer = await fetch(`${collector.url}/api/v1/hot?since=2026-01-01${query}`, {
        headers: { authorization: `Bearer ${collector.token}` },
      });
      return hotResponseSchema.parse(await answer.json()).functions;
    };
    const [whole] = await ask('');
    const [without] = await ask('&histograms=empty');
    const empty = { zeroCount: 0, indexes: [], counts: [] };
    expect(whole?.duration?.histogram.counts).toEqual([40]);
    expect(without?.duration).toEqual({ ...whole?.duration, histogram: empty });
    expect(without?.versions[0]?.duration).toEqual({ ...whole?.versions[0]?.duration, histogram: empty });
    // A rate is over the time until now.
    const others = { duration: null, versions: [], callsPerMinute: 0 };
    expect({ ...without, ...others }).toEqual({ ...whole, ...others });
  } finally {
    await collector.close();
    rmSync(home, { recursive: true, force: true });
  }
});
