import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeFiles } from '@runlens/protocol';
import { expect, test } from 'vitest';
import { isLoopback, locateCollector } from './home.ts';
import { temporaryFolder } from './testing.ts';

const running = (url: string, pid: number): string =>
  JSON.stringify({ url, pid, version: '0.1.0', startedAt: '2026-01-01T00:00:00.000Z' });

test('a home that is not there is no error', () => {
  expect(locateCollector({ RUNLENS_HOME: '/does/not/exist' })).toEqual({
    url: 'http://127.0.0.1:4318',
    source: 'default',
    token: undefined,
    guardsIngest: false,
  });
});

test.each(['not json', '{}', '{"url":"x"}'])('a collector.json of %j is as good as none', (text) => {
  using home = temporaryFolder();
  writeFileSync(join(home.path, homeFiles.collector), text);
  expect(locateCollector({ RUNLENS_HOME: home.path }).source).toBe('default');
});

test("a running collector of this home is found and asked with the home's token", () => {
  using home = temporaryFolder();
  writeFileSync(join(home.path, homeFiles.collector), running('http://127.0.0.1:4999/', process.pid));
  writeFileSync(join(home.path, homeFiles.token), 'secret\n');
  expect(locateCollector({ RUNLENS_HOME: home.path })).toEqual({
    url: 'http://127.0.0.1:4999',
    source: 'home',
    token: 'secret',
    guardsIngest: false,
  });
});

test('a collector that listens on all addresses is asked on loopback, and guards what comes in', () => {
  using home = temporaryFolder();
  writeFileSync(join(home.path, homeFiles.collector), running('http://0.0.0.0:4999', process.pid));
  const env = { RUNLENS_HOME: home.path };
  expect(locateCollector(env)).toMatchObject({ url: 'http://127.0.0.1:4999', guardsIngest: true });
  expect(locateCollector({ ...env, RUNLENS_COLLECTOR_URL: 'http://localhost:4999' }).guardsIngest).toBe(true);
  expect(locateCollector({ ...env, RUNLENS_COLLECTOR_URL: 'http://localhost:5000' }).guardsIngest).toBe(false);
});

test('what took the port of a collector that died gets no token', () => {
  using home = temporaryFolder();
  // Above the largest process id of any system.
  writeFileSync(join(home.path, homeFiles.collector), running('http://127.0.0.1:4318', 2 ** 30));
  writeFileSync(join(home.path, homeFiles.token), 'secret');
  expect(locateCollector({ RUNLENS_HOME: home.path })).toMatchObject({ source: 'default', token: undefined });
});

test("the home's token never goes to another machine", () => {
  using home = temporaryFolder();
  writeFileSync(join(home.path, homeFiles.token), 'secret');
  const env = { RUNLENS_HOME: home.path, RUNLENS_COLLECTOR_URL: 'https://runlens.example.com/' };
  expect(locateCollector(env)).toMatchObject({ url: 'https://runlens.example.com', token: undefined });
  expect(locateCollector({ ...env, RUNLENS_TOKEN: 'for it' }).token).toBe('for it');
  expect(locateCollector({ ...env, RUNLENS_COLLECTOR_URL: 'http://localhost:4318' }).token).toBe('secret');
});

test.each(['ftp://x', 'localhost:4318', 'nonsense', 'http://'])('the address %j is refused', (url) => {
  expect(() => locateCollector({ RUNLENS_COLLECTOR_URL: url })).toThrow('is not an http or https address');
});

test('a password in the address is refused and not repeated', () => {
  const locate = (): unknown => locateCollector({ RUNLENS_COLLECTOR_URL: 'http://me:hunter2@host' });
  expect(locate).toThrow('put the token in RUNLENS_TOKEN');
  expect(locate).not.toThrow('hunter2');
});

test.each([
  ['http://127.0.0.1:4318', true],
  ['http://127.8.9.1', true],
  ['http://localhost:1', true],
  ['http://[::1]:4318', true],
  ['http://127.0.0.1.example.com', false],
  ['http://10.0.0.1', false],
  ['http://localhost.example.com', false],
])('%s is on loopback: %s', (url, expected) => {
  expect(isLoopback(url)).toBe(expected);
});
