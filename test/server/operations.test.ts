/** What the sensor tells of queries and calls out, as the collector's API answers it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@runlens/collector';
import { profilesResponseSchema } from '@runlens/protocol/api/profile';
import { bucketIndex } from '@runlens/protocol/histogram';
import { encodeJson } from '@runlens/sensor/export/json';
import type { Attribute, HistogramPoint, Metric } from '@runlens/sensor/export/metrics';
import { encodeProtobuf } from '@runlens/sensor/export/protobuf';
import { afterEach, beforeEach, expect, test } from 'vitest';

let home: string;
let collector: Collector;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-operations-'));
  collector = await startCollector({ home, port: 0, logLevel: 'silent' });
});
afterEach(async () => {
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

test.each(['json', 'protobuf'] as const)('queries and calls out are those of their function, as %s', async (form) => {
  const time = Date.now();
  const identity: readonly Attribute[] = [
    ['code.function.name', 'pay'],
    ['code.file.path', 'src/shop.ts'],
    ['code.line.number', 1],
  ];
  const query: readonly Attribute[] = [
    ['db.system.name', 'postgresql'],
    ['db.query.text', 'SELECT * FROM t WHERE a = ?'],
  ];
  const pointOf = (attributes: readonly Attribute[], value: number, count: number): HistogramPoint => ({
    attributes,
    start: time - 1_000,
    end: time,
    count,
    scale: 5,
    zeroCount: 0,
    offset: bucketIndex(value),
    bucketCounts: [count],
    sum: value * count,
    min: value,
    max: value,
  });
  const call: readonly Attribute[] = [
    ['http.request.method', 'POST'],
    ['server.address', 'pay.example'],
    ['server.port', 443],
    ['url.template', '/charges'],
  ];
  const histogram = (name: string, unit: string, points: HistogramPoint[]): Metric => ({
    kind: 'histogram',
    name,
    unit,
    points,
  });
  const metrics: Metric[] = [
    {
      kind: 'sum',
      name: 'code.function.calls',
      unit: '{call}',
      points: [{ attributes: identity, start: time - 1_000, end: time, value: 2 }],
    },
    histogram('db.client.operation.duration', 's', [
      pointOf([...identity, ...query], 0.01, 9),
      pointOf([...identity, ...query, ['error.type', '23505']], 0.01, 1),
      // Nobody is known to have asked this: it is taken, and shown nowhere.
      pointOf(query, 0.01, 5),
    ]),
    histogram('runlens.query.repeats', '{query}', [
      pointOf(
        [...identity, ...query, ['runlens.within.function.name', 'list'], ['runlens.within.file.path', 'a.ts']],
        5,
        2,
      ),
    ]),
    histogram('http.client.request.duration', 's', [
      pointOf([...identity, ...call, ['http.response.status_code', 201]], 0.1, 3),
      pointOf([...identity, ...call, ['http.response.status_code', 500], ['error.type', '500']], 0.1, 1),
    ]),
  ];
  const encode = form === 'json' ? encodeJson : encodeProtobuf;
  const bytes = encode(new Map([['service.name', 'shop']]), { name: 'test', version: '1' }, metrics);
  const answer = await fetch(`${collector.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': form === 'json' ? 'application/json' : 'application/x-protobuf' },
    body: new Uint8Array(bytes),
  });
  expect(answer.status).toBe(200);
  expect(form === 'json' ? await answer.json() : (await answer.arrayBuffer()).byteLength).toEqual(
    form === 'json' ? {} : 0,
  );
  const { profiles } = profilesResponseSchema.parse(
    await (
      await fetch(`${collector.url}/api/v1/profiles?service=shop`, {
        headers: { authorization: `Bearer ${collector.token}` },
      })
    ).json(),
  );
  expect(profiles).toHaveLength(1);
  expect(profiles[0]).toMatchObject({
    queries: [
      {
        statement: 'SELECT * FROM t WHERE a = ?',
        system: 'postgresql',
        calls: 10,
        errors: 1,
        callsPerCall: 5,
        repeats: { of: 2, mean: 5, distribution: [{ least: 4, of: 2 }], within: { file: 'a.ts', function: 'list' } },
      },
    ],
    outgoing: [{ target: 'POST pay.example:443/charges', calls: 4, errors: 1 }],
  });
  expect(profiles[0]?.queries[0]?.totalSeconds).toBeCloseTo(0.1, 9);
});
