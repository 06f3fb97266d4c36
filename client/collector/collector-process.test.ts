import { expect, test } from 'vitest';
import { CollectorProcess } from './collector-process.ts';

function run(script: string): { readonly child: CollectorProcess; readonly lines: string[] } {
  const lines: string[] = [];
  const child = new CollectorProcess({
    program: process.execPath,
    args: ['-e', script],
    env: {},
    line: (line, from) => lines.push(`${from}: ${line}`),
  });
  return { child, lines };
}

test('a collector is ready at its first line, and stopped by its own id', async () => {
  const { child, lines } = run('console.log("listening"); setInterval(() => {}, 1000)');
  await child.ready;
  expect(lines).toEqual(['stdout: listening']);
  await child.stop();
  expect(await child.ended).toBe('was ended by SIGTERM');
  expect(child.running).toBe(false);
});

test('a collector that ends by itself tells how, with what it wrote', async () => {
  const { child, lines } = run('console.error("the disk is full"); process.exit(3)');
  expect(await child.ended).toBe('ended with code 3');
  expect(lines).toEqual(['stderr: the disk is full']);
});

test('a program that is not there is told, and not thrown', async () => {
  const child = new CollectorProcess({ program: '/no/such/program', args: [], env: {}, line: () => undefined });
  expect(await child.ended).toContain('could not be started');
});
