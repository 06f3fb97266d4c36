import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CollectorProcess } from './collector-process.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-collector-process-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(script: string): { readonly child: CollectorProcess; readonly lines: string[] } {
  const lines: string[] = [];
  const file = join(folder, `${Math.random()}.mjs`);
  writeFileSync(file, script);
  const child = new CollectorProcess({
    program: process.execPath,
    args: [file],
    env: {},
    line: (line, from) => lines.push(`${from}: ${line}`),
  });
  return { child, lines };
}

const stays = 'setInterval(() => {}, 1000);';

test('a collector is ready at its first line, and stops cleanly when it is told', async () => {
  const { child, lines } = run(
    `process.on('SIGTERM', () => { console.log('written'); process.exit(0); }); console.log('listening'); ${stays}`,
  );
  await child.ready;
  expect(child.running).toBe(true);
  await child.stop();
  expect(await child.ended).toBe('ended with code 0');
  expect(lines).toEqual(['stdout: listening', 'stdout: written']);
  expect(child.running).toBe(false);
});

test('a collector that does not stop is ended by its own id', async () => {
  const { child } = run(`process.on('SIGTERM', () => {}); console.log('listening'); ${stays}`);
  await child.ready;
  await child.stop();
  expect(await child.ended).toBe('was ended by SIGKILL');
});

test('a collector that ends by itself tells how, with what it wrote', async () => {
  const { child, lines } = run('console.error("the disk is full"); process.exitCode = 3;');
  expect(await child.ended).toBe('ended with code 3');
  expect(lines).toEqual(['stderr: the disk is full']);
});

test('a program that is not there is told, and not thrown', async () => {
  const child = new CollectorProcess({ program: '/no/such/program', args: [], env: {}, line: () => undefined });
  expect(await child.ended).toContain('could not be started');
});

test('a collector ends when the window that started it was killed', async () => {
  const collector = join(folder, 'collector.mjs');
  writeFileSync(collector, `console.log(process.pid); ${stays}`);
  const window = join(folder, 'window.mjs');
  writeFileSync(
    window,
    `import { CollectorProcess } from ${JSON.stringify(new URL('./collector-process.ts', import.meta.url).href)};
new CollectorProcess({ program: process.execPath, args: [${JSON.stringify(collector)}], env: {}, line: (line) => console.log(line) });`,
  );
  const parent = spawn(process.execPath, ['--conditions=runlens-source', window], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = await once(parent.stdout, 'data');
  const pid = Number(String(chunk));
  expect(alive(pid)).toBe(true);
  parent.kill('SIGKILL');
  for (let i = 0; i < 600 && alive(pid); i += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(alive(pid)).toBe(false);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
