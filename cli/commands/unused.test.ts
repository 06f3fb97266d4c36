import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { UnusedResponse } from '@runlens/protocol';
import { expect, test } from 'vitest';
import { answering, type CliResult, cli, temporaryFolder } from '../testing.ts';

const now = Date.parse('2026-01-31T12:00:00Z');
const since = '2026-01-31T09:00:00.000Z';
const deployment: UnusedResponse['deployments'][number] = {
  service: 'shop',
  environment: 'production',
  version: 'v42',
  since,
  lastSeen: '2026-01-31T11:59:00.000Z',
  measuredFunctions: 3,
  neverCalled: 2,
  functions: [
    { file: 'src/cart.ts', function: 'Cart.clear', line: 7, since, sinceInAnyVersion: '2026-01-28T09:00:00.000Z' },
  ],
  loadedFiles: 1,
  files: ['src/cart.ts'],
};
const code = 'export function f() { return 1; }\n';

async function run(
  files: readonly string[],
  args: readonly string[] = [],
  deployments: UnusedResponse['deployments'] = [deployment],
): Promise<CliResult> {
  using folder = temporaryFolder();
  for (const file of ['.git/HEAD', ...files]) {
    mkdirSync(dirname(join(folder.path, file)), { recursive: true });
    writeFileSync(join(folder.path, file), file.endsWith('types.ts') ? 'export interface A { b: string }\n' : code);
  }
  await using server = await answering(() => ({ body: { now: new Date(now).toISOString(), deployments } }));
  return await cli(['unused', ...args], {
    env: { RUNLENS_COLLECTOR_URL: server.url, RUNLENS_TOKEN: 't' },
    cwd: folder.path,
    now,
  });
}

test('nothing has reported', async () => {
  const { exitCode, stderr } = await run([], [], []);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 5,
    stderr: 'runlens: No service has reported in this selection; "runlens services" lists those that have.\n',
  });
});

test('a repository that is another says nothing of files', async () => {
  const { stdout } = await run(['package.json', 'lib/other.ts']);
  expect(stdout).toContain('No file of these services is in this repository');
  expect(stdout).not.toContain('lib/other.ts');
});

test('what was never called, and files that never ran, of the packages that did', async () => {
  const { stdout, exitCode } = await run([
    'package.json',
    'src/cart.ts',
    'src/refund.ts',
    'src/types.ts',
    'src/cart.test.ts',
    'src/cart.d.ts',
    'vite.config.ts',
    'node_modules/x/index.js',
    'dist/cart.js',
    'web/package.json',
    'web/page.tsx',
  ]);
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split('\n')).toEqual([
    'shop · production · v42 · running since 3 h ago · 2 of 3 functions never called',
    'never called  since       file',
    'Cart.clear    3 days ago  src/cart.ts:7',
    '… 1 more: ask for more with --limit, or for one folder with --under',
    '',
    '1 of 2 source files were loaded by no process of shop v42',
    '  src/refund.ts',
  ]);
});

test('a folder, as JSON; hostile names do not drive the terminal', async () => {
  const files = ['package.json', 'src/cart.ts', 'src/a/one.ts', 'src/b/two.ts'];
  const { stdout } = await run(files, ['--under', 'src/a', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    deployments: [{ version: 'v42', functions: [{ function: 'Cart.clear' }] }],
    neverLoaded: { files: ['src/a/one.ts'], count: 1, of: 1, truncated: false },
  });
  const hostile = await run(files, [], [{ ...deployment, service: 'a\u001b[2Jb' }]);
  expect(hostile.stdout).not.toContain('\u001b');
});
