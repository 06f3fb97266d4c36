import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobId } from '@runlens/server/documents/blob';
import { expect, test } from 'vitest';
import { profile, services } from '../../agent/testing.ts';
import { answering, type CliResult, cli, temporaryFolder } from '../testing.ts';

const before = "export function load(pool, id) {\n  return pool.query('SELECT a FROM t WHERE id = $1', [id]);\n}\n";
const after = before.replace(
  '  return',
  "  for (const one of id.parts) pool.query('SELECT b FROM u WHERE id = $1', [one]);\n  return",
);

async function review(
  args: readonly string[],
  { text = after, deployed = before, remote = false } = {},
): Promise<CliResult> {
  using folder = temporaryFolder();
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', folder.path, '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...words]);
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(folder.path, 'load.js'), before);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
  if (remote) git('remote', 'add', 'origin', 'https://git.example/team/shop.git');
  writeFileSync(join(folder.path, 'load.js'), text);
  const numbers = { file: 'load.js', function: 'load', line: 1, errors: 0, errorRate: 0, callsPerMinute: 120 };
  const known = profile(numbers);
  const [version] = known.versions;
  const versions = version ? [{ ...version, line: 1, blob: blobId(deployed) }] : [];
  await using server = await answering((path) => ({
    body: path.endsWith('/services')
      ? services('shop')
      : {
          window: { since: '2026-01-02T11:45:00.000Z', until: '2026-01-02T12:00:00.000Z' },
          resolution: 'memory',
          profiles: [{ ...known, versions }],
          files: [],
          truncated: false,
        },
  }));
  return await cli(['review', ...args], {
    env: { RUNLENS_COLLECTOR_URL: server.url, RUNLENS_TOKEN: 't', PATH: process.env.PATH },
    cwd: folder.path,
    now: Date.parse('2026-01-02T12:00:00Z'),
  });
}

test('a query in a loop of a hot function is severe, and ends with code 6 where that was asked for', async () => {
  const { stdout, exitCode } = await review(['--fail-on', 'severe']);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^severe · main \([0-9a-f]{7}\) → working tree · 1 changed function in 1 file · production, last 15 min$/,
    ),
    'severe  load  load.js:1  120/min, p50 3.1 ms, p99 120 ms',
    '    adds 1 database operation for each element of a loop (`pool.query (SELECT u)`): 120/min × the elements (line 2)',
    '',
  ]);
  expect(exitCode).toBe(6);
});

test('without a threshold, and below it, the code is 0', async () => {
  expect((await review([])).exitCode).toBe(0);
  expect((await review(['--fail-on', 'warning'], { text: before.replace('[id]', '[id, 1]') })).exitCode).toBe(0);
});

test('what runs is another text: it is not judged by its numbers', async () => {
  const { stdout, exitCode } = await review(['--fail-on', 'warning'], { deployed: `${before}//\n` });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('its numbers are not judged');
});

test('as JSON, SARIF and Markdown', async () => {
  expect(JSON.parse((await review(['--json'])).stdout)).toMatchObject({
    verdict: 'severe',
    functions: [{ function: 'load' }],
  });
  expect(JSON.parse((await review(['--format', 'sarif'])).stdout)).toMatchObject({ version: '2.1.0' });
  expect((await review(['--format', 'markdown'])).stdout).toContain('| 🔴 severe | `load`<br>`load.js:1` | 120/min');
});

test('without facts no collector is asked', async () => {
  const { stdout, exitCode } = await review(['--no-facts', '--fail-on', 'severe']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('warning  load  load.js:1  changed');
});

test('a base that is not there is a usage error that says what to do', async () => {
  const { stderr, exitCode } = await review(['--base', 'nowhere']);
  expect({ stderr, exitCode }).toEqual({
    exitCode: 2,
    stderr:
      'runlens: git knows no revision "nowhere" here; name another with --base, or fetch it (a shallow clone has few).\n',
  });
});
