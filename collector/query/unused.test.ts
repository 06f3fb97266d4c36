import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unusedResponseSchema } from '@runlens/protocol/api/unused';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Collector, startCollector } from '../index.ts';
import { otlpRequest } from '../testing/batches.ts';

let home: string;
let collector: Collector;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-unused-'));
  collector = await startCollector({ home, port: 0, logLevel: 'silent' });
});
afterEach(async () => {
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

const now = Date.now();
const minute = 60_000;

async function report(
  time: number,
  functions: Parameters<typeof otlpRequest>[1],
  resource: Readonly<Record<string, string>> = {},
): Promise<void> {
  const answer = await fetch(`${collector.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(otlpRequest(time, functions, resource)),
  });
  expect(answer.status).toBe(200);
}

async function ask(query = '') {
  const answer = await fetch(`${collector.url}/api/v1/unused?${query}`, {
    headers: { authorization: `Bearer ${collector.token}` },
  });
  expect(answer.status).toBe(200);
  return unusedResponseSchema.parse(await answer.json()).deployments;
}

const names = (deployment: Awaited<ReturnType<typeof ask>>[number] | undefined) =>
  deployment?.functions.map((each) => each.function);

test('a function that was called once, also in an older version, was called; one that is gone is not told', async () => {
  await report(now - 10 * minute, [
    { name: 'calledBefore', calls: 2, line: 1 },
    { name: 'never', calls: 0, line: 5 },
    { name: 'removed', calls: 0, line: 9 },
  ]);
  await report(
    now - minute,
    [
      { name: 'calledBefore', calls: 0, line: 2 },
      { name: 'never', calls: 0, line: 6 },
      { name: 'added', calls: 0, line: 12 },
      { name: 'calledNow', calls: 1, line: 20 },
    ],
    { 'service.version': 'v2' },
  );
  const [running, ...others] = await ask();
  expect(others).toEqual([]);
  expect(running).toMatchObject({ service: 'shop', environment: 'production', version: 'v2', measuredFunctions: 4 });
  expect(names(running)).toEqual(['never', 'added']);
  const [never, added] = running?.functions ?? [];
  expect(Date.parse(never?.sinceInAnyVersion ?? '')).toBeLessThan(Date.parse(never?.since ?? ''));
  expect(added?.sinceInAnyVersion).toBe(added?.since);
});

test('a version that is asked for is judged by itself', async () => {
  await report(now - 10 * minute, [{ name: 'pay', calls: 2 }]);
  await report(now - minute, [{ name: 'pay', calls: 0 }], { 'service.version': 'v2' });
  expect(names((await ask('version=v2'))[0])).toEqual(['pay']);
  expect(names((await ask('version=v1'))[0])).toEqual([]);
  expect(await ask('version=v9')).toEqual([]);
});

test('each environment and service by itself; a folder; the loaded files; a limit that says what it left out', async () => {
  const functions = [
    { name: 'a', calls: 0, file: 'src/a.ts' },
    { name: 'b', calls: 0, file: 'src/pricing/b.ts' },
    { name: 'c', calls: 5, file: 'src/pricing/c.ts' },
  ];
  await report(now - minute, functions);
  await report(now - minute, [{ name: 'a', calls: 1, file: 'src/a.ts' }], { 'deployment.environment.name': 'staging' });
  const both = await ask('files=loaded');
  expect(both.map(({ environment, neverCalled }) => [environment, neverCalled]).sort()).toEqual([
    ['production', 2],
    ['staging', 0],
  ]);
  const [production] = await ask('environment=production&files=loaded&under=src/pricing');
  expect(names(production)).toEqual(['b']);
  expect(production?.files).toEqual(['src/a.ts', 'src/pricing/b.ts', 'src/pricing/c.ts']);
  const [limited] = await ask('environment=production&limit=1');
  expect(limited).toMatchObject({ neverCalled: 2, loadedFiles: 3 });
  expect(names(limited)).toEqual(['a']);
  expect(limited).not.toHaveProperty('files');
});

test('a question that cannot be read is refused with what to do', async () => {
  const answer = await fetch(`${collector.url}/api/v1/unused?limit=0`, {
    headers: { authorization: `Bearer ${collector.token}` },
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('limit');
});
