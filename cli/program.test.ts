import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { facts, now, profile, services } from '@runlens/agent/testing';
import { describe, expect, test } from 'vitest';
import { type Answer, answering, cli, freePort, temporaryFolder } from './testing.ts';
import { version } from './version.ts';

/** A collector that knows one service with one function. */
const production = facts({ profiles: [profile()] });
const answers: Record<string, () => Promise<unknown>> = {
  '/api/v1/services': () => production.services(),
  '/api/v1/profiles': () => production.profiles({}),
  '/api/v1/hot': () => production.hot({}),
};
const ready = Object.fromEntries(
  await Promise.all(Object.entries(answers).map(async ([path, ask]) => [path, await ask()] as const)),
);
const asProduction = (path: string): Answer => ({ body: ready[path] });

describe('usage', () => {
  test.each([
    [['servces'], 'unknown command \'servces\' (Did you mean services?); see "runlens --help".'],
    [['hot', '--bye', 'x'], 'unknown option \'--bye\' (Did you mean --by?); see "runlens hot --help".'],
    [['hot', '--by', 'beauty'], 'Allowed choices are time, calls, errors, p99, impact; see "runlens hot --help".'],
    [['hot', '--limit', '0'], 'Give a whole number from 1 to 1000'],
    [['collector', '--port', '65536'], 'Give a whole number from 0 to 65535'],
    [['hot', '--limit', '1e9'], 'Give a whole number from 1 to 1000'],
    [['profile'], 'missing required argument'],
    [['profile', 'a.ts', 'b.ts'], 'too many arguments'],
    [['run'], "missing required argument 'command'"],
    [['hot', '--since', 'yesterday'], 'since: give a length back from now such as 15m'],
  ])('%j is refused in one sentence', async (args, sentence) => {
    const { exitCode, stderr, stdout } = await cli(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).toMatch(/^runlens: .*\.\n$/);
    expect(stdout).toBe('');
  });

  test('with --json the refusal is a document on standard output', async () => {
    const { exitCode, stderr, stdout } = await cli(['hot', '--json', '--by', 'beauty']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', exitCode: 2, message: expect.any(String) } });
  });

  test('no command at all shows the help and is a usage error', async () => {
    const { exitCode, stderr } = await cli([]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Exit codes:');
  });

  test.each(['collector', 'run', 'services', 'profile', 'hot', 'sensors', 'doctor'])(
    '%s --help shows examples',
    async (command) => {
      const { exitCode, stderr, stdout } = await cli([command, '--help']);
      expect(exitCode).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toContain(`$ runlens ${command}`);
    },
  );

  test('the version', async () => {
    expect(await cli(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('the collector', () => {
  test('that is away is told with how to start it', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { exitCode, stderr } = await cli(['services'], { env: { RUNLENS_COLLECTOR_URL: url } });
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      `runlens: The collector at ${url} cannot be reached (nothing listens there); start it, or correct RUNLENS_COLLECTOR_URL.\n`,
    );
  });

  test('that refuses the token is told with what to set', async () => {
    await using server = await answering(() => ({ status: 401, body: {} }));
    using home = temporaryFolder();
    const env = { RUNLENS_COLLECTOR_URL: server.url, RUNLENS_HOME: home.path };
    const without = await cli(['services'], { env });
    expect(without.exitCode).toBe(4);
    expect(without.stderr).toContain('no token was found: set RUNLENS_TOKEN');
    const wrong = await cli(['services', '--json'], { env: { ...env, RUNLENS_TOKEN: 'wrong' } });
    expect(wrong.exitCode).toBe(4);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ error: { code: 'unauthorized' } });
    expect(wrong.stdout).not.toContain('"wrong"');
  });

  test.each([
    ['a web page', { body: '<html>hello</html>', headers: { 'content-type': 'text/html' } }],
    ['an answer of another shape', { body: { services: 'none' } }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['an error that is no problem document', { status: 500, body: 'oops' }],
  ])('that is something else, %s, is told as that', async (_what, answer) => {
    await using server = await answering(() => answer);
    const { exitCode, stderr } = await cli(['services'], { env: { RUNLENS_COLLECTOR_URL: server.url } });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('is not a Runlens collector of this version');
    expect(server.requests).toHaveLength(1);
  });

  test("its problem's sentence is passed on, and cannot drive the terminal", async () => {
    const problem = { type: 'x', title: 'x', status: 503, detail: 'The disk is full.\u001b[2J', code: 'storage-full' };
    await using server = await answering(() => ({ status: 503, body: problem }));
    const { exitCode, stderr } = await cli(['hot'], { env: { RUNLENS_COLLECTOR_URL: server.url } });
    expect(exitCode).toBe(1);
    expect(stderr).toBe('runlens: The disk is full.�[2J\n');
  });

  test('its token goes with the request, a proxy of the environment is not asked', async () => {
    await using server = await answering(asProduction);
    const env = { RUNLENS_COLLECTOR_URL: `${server.url}/`, RUNLENS_TOKEN: 'mine', HTTP_PROXY: 'http://127.0.0.1:1' };
    const { exitCode } = await cli(['services'], { env });
    expect(exitCode).toBe(0);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer mine');
  });
});

describe('nothing found', () => {
  test('no services', async () => {
    await using server = await answering(() => ({ body: services() }));
    const { exitCode, stderr } = await cli(['services'], { env: { RUNLENS_COLLECTOR_URL: server.url } });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('No service has reported to this collector yet.');
  });

  test('no functions', async () => {
    const nothing = { ...Object(ready['/api/v1/hot']), functions: [], measuredFunctions: 0 };
    await using server = await answering((path) => ({ body: path === '/api/v1/hot' ? nothing : ready[path] }));
    const { exitCode, stdout } = await cli(['hot', '--json'], { env: { RUNLENS_COLLECTOR_URL: server.url } });
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'nothing-found', exitCode: 5 } });
  });
});

describe('answers', () => {
  test('are a table for people', async () => {
    await using server = await answering(asProduction);
    const { exitCode, stdout } = await cli(['hot', '--by', 'calls', '--service', 'shop', '--limit', '3'], {
      env: { RUNLENS_COLLECTOR_URL: server.url },
      now,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^function +calls +rate +p50/m);
    expect(server.requests[0]?.url).toBe('/api/v1/hot?service=shop&since=15m&by=calls&limit=3');
  });

  test('are one document for programs', async () => {
    await using server = await answering(asProduction);
    const { stdout } = await cli(['services', '--json'], { env: { RUNLENS_COLLECTOR_URL: server.url } });
    expect(JSON.parse(stdout)).toEqual(ready['/api/v1/services']);
  });

  test('a file is asked for by its path in the repository', async () => {
    await using server = await answering(asProduction);
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, '.git'));
    mkdirSync(join(folder.path, 'pricing'));
    writeFileSync(join(folder.path, 'pricing/rules.ts'), '');
    const { stdout } = await cli(['profile', 'rules.ts:price', '--version', 'v42'], {
      env: { RUNLENS_COLLECTOR_URL: server.url },
      cwd: join(folder.path, 'pricing'),
      now,
    });
    expect(stdout).toContain('price  pricing/rules.ts:12\n');
    const asked = new URL(server.requests[0]?.url ?? '', server.url).searchParams;
    expect(Object.fromEntries(asked)).toEqual({
      file: 'pricing/rules.ts',
      function: 'price',
      version: 'v42',
      since: '15m',
    });
  });

  test('have colours on a terminal only, and not where they are not wanted', async () => {
    await using server = await answering(asProduction);
    const env = { RUNLENS_COLLECTOR_URL: server.url };
    const colour = '\u001b[';
    expect((await cli(['hot'], { env, isTTY: true })).stdout).toContain(colour);
    expect((await cli(['hot'], { env })).stdout).not.toContain(colour);
    expect((await cli(['hot'], { env: { ...env, NO_COLOR: '1' }, isTTY: true })).stdout).not.toContain(colour);
    expect((await cli(['hot'], { env: { ...env, TERM: 'dumb' }, isTTY: true })).stdout).not.toContain(colour);
  });
});
