import { finding } from '@runlens/agent/testing';
import { describe, expect, test } from 'vitest';
import { type Answer, answering, cli } from '../testing.ts';

const now = Date.parse('2026-01-02T12:00:00.000Z');
const iso = new Date(now).toISOString();
const costly = finding({ id: 'f-00000000000a', kind: 'slowQuery', title: 'A query of search takes 9 ms\u001b[31m' });
const list = { now: iso, evaluatedAt: iso, findings: [costly, finding()], found: 2, services: [] };
const services = { now: iso, services: [] };

async function run(args: readonly string[], answers: Readonly<Record<string, Answer>> = {}) {
  await using collector = await answering((path) => ({
    body: { '/api/v1/findings': list, '/api/v1/services': services }[path] ?? {},
    ...answers[path],
  }));
  const env = { RUNLENS_COLLECTOR_URL: collector.url, RUNLENS_TOKEN: 'secret' };
  const result = await cli(['findings', ...args], { env, now });
  return { ...result, asked: collector.requests.map(({ method, url }) => `${method} ${url}`) };
}

describe('runlens findings', () => {
  test('lists what costs most first, with the ids that the other parts take', async () => {
    const { exitCode, stdout, asked } = await run(['--service', 'shop', '--limit', '5']);
    expect(exitCode).toBe(0);
    expect(asked[0]).toBe('GET /api/v1/findings?service=shop&state=open&limit=5');
    const [head, , first, second] = stdout.split('\n');
    expect(head).toContain('2 findings');
    expect(first).toContain('f-00000000000a');
    expect(first).not.toContain('\u001b');
    expect(second).toMatch(/f-0123456789ab +9\.1 min, 90k\/min queries +N\+1 queries +Shelf\.list asks/);
    expect(second).toContain('catalog/shelf.ts:42');
  });

  test('shows one with its evidence and what helps', async () => {
    const { stdout } = await run(['show', 'f-0123456789ab']);
    expect(stdout).toContain('Stock.availableOf asks it 24 times in one call of Shelf.list');
    expect(stdout).toContain('Ask for all items at once.');
    expect(stdout).not.toContain('f-00000000000a');
  });

  test.each([[['--json']], [['show', 'f-0123456789ab', '--json']], [['--json', 'show', 'f-0123456789ab']]])(
    '%j is one JSON document',
    async (args) => {
      const { stdout } = await run(args);
      expect(JSON.parse(stdout).findings.map(({ id }: { id: string }) => id)).toContain('f-0123456789ab');
    },
  );

  test('sets a state', async () => {
    const path = '/api/v1/findings/f-0123456789ab/state';
    const muted = { body: finding({ state: 'muted' }) };
    const args = ['set', 'f-0123456789ab', 'muted', '--reason', 'a report'];
    const { exitCode, stdout, asked } = await run(args, { [path]: muted });
    expect(exitCode).toBe(0);
    expect(asked).toEqual([`POST ${path}`]);
    expect(stdout).toBe('f-0123456789ab is muted now\n');
  });

  test('nothing is muted without a reason, and nothing fixed by hand', async () => {
    expect(await run(['set', 'f-0123456789ab', 'muted'])).toMatchObject({
      exitCode: 2,
      asked: [],
      stderr: 'runlens: --reason: say why it is muted, for those who look for it later.\n',
    });
    expect(await run(['set', 'f-0123456789ab', 'fixed'])).toMatchObject({ exitCode: 2, asked: [] });
  });

  test('none found is told with why, and is no zero', async () => {
    const none = { body: { ...list, findings: [], found: 0, evaluatedAt: null } };
    const known = {
      now: iso,
      services: [{ name: 'shop', lastSeen: iso, environments: [{ name: 'production', lastSeen: iso, versions: [] }] }],
    };
    const answers = { '/api/v1/findings': none, '/api/v1/services': { body: known } };
    const { exitCode, stderr } = await run([], answers);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('has not looked yet');
  });
});
