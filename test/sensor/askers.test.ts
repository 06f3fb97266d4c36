/** Who asks where queries repeat and most stacks are not looked at: of real processes, with the functions that could be mixed up. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OtlpRecorder } from './otlp-recorder.ts';
import { runService, ServiceFolder } from './service-process.ts';

const head = `
import { DatabaseSync } from 'node:sqlite';
const statement = new DatabaseSync(':memory:').prepare('SELECT 1 AS one');
const times = (count, work) => { for (let turn = 0; turn < count; turn += 1) work(turn); };
`;

const programs = {
  'two functions in turn, with one statement': {
    text: `
function one() { statement.get(); }
function other() { statement.get(); }
function page() { for (let turn = 0; turn < 50; turn += 1) turn % 2 === 0 ? one() : other(); }
for (let turn = 0; turn < 40; turn += 1) page();
`,
    counts: { one: 1_000, other: 1_000 },
    repeats: { 'one in page': 40, 'other in page': 40 },
  },
  'one after many of the other': {
    text: `
function one() { statement.get(); }
function other() { statement.get(); }
times(2000, one);
times(2000, other);
`,
    counts: { one: 2_000, other: 2_000 },
  },
  'in a loop of its own, and by whom it calls': {
    text: `
function inner() { statement.get(); }
function loop() { times(50, () => { statement.get(); inner(); statement.get(); }); }
times(20, loop);
`,
    counts: { 'loop.times(#1)': 2_000, inner: 1_000 },
  },
  recursion: {
    text: `
function walk(depth) { statement.get(); if (depth > 0) { walk(depth - 1); walk(depth - 1); } }
function page() { walk(5); }
for (let turn = 0; turn < 30; turn += 1) page();
`,
    counts: { walk: 30 * 63 },
    repeats: { 'walk in page': 30 },
  },
  'await between': {
    text: `
async function one() { await null; statement.get(); await null; await null; statement.get(); }
async function other() { statement.get(); await null; statement.get(); }
async function page() { await Promise.all([one(), other()]); }
for (let turn = 0; turn < 500; turn += 1) await page();
`,
    counts: { one: 1_000, other: 1_000 },
  },
} as const;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

it.each(
  Object.entries(programs).flatMap(([name, program]) => ([22, 24] as const).map((node) => ({ name, node, program }))),
)('$name (Node $node)', async ({ node, program }) => {
  await folder.write({ 'main.mjs': head + program.text });
  await using recorder = await OtlpRecorder.start();
  const environment = { NODE_NO_WARNINGS: '1' };
  const ended = await runService({ node, folder, endpoint: recorder.url, arguments: ['main.mjs'], environment });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const counts = (metric: string, key: (attributes: Readonly<Record<string, string>>) => string | undefined) => {
    const all: Record<string, number> = {};
    for (const { attributes, histogram } of recorder.of(metric)) {
      const name = key(attributes);
      if (name !== undefined) all[name] = (all[name] ?? 0) + (histogram?.count ?? 0);
    }
    return all;
  };
  const asking = (attributes: Readonly<Record<string, string>>) => attributes['code.function.name'] ?? '';
  const told = counts('db.client.operation.duration', asking);
  expect(told).toEqual(program.counts);
  if (!('repeats' in program)) return;
  const within = (attributes: Readonly<Record<string, string>>) =>
    `${asking(attributes)} in ${attributes['runlens.within.function.name'] ?? 'nothing known'}`;
  expect(counts('runlens.query.repeats', within)).toEqual(program.repeats);
});
