/**
 * How long it takes from placing a probe at the collector until it is armed in a service, and from its hit until the shipped
 * language server tells an editor of the capture. What the editor takes to draw it is not in it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { probesLsp } from '@runlens/protocol/lsp-probes';
import type { Capture } from '@runlens/protocol/probes/capture';
import { until as eventually, LspClient } from '@runlens/server/testing/lsp-client';
import { start, stop } from '../frame/child.ts';
import { askCollector, runCollector } from '../frame/collector.ts';
import { dist, sensorEntry } from '../frame/places.ts';

const program = `import { createServer } from 'node:http';
function work(n) {
  const twice = n * 2;
  return twice;
}
createServer((request, response) => response.end(String(work(Number(request.url.slice(1)))))).listen(0, '127.0.0.1', function () {
  console.log('http://127.0.0.1:' + this.address().port);
});
`;
const patience = 15_000;

export interface PlacingTimes {
  /** Milliseconds from the request that places it. */
  readonly armed: readonly number[];
  /** Milliseconds from the request to the service that hits it to the notification that an editor shows. */
  readonly captured: readonly number[];
}

export async function measurePlacing(trials: number): Promise<PlacingTimes> {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-probes-'));
  writeFileSync(join(folder, 'service.mjs'), program);
  const collector = await runCollector();
  const { child, line: url } = await start([process.execPath, '--import', sensorEntry, join(folder, 'service.mjs')], {
    environment: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'bench',
      RUNLENS_FLUSH_INTERVAL: '1s',
      RUNLENS_ROOT: folder,
      RUNLENS_CACHE: 'off',
    },
  });
  const ask = (method: string, path: string, body?: object) => askCollector(collector, method, path, body);
  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    for (const end = performance.now() + patience; performance.now() < end; ) {
      if (await isSo()) return;
      await sleep(1);
    }
    throw new Error(`not within ${patience} ms: ${what}`);
  };
  const client = await LspClient.start({
    server: join(dist, 'server.cjs'),
    folders: [folder],
    configuration: {},
    environment: { RUNLENS_HOME: collector.home },
  });
  const told = new Set<string>();
  client.listen(probesLsp.captured, ({ captures }: { readonly captures: readonly Capture[] }) => {
    for (const { probe } of captures) told.add(probe);
  });
  const armed: number[] = [];
  const captured: number[] = [];
  try {
    await fetch(`${url}/1`);
    await until('the sensor is connected', async () => {
      const { sensors } = await ask('GET', '/api/v1/sensors');
      return Array.isArray(sensors) && sensors.length > 0;
    });
    await eventually(() => client.statuses.at(-1)?.collector.kind === 'connected', 'the server is connected', patience);
    for (let trial = 0; trial < trials; trial += 1) {
      const from = performance.now();
      const placed = await ask('POST', '/api/v1/probes', {
        kind: 'snapshot',
        place: { file: 'service.mjs', line: 4 },
        target: { service: 'bench' },
      });
      const id = String(Object(placed.probe).id);
      await until('it is armed', async () => (await ask('GET', `/api/v1/probes/${id}`)).state === 'armed');
      armed.push(performance.now() - from);
      await client.request(probesLsp.captures, { id });
      const hit = performance.now();
      await fetch(`${url}/${trial}`);
      await until('its capture is told', async () => told.has(id));
      captured.push(performance.now() - hit);
      await ask('DELETE', `/api/v1/probes/${id}`);
    }
  } finally {
    await client.stop();
    await stop(child);
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { armed, captured };
}
