/** The whole collector over HTTP. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { compactProfilesResponseSchema, wholeProfiles } from '@runlens/protocol/api/compact-profiles';
import { problemSchema } from '@runlens/protocol/api/problem';
import { hotResponseSchema, profilesResponseSchema, servicesResponseSchema } from '@runlens/protocol/api/profile';
import { healthResponseSchema, profilesEventSchema } from '@runlens/protocol/api/stream';
import { collectorAddressSchema } from '@runlens/protocol/home';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { streamLimits } from './defaults.ts';
import { type Collector, type CollectorOptions, PortTakenError, startCollector } from './index.ts';
import { otlpRequest } from './testing/batches.ts';

let home: string;
let collector: Collector;
const start = async (options: CollectorOptions = {}): Promise<Collector> => {
  collector = await startCollector({ home, port: 0, logLevel: 'silent', ...options });
  return collector;
};
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'runlens-collector-'));
});
afterEach(async () => {
  await collector?.close().catch(() => undefined);
  rmSync(home, { recursive: true, force: true });
});

const withToken = (): Record<string, string> => ({ authorization: `Bearer ${collector.token}` });
const ask = (path: string, headers: Record<string, string> = withToken()) => fetch(collector.url + path, { headers });
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${collector.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
const calls = (time = Date.now()) =>
  JSON.stringify(otlpRequest(time, [{ name: 'pay', calls: 3, errors: 1, seconds: 0.01 }]));

/** The answer is a problem document of this code, whose detail is a sentence. */
async function expectProblem(answer: Response, status: number, code: string): Promise<string> {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.parse(await answer.json());
  expect(problem).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
  expect(problem.detail).toMatch(/^.{20,}\.$/s);
  return problem.detail;
}

describe('ingest', () => {
  beforeEach(() => start().then(() => undefined));

  test.each([
    ['plain', (body: string) => new TextEncoder().encode(body), undefined],
    ['gzip', (body: string) => new Uint8Array(gzipSync(body)), 'gzip'],
    [
      'gzip of two members, of which the second is short',
      (body: string) => new Uint8Array(Buffer.concat([gzipSync(body), gzipSync(' ')])),
      'gzip',
    ],
    ['deflate', (body: string) => new Uint8Array(deflateSync(body)), 'deflate'],
  ] as const)('%s is taken, and is there when it is acknowledged', async (_title, encode, encoding) => {
    const answer = await post(encode(calls()), encoding === undefined ? {} : { 'content-encoding': encoding });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({});
    const { profiles } = profilesResponseSchema.parse(await (await ask('/api/v1/profiles?service=shop')).json());
    expect(profiles).toMatchObject([{ function: 'pay', calls: 3, errors: 1, duration: { samples: 3 } }]);
  });

  test('what is rejected is told by partial success', async () => {
    const answer = await post(JSON.stringify(otlpRequest(Date.now(), [{ name: 'pay' }, { name: '' }])));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      partialSuccess: { rejectedDataPoints: '2', errorMessage: 'a point has no code.function.name' },
    });
    expect(await (await ask('/metrics')).text()).toContain(
      'rejected_total{reason="a point has no code.function.name"} 2',
    );
  });

  test('a truncated body changes nothing', async () => {
    await expectProblem(await post(calls().slice(0, -10)), 400, 'bad-request');
    expect(servicesResponseSchema.parse(await (await ask('/api/v1/services')).json()).services).toEqual([]);
  });
  test('an empty body is malformed JSON', async () => {
    await expectProblem(await post(''), 400, 'bad-request');
  });
  test('JSON said to be protobuf', async () => {
    await expectProblem(await post(calls(), { 'content-type': 'application/x-protobuf' }), 400, 'bad-request');
  });
  test('text that says gzip and is not', async () => {
    await expectProblem(await post(calls(), { 'content-encoding': 'gzip' }), 400, 'bad-request');
  });
  test('gzip that is cut off', async () => {
    const body = gzipSync(calls());
    await expectProblem(
      await post(new Uint8Array(body.subarray(0, body.length - 9)), { 'content-encoding': 'gzip' }),
      400,
      'bad-request',
    );
  });
  test('an encoding that nobody knows', async () => {
    await expectProblem(await post(calls(), { 'content-encoding': 'lzma' }), 415, 'unsupported-media-type');
  });
  test.each(['text/plain', 'application/xml', 'multipart/form-data'])(
    '%s is no media type for telemetry',
    async (type) => {
      await expectProblem(await post(calls(), { 'content-type': type }), 415, 'unsupported-media-type');
    },
  );
  test('a zip bomb is stopped at the limit, and the collector goes on', async () => {
    const before = process.memoryUsage.rss();
    // 100 KB that become 100 MB.
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(100 * 2 ** 20)));
    await expectProblem(await post(bomb, { 'content-encoding': 'gzip' }), 413, 'payload-too-large');
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 2 ** 20);
    expect((await post(calls())).status).toBe(200);
  });
  test('a body over the limit is refused', async () => {
    await expectProblem(await post(new Uint8Array(17 * 2 ** 20)), 413, 'payload-too-large');
  });
});

