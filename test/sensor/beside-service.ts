/** A service for tests of what else is preloaded: an HTTP server that asks itself, with functions of every kind. */
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/toolchain.mjs';
import { OtlpRecorder } from './otlp-recorder.ts';
import { type Ended, type RunOptions, runService, ServiceFolder } from './service-process.ts';

const pricing = (ending: string, exported: string) => `
${exported} class Basket {
  lines = [];
  add(price, count) { this.lines.push({ price, count }); return this; }
  get total() { return this.lines.reduce((sum, { price, count }) => sum + price * count, 0); }
}
${exported} async function load(id) {
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (id === 'none') throw new RangeError('no such basket');
  return [[Number(id), 2], [5, 1]];
}
${exported} function* numbers(count) { for (let i = 1; i <= count; i += 1) yield String(i); }
${ending}`;

const server = `
async function answer(request, response) {
  try {
    const basket = new Basket();
    for (const [price, count] of await load(request.params.id)) basket.add(price, count);
    response.json({ total: basket.total });
  } catch (error) {
    response.status(404).json({ error: error.message });
  }
}
const app = express();
app.get('/baskets/:id', answer);
const server = app.listen(0, '127.0.0.1', async () => {
  for (const id of [...numbers(4), 'none']) {
    const response = await fetch('http://127.0.0.1:' + server.address().port + '/baskets/' + id);
    console.log('answer', response.status, await response.text());
  }
  // Flushes of the sensor fall into this time.
  setTimeout(() => {
    server.close();
    server.closeAllConnections();
  }, 400);
});
`;

export const commonJsService = {
  'app.cjs': `const express = require('express');\nconst { Basket, load, numbers } = require('./pricing.cjs');\n${server}`,
  'pricing.cjs': pricing('module.exports = { Basket, load, numbers };\n', ''),
};
export const moduleService = {
  'app.mjs': `import express from 'express';\nimport { Basket, load, numbers } from './pricing.mjs';\n${server}`,
  'pricing.mjs': pricing('', 'export'),
};

/** What the service's functions are called by the five requests, whatever else is loaded. */
export function callsOf(kind: 'cjs' | 'mjs'): Record<string, number> {
  return {
    [`app.${kind}:4 answer`]: 5,
    [`app.${kind}:15 listen(#1)`]: 1,
    [`app.${kind}:21 listen(#1).setTimeout(#1)`]: 1,
    [`pricing.${kind}:4 Basket.add`]: 8,
    [`pricing.${kind}:5 get Basket.total`]: 4,
    [`pricing.${kind}:5 Basket.total.reduce(#1)`]: 8,
    [`pricing.${kind}:7 load`]: 5,
    [`pricing.${kind}:8 load.Promise(#1)`]: 5,
    [`pricing.${kind}:12 numbers`]: 1,
  };
}

export const answers = [
  'answer 200 {"total":7}',
  'answer 200 {"total":9}',
  'answer 200 {"total":11}',
  'answer 200 {"total":13}',
  'answer 404 {"error":"no such basket"}',
];

const require = createRequire(import.meta.url);

/** A folder with a service, in which the installed packages of these names are found as if installed there. */
export async function folderWith(
  packages: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<ServiceFolder> {
  const folder = await ServiceFolder.create(files);
  for (const name of packages) {
    const at = join(folder.path, 'node_modules', name);
    await mkdir(dirname(at), { recursive: true });
    await symlink(packageFolder(name), at);
  }
  return folder;
}

/** Where a package is installed, which its `exports` need not tell. */
export function packageFolder(name: string): string {
  const found = (require.resolve.paths(name) ?? []).find((folder) => existsSync(join(folder, name, 'package.json')));
  if (found === undefined) throw new Error(`${name} is not installed below ${root}`);
  return join(found, name);
}

export interface BesideRun extends Ended {
  readonly calls: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
}

/** One run with a recorder as its collector. */
export async function runBeside(options: Omit<RunOptions, 'endpoint'>): Promise<BesideRun> {
  await using recorder = await OtlpRecorder.start();
  const ended = await runService({ ...options, endpoint: recorder.url });
  return { ...ended, calls: recorder.calls(), errors: recorder.errors() };
}
