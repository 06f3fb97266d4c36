/** An alert of a real Prometheus becomes an event that leads to code, outlives the collector, and ends. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventDetailSchema, eventsResponseSchema } from '@runlens/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { otlpRequest } from '../../collector/testing/batches.ts';
import { CollectorProcess } from '../../collector/testing/collector-process.ts';
import { eventually } from '../story/eventually.ts';
import { Prometheus } from './prometheus.ts';

const secret = 'a-secret-of-alertmanager-and-collector';
const variable = 'RUNLENS_EVENTS_SECRET_ALERTMANAGER';
let failing = 1;
/** What Prometheus scrapes. */
const metrics = createServer((_request, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4').end(`shop_failing{route="/pay"} ${failing}\n`);
});
let home: string;
let collector: CollectorProcess;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'runlens-alerts-'));
  // Collectors take it from here.
  process.env[variable] = secret;
  collector = await CollectorProcess.start(home, 60_000);
  metrics.listen(0, '127.0.0.1');
  await once(metrics, 'listening');
});
afterAll(async () => {
  delete process.env[variable];
  await collector?.kill('SIGTERM');
  metrics.close();
  await rm(home, { recursive: true, force: true });
});

const webhook = (): string => `${collector.url}/api/v1/events/alertmanager`;
async function ask(path: string): Promise<unknown> {
  const token = (await readFile(join(home, 'token'), 'utf8')).trim();
  const answer = await fetch(`${collector.url}/api/v1/events${path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(60_000),
  });
  return answer.json();
}
const alert = async () =>
  eventsResponseSchema.parse(await ask('?source=alertmanager')).events.find(({ kind }) => kind === 'alert');

it('an alert fires, concerns the functions that fail, outlives kill -9, and is resolved', async () => {
  const functions = [
    { name: 'browse', calls: 900, seconds: 0.02 },
    { name: 'charge', calls: 100, errors: 40, seconds: 0.01 },
  ];
  const sent = await fetch(`${collector.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(otlpRequest(Date.now(), functions)),
  });
  expect(sent.status).toBe(200);
  // As the listening server's address is.
  const { port } = metrics.address() as AddressInfo;
  await using prometheus = await Prometheus.start({
    target: `127.0.0.1:${port}`,
    rule: {
      alert: 'HighErrorRate',
      // A scrape that comes late on a busy machine ends no alert.
      expr: 'last_over_time(shop_failing[10m]) == 1',
      labels: { severity: 'critical', service_name: 'shop', deployment_environment_name: 'production' },
      annotations: { summary: 'requests of {{ $labels.route }} fail' },
    },
    ...{ webhook: webhook(), secret },
  });

  await eventually('the alert fires', async () => expect(await alert()).toMatchObject({ state: 'firing' }), 120);
  const fired = await alert();
  expect(fired).toMatchObject({
    ...{ severity: 'critical', title: 'HighErrorRate: requests of /pay fail', service: 'shop', endedAt: null },
    ...{ environment: 'production', labels: { alertname: 'HighErrorRate', route: '/pay' } },
    concerns: { functions: [{ file: 'src/shop.ts', function: 'charge', why: '40 of 100 calls failed' }] },
  });

  await collector.kill('SIGKILL');
  collector = await CollectorProcess.start(home, 60_000);
  expect(await alert()).toMatchObject({ id: fired?.id, state: 'firing', startedAt: fired?.startedAt });

  await prometheus.tell(webhook());
  failing = 0;
  await eventually('the alert is over', async () => expect(await alert()).toMatchObject({ state: 'resolved' }), 120);
  const over = eventDetailSchema.parse(await ask(`/${fired?.id}`));
  expect(over).toMatchObject({ startedAt: fired?.startedAt, fired: 1 });
  expect(Date.parse(over.endedAt ?? '')).toBeGreaterThan(Date.parse(over.startedAt));
  expect(over.evidence.map(({ payload }) => JSON.parse(payload).status)).toEqual(['firing', 'resolved']);
});
