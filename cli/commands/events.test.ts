import { event } from '@runlens/agent/testing';
import { describe, expect, test } from 'vitest';
import { answering, cli } from '../testing.ts';

const now = Date.parse('2026-01-02T12:00:00.000Z');
const iso = new Date(now).toISOString();
const over = event({
  ...{ id: 'e-00000000000b', kind: 'deployment', severity: 'info', title: 'shop v42\u001b[31m', state: 'resolved' },
  ...{ startedAt: iso, endedAt: iso, version: 'v42' },
});
const list = { now: iso, since: iso, events: [event(), over], found: 7, firing: 1 };
const detail = { ...event({ detail: 'shop fails' }), evidence: [{ at: iso, payload: '{"alertname":"x"}' }] };

async function run(args: readonly string[], body: object = list) {
  await using collector = await answering((path) => ({
    body: { '/api/v1/events': body, '/api/v1/events/e-0123456789ab': detail }[path] ?? { now: iso, services: [] },
  }));
  const env = { RUNLENS_COLLECTOR_URL: collector.url, RUNLENS_TOKEN: 'secret' };
  const result = await cli(['events', ...args], { env, now });
  return { ...result, asked: collector.requests.map(({ method, url }) => `${method} ${url}`) };
}

describe('runlens events', () => {
  test('lists what fires first', async () => {
    const { exitCode, stdout, asked } = await run(['--service', 'shop', '--severity', 'warning', '--since', '7d']);
    expect(exitCode).toBe(0);
    expect(asked[0]).toBe('GET /api/v1/events?service=shop&state=all&severity=warning&since=7d&limit=20');
    const [head, , first, second, rest] = stdout.split('\n');
    expect(head).toBe('7 events, 1 firing');
    expect(first).toMatch(
      /e-0123456789ab +firing, began 12 min ago +critical +Alert: HighErrorRate.* +shop production/,
    );
    expect(second).toMatch(/e-00000000000b +over, .* +info +Deployment: shop v42.* +shop production v42/);
    expect(stdout).not.toContain('\u001b');
    expect(rest).toContain('5 more');
  });

  test('shows one with what it concerns, how that was found, and what was sent', async () => {
    const { stdout } = await run(['show', 'e-0123456789ab']);
    expect(stdout).toContain('concerns charge payments/charge.ts:12: 8 of 100 calls failed');
    expect(stdout).toContain('found by: service shop: the label service_name');
    expect(stdout).toContain('{"alertname":"x"}');
  });

  test('is one JSON document where that is asked for', async () => {
    const { stdout } = await run(['show', 'e-0123456789ab', '--json']);
    expect(JSON.parse(stdout).events[0]).toMatchObject({ id: 'e-0123456789ab', evidence: [{ at: iso }] });
  });

  test('none is told with what it rests on', async () => {
    const { exitCode, stderr } = await run([], { ...list, events: [], found: 0 });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('senders');
  });

  test('what is no option of it is refused', async () => {
    expect(await run(['--state', 'burning'])).toMatchObject({ exitCode: 2, asked: [] });
  });
});