describe('a request that is sent again because its answer was lost', () => {
  const named = (id: string) => ({ 'runlens-batch': id });
  const counted = async () =>
    profilesResponseSchema
      .parse(await (await ask('/api/v1/profiles?service=shop&since=1h')).json())
      .profiles.reduce((sum, each) => sum + each.calls, 0);
  const body = calls();

  test('counts once, also when both are under way at once, and after a restart', async () => {
    await start();
    const both = await Promise.all([post(body, named('one/a.1')), post(body, named('one/a.1'))]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(await both[1]?.json()).toEqual({});
    expect((await post(body, named('one/a.1'))).status).toBe(200);
    expect(await counted()).toBe(3);
    await collector.close();
    await start();
    expect((await post(body, named('one/a.1'))).status).toBe(200);
    expect(await counted()).toBe(3);
    expect(await (await ask('/metrics')).text()).toContain('runlens_ingest_requests_repeated_total 1');
  });
  test('is told from others by all of its name', async () => {
    await start();
    for (const id of ['one/a.1', 'one/a.2', 'one/b.1', 'two/a.1', 'one/a.11']) await post(body, named(id));
    expect(await counted()).toBe(15);
  });
  test('counts when it was refused the first time', async () => {
    await start();
    await expectProblem(await post(body.slice(0, -5), named('one/a.1')), 400, 'bad-request');
    await post(body, named('one/a.1'));
    expect(await counted()).toBe(3);
  });
  test.each(['', 'x'.repeat(201), 'no-sender', 'with space/a.1'])('the name "%s" is none: all count', async (id) => {
    await start();
    await post(body, named(id));
    await post(body, named(id));
    expect(await counted()).toBe(6);
  });
});

describe('who asks too much', () => {
  test('is told when to come back, and others are answered', async () => {
    await start({ requestsPerMinute: 20 });
    const answers = await Promise.all(Array.from({ length: 25 }, () => ask('/api/v1/services')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(5);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    if (refused[0] !== undefined) await expectProblem(refused[0], 429, 'too-many-requests');
    expect((await ask('/health', {})).status).toBe(200);
  });
  test('one listener too many is refused, and there is room again when another has gone', async () => {
    await start();
    const leave = new AbortController();
    const listen = (signal: AbortSignal) => fetch(`${collector.url}/api/v1/stream`, { headers: withToken(), signal });
    const stay = new AbortController();
    await listen(leave.signal);
    await Promise.all(Array.from({ length: streamLimits.clients - 1 }, () => listen(stay.signal)));
    const late = await ask('/api/v1/stream');
    expect(late.headers.get('retry-after')).toBe('30');
    await expectProblem(late, 503, 'unavailable');
    leave.abort();
    await expect.poll(async () => (await listen(stay.signal)).status).toBe(200);
    stay.abort();
  });
});

describe('who may ask', () => {
  beforeEach(() => start().then(() => undefined));

  test.each([
    '/api/v1/services',
    '/api/v1/profiles',
    '/api/v1/hot',
    '/api/v1/entries',
    '/api/v1/stream',
    '/api/openapi.json',
    '/metrics',
  ])('%s needs the token', async (path) => {
    await expectProblem(await ask(path, {}), 401, 'unauthorized');
    await expectProblem(await ask(path, { authorization: 'Bearer wrong' }), 401, 'unauthorized');
    await expectProblem(await ask(path, { authorization: `Basic ${collector.token}` }), 401, 'unauthorized');
  });
  test('health needs none and tells nothing of the data', async () => {
    await post(calls());
    const text = await (await ask('/health', {})).text();
    expect(healthResponseSchema.parse(JSON.parse(text)).status).toBe('ok');
    expect(text).not.toContain('shop');
  });
  test('a web page is refused, also with the token', async () => {
    await expectProblem(
      await ask('/api/v1/services', { ...withToken(), origin: 'https://evil.example' }),
      403,
      'forbidden',
    );
    await expectProblem(await post(calls(), { origin: 'null' }), 403, 'forbidden');
  });
  test('another host name that leads here is refused (DNS rebinding)', async () => {
    const { port } = new URL(collector.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port, path: '/health', headers: { host: `evil.example:${port}` } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      request.on('error', reject).end();
    });
    expect(status).toBe(403);
  });
  test('what is not there, and what does not take the method, is a problem too', async () => {
    await expectProblem(await ask('/api/v1/nothing'), 404, 'not-found');
    const answer = await ask('/v1/metrics');
    expect(answer.headers.get('allow')).toBe('POST');
    await expectProblem(answer, 405, 'method-not-allowed');
  });
});

describe('queries', () => {
  beforeEach(() => start().then(() => undefined));

  test.each([
    ['/api/v1/profiles?since=yesterday', /"yesterday" is not a time for "since"/],
    ['/api/v1/profiles?until=15x', /"15x" is not a time for "until"/],
    ['/api/v1/profiles?since=5m&until=10m', /ends before it begins/],
    ['/api/v1/profiles?limit=0', /"limit"/],
    ['/api/v1/hot?by=beauty', /"by"/],
    ['/api/v1/hot?limit=many', /"limit"/],
    ['/api/v1/entries?limit=0', /"limit"/],
  ])('%s is refused with what to do', async (path, detail) => {
    expect(await expectProblem(await ask(path), 400, 'bad-request')).toMatch(detail);
  });

  test('answers are as the protocol says', async () => {
    await post(calls());
    for (const since of ['5m', '1h', '24h', '7d', '30d']) {
      const hot = hotResponseSchema.parse(await (await ask(`/api/v1/hot?since=${since}&by=impact`)).json());
      expect(hot.functions, since).toMatchObject([{ function: 'pay', calls: 3 }]);
      const profiles = profilesResponseSchema.parse(
        await (await ask(`/api/v1/profiles?file=src/shop.ts&since=${since}`)).json(),
      );
      expect(profiles.files, since).toMatchObject([{ service: 'shop', version: 'v1' }]);
    }
    expect(servicesResponseSchema.parse(await (await ask('/api/v1/services')).json()).services).toHaveLength(1);
  });

  test('each order ranks by what it says', async () => {
    const functions = [
      { name: 'slow', calls: 10, seconds: 2 },
      { name: 'often', calls: 900, seconds: 0.001 },
      { name: 'failing', calls: 100, errors: 90, seconds: 0.01 },
      { name: 'idle', calls: 0 },
      { name: 'elsewhere', file: 'lib/a.ts', calls: 5_000 },
    ];
    await post(JSON.stringify(otlpRequest(Date.now(), functions)));
    const first = async (query: string) =>
      hotResponseSchema.parse(await (await ask(`/api/v1/hot?${query}`)).json()).functions.map((each) => each.function);
    expect((await first('by=time'))[0]).toBe('slow');
    expect((await first('by=calls'))[0]).toBe('elsewhere');
    expect((await first('by=calls&under=src'))[0]).toBe('often');
    expect(await first('by=calls&under=sr')).toEqual([]);
    expect((await first('by=errors'))[0]).toBe('failing');
    expect((await first('by=p99'))[0]).toBe('slow');
    expect((await first('by=impact'))[0]).toBe('failing');
    expect(await first('by=time&limit=1')).toHaveLength(1);
    expect(await first('by=time')).not.toContain('idle');
  });

  test('an answer that has not changed is not sent again', async () => {
    await post(calls());
    const path = '/api/v1/profiles?service=shop&since=24h';
    const tag = (await ask(path)).headers.get('etag') ?? '';
    const again = await ask(path, { ...withToken(), 'if-none-match': tag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    await post(calls());
    expect((await ask(path, { ...withToken(), 'if-none-match': tag })).status).toBe(200);
  });

  test('a limit says that it left something out', async () => {
    await post(JSON.stringify(otlpRequest(Date.now(), [{ name: 'a' }, { name: 'b' }])));
    const answer = profilesResponseSchema.parse(await (await ask('/api/v1/profiles?limit=1')).json());
    expect([answer.profiles.length, answer.truncated]).toEqual([1, true]);
  });

  test('the compact form says the same in fewer words', async () => {
    await post(calls());
    const whole = profilesResponseSchema.parse(await (await ask('/api/v1/profiles?file=src/shop.ts')).json());
    const answer = await ask('/api/v1/profiles?file=src/shop.ts&form=compact');
    const compact = compactProfilesResponseSchema.parse(await answer.json());
    expect(compact.profiles[0]?.versions[0]).toMatchObject({ version: 'v1', calls: 3 });
    expect(compact.profiles[0]?.versions[0]).not.toHaveProperty('duration');
    expect(wholeProfiles(compact).profiles[0]?.versions[0]).toEqual(whole.profiles[0]?.versions[0]);
    expect(wholeProfiles(compact).profiles[0]?.versions[0]?.duration).toMatchObject({ samples: 3 });
  });

  test('a form that is not known is refused', async () => {
    const detail = await expectProblem(await ask('/api/v1/profiles?form=short'), 400, 'bad-request');
    expect(detail).toContain('"form"');
  });

  test('OpenAPI says what a parameter means', async () => {
    const document = z
      .object({ paths: z.record(z.string(), z.unknown()) })
      .parse(await (await ask('/api/openapi.json')).json());
    expect(JSON.stringify(document.paths['/api/v1/hot'])).toContain('impact');
    expect(JSON.stringify(document.paths['/api/v1/profiles'])).toContain('compact: what the rest of the answer tells');
  });

  test('the stream tells what changed, and a version that is new', async () => {
    const stream = await ask('/api/v1/stream', { ...withToken(), 'last-event-id': 'nonsense' });
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await post(calls());
    let text = '';
    for await (const chunk of stream.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: profiles') && text.endsWith('\n\n')) break;
    }
    const event = profilesEventSchema.parse(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? ''));
    expect(event.changes).toEqual([
      { service: 'shop', environment: 'production', version: 'v1', files: ['src/shop.ts'], newVersion: true },
    ]);
  });
});

describe('starting and stopping', () => {
  test('the home folder tells where it is while it runs, and its token is for its user only', async () => {
    await start();
    const address = collectorAddressSchema.parse(JSON.parse(readFileSync(join(home, 'collector.json'), 'utf8')));
    expect(address).toMatchObject({ url: collector.url, pid: process.pid });
    expect(statSync(join(home, 'token')).mode & 0o777).toBe(0o600);
    expect(Buffer.from(collector.token, 'base64url')).toHaveLength(32);
    const { token } = collector;
    await collector.close();
    expect(existsSync(join(home, 'collector.json'))).toBe(false);
    await start();
    expect(collector.token).toBe(token);
  });

  test('what was taken is there after a clean stop', async () => {
    await start();
    await post(calls());
    await collector.close();
    await start();
    const { profiles } = profilesResponseSchema.parse(await (await ask('/api/v1/profiles')).json());
    expect(profiles).toMatchObject([{ function: 'pay', calls: 3 }]);
  });

  test('a clean stop does not wait for those who listen', async () => {
    await start();
    const stream = await ask('/api/v1/stream');
    await collector.close();
    await stream.text().catch(() => undefined);
  });

  test('a port that another program has is named, with what to do', async () => {
    const other = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    // Listening on TCP, the address is an AddressInfo.
    const { port } = other.address() as AddressInfo;
    await expect(startCollector({ home, port, logLevel: 'silent' })).rejects.toThrow(
      new RegExp(`port ${port} of 127.0.0.1 is taken by another program.*--port`),
    );
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
  });

  test('a port that another collector has: its address is told', async () => {
    await start();
    const second = startCollector({ home, port: Number(new URL(collector.url).port), logLevel: 'silent' });
    await expect(second).rejects.toThrow(PortTakenError);
    await expect(second).rejects.toMatchObject({ collectorUrl: collector.url });
  });

  test('beyond loopback nothing goes without the token', async () => {
    await start({ host: '0.0.0.0' });
    const url = `http://127.0.0.1:${new URL(collector.url).port}`;
    const send = (headers: Record<string, string>) =>
      fetch(`${url}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: calls(),
      });
    await expectProblem(await send({}), 401, 'unauthorized');
    expect((await send(withToken())).status).toBe(200);
  });

  test('a full disk: 503 with when to come back, degraded health, and what was acknowledged stays', async () => {
    await start({ maxPages: 50 });
    const many = (i: number) =>
      Array.from({ length: 200 }, (_, j) => ({ name: `f${i}-${j}`, calls: 1, seconds: 0.01 }));
    let acknowledged = 0;
    let answer: Response | undefined;
    for (let i = 0; i < 100; i += 1) {
      answer = await post(JSON.stringify(otlpRequest(Date.now(), many(i))));
      if (answer.status !== 200) break;
      acknowledged += 1;
    }
    expect(answer?.headers.get('retry-after')).toBe('5');
    if (answer !== undefined) await expectProblem(answer, 503, 'storage-full');
    const health = healthResponseSchema.parse(await (await ask('/health')).json());
    expect(health).toMatchObject({ status: 'degraded', problems: [expect.stringContaining('free some space')] });
    await collector.close().catch(() => undefined);
    await start();
    const { profiles } = profilesResponseSchema.parse(await (await ask('/api/v1/profiles?limit=50000')).json());
    expect(acknowledged).toBeGreaterThan(0);
    expect(profiles.filter((each) => each.calls === 1)).toHaveLength(acknowledged * 200);
    expect((await post(calls())).status).toBe(200);
    expect(healthResponseSchema.parse(await (await ask('/health')).json()).status).toBe('ok');
  });
});
