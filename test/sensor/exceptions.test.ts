/** What errors say, where they are thrown, who passes them on and who catches them: all of a program's, exactly. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtlpRecorder, type RecordedRequest } from './otlp-recorder.ts';
import { nodeMajors, runService, ServiceFolder } from './service-process.ts';

const secret = 'hunter2-Zanzibar';

const program = `const { readFile } = require('node:fs/promises');
class OutOfStock extends Error {}
function find(id) {
  if (id > 3) {
    throw new RangeError(\`no such product: \${id}\`);
  }
  return id;
}
function price(id) {
  return find(id) * 2;
}
function offer(id) {
  try {
    return price(id);
  } catch {
    return 0;
  }
}
function reserve(name) {
  throw new OutOfStock('customer ' + name + ' is not allowed');
}
function wrap(name) {
  try {
    reserve(name);
  } catch (error) {
    throw new Error('the order failed', { cause: error });
  }
}
function rethrow(name) {
  try {
    reserve(name);
  } catch (error) {
    error.message = 'changed afterwards';
    throw error;
  }
}
async function load(path) {
  return await readFile(path, 'utf8');
}
async function settings(path) {
  try {
    return await load(path);
  } catch {
    return '{}';
  }
}
async function parse(text) {
  await null;
  return JSON.parse(text);
}
async function handle(text) {
  return await parse(text);
}
const kept = new TypeError('kept and thrown again');
function again() {
  throw kept;
}
function plain() {
  throw 'a text ${secret}';
}
function odd() {
  throw { get message() { process.exit(9); }, get stack() { process.exit(9); }, get cause() { process.exit(9); } };
}
function proxied() {
  throw new Proxy(new Error('${secret}'), { get() { process.exit(9); }, getPrototypeOf() { process.exit(9); }, getOwnPropertyDescriptor() { process.exit(9); } });
}
function factory() {
  return new SyntaxError('made elsewhere');
}
function thrower() {
  throw factory();
}
function both() {
  throw new AggregateError([new TypeError('${secret}'), Object.assign(new Error('x'), { code: 'ECONNREFUSED' })], 'all failed');
}
function quietly(work) {
  try {
    work();
  } catch {}
}
async function main() {
  for (let i = 0; i < 10; i += 1) offer(i);
  for (let i = 0; i < 3; i += 1) {
    try { wrap('${secret}'); } catch {}
    try { rethrow('${secret}'); } catch (error) { if (!error.stack.startsWith('Error: changed')) process.exit(8); }
  }
  for (let i = 0; i < 2; i += 1) await settings('/nowhere/${secret}');
  for (const work of [again, again, plain, odd, proxied, thrower, both]) quietly(work);
}
function top() {
  return handle('{"${secret}": tru').catch(() => {});
}
main().then(() => process.stdout.write('done'));
setImmediate(top);
`;

/** What must never leave a process, in whatever message it stands. */
const values = [
  'hunter2',
  'Zanzibar',
  "O'Brien",
  'alice@example.com',
  '4111111111111111',
  'AKIAIOSFODNN7EXAMPLE',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  '7f3c2b1a-4d5e-6f70-8192-a3b4c5d6e7f8',
  '/home/alice/taxes.pdf',
  'C:\\Users\\bob',
  'https://root:pw9@db.internal/x?token=q1w2',
  '10.20.30.40',
  'Grüße',
];
const secrets = `
const values = ${JSON.stringify(values)};
const fail = [
  (value) => { throw new Error('cannot find ' + value + ' in the list'); },
  (value) => { throw new TypeError(JSON.stringify({ value, list: [value] })); },
  (value) => { throw new RangeError('the value "' + value + '" is not allowed'); },
  (value) => { throw Object.assign(new Error('failed'), { value, cause: new Error(value), errors: [value], code: value }); },
  (value) => { throw new AggregateError([new Error(value)], value); },
  (value) => { throw { message: value, value }; },
  (value) => { throw value; },
  (value) => JSON.parse('{"a": "' + value),
  (value) => new URL(value + ' ' + value),
  (value) => require('node:fs').readFileSync(value + '/' + value),
  (value) => require('./' + value),
  (value) => null[value],
  (value) => { const error = new Error('x'); error.message = value; error.stack = value; throw error; },
];
for (const value of values) for (const one of fail) { try { one(value); } catch {} }
`;

/** `file:line function type shape < cause @ where, handled`, and how many. */
const expected = {
  'find RangeError no such product: {n} @ find:5 caller': 6,
  'price RangeError no such product: {n} @ find:5 caller': 6,
  'offer RangeError no such product: {n} @ find:5 here': 6,
  'reserve OutOfStock customer {} is not allowed @ reserve:20 caller': 6,
  'wrap OutOfStock customer {} is not allowed @ reserve:20 here': 3,
  'wrap Error the order failed < OutOfStock @ wrap:26 caller': 3,
  'rethrow OutOfStock customer {} is not allowed @ reserve:20 caller': 3,
  'main Error the order failed < OutOfStock @ wrap:26 here': 3,
  'main OutOfStock customer {} is not allowed @ reserve:20 here': 3,
  'load ENOENT ENOENT: no such file or directory, open {} @ load:38 caller': 2,
  'settings ENOENT ENOENT: no such file or directory, open {} @ load:38 here': 2,
  'parse SyntaxError {json} @ parse:49 no': 1,
  'handle SyntaxError {json} @ parse:49 no': 1,
  'again TypeError kept and thrown again @ again caller': 2,
  'odd Object @ odd caller': 1,
  'proxied Proxy @ proxied caller': 1,
  'thrower SyntaxError made elsewhere @ thrower:71 caller': 1,
  'both AggregateError all failed < TypeError, ECONNREFUSED @ both:74 caller': 1,
  'quietly TypeError kept and thrown again @ again here': 2,
  'quietly Object @ odd here': 1,
  'quietly Proxy @ proxied here': 1,
  'quietly SyntaxError made elsewhere @ thrower:71 here': 1,
  'quietly AggregateError all failed < TypeError, ECONNREFUSED @ both:74 here': 1,
};

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({
    'program.cjs': program,
    'program.mjs': program.replace(/^.*$/m, "import { readFile } from 'node:fs/promises';"),
    'src/program.cjs': program,
    'secrets.cjs': secrets,
  });
  await build({
    entryPoints: [join(folder.path, 'src', 'program.cjs')],
    outfile: join(folder.path, 'dist', 'bundle.cjs'),
    bundle: true,
    platform: 'node',
    minify: true,
    keepNames: true,
    sourcemap: true,
    logLevel: 'error',
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

describe.each([
  { title: 'CommonJS', file: 'program.cjs' },
  { title: 'an ES module', file: 'program.mjs' },
  { title: 'bundled and minified', file: 'dist/bundle.cjs' },
])('$title', ({ file }) => {
  it.each(nodeMajors)(
    'every error is told with its origin and who caught it, and no value of it (Node %i)',
    async (node) => {
      await using recorder = await OtlpRecorder.start();
      const { stdout, stderr, code } = await runService({ node, folder, arguments: [file], endpoint: recorder.url });
      expect({ stdout, stderr, code }).toEqual({ stdout: 'done', stderr: '', code: 0 });
      expect(exceptions(recorder)).toEqual(expected);
      expect(sent(recorder.requests)).not.toMatch(/hunter2|zanzibar|nowhere/i);
    },
  );
});

it.each(nodeMajors)('no value of any message leaves the process (Node %i)', async (node) => {
  await using recorder = await OtlpRecorder.start();
  const { stderr, code } = await runService({ node, folder, arguments: ['secrets.cjs'], endpoint: recorder.url });
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  expect(Object.values(exceptions(recorder)).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
  const bytes = sent(recorder.requests);
  for (const value of values) {
    for (const piece of [value, ...value.split(/[^a-z0-9]+/i)].filter(({ length }) => length > 2)) {
      // Words that the sensor's own names and paths have too.
      if (/^(?:home|Users|https|root|token|example|com|internal)$/.test(piece)) continue;
      expect(bytes.includes(piece), `${piece} of ${value} was sent`).toBe(false);
    }
  }
});

it('with RUNLENS_EXCEPTIONS=0 errors are counted by their type only', async () => {
  await using recorder = await OtlpRecorder.start();
  const environment = { RUNLENS_EXCEPTIONS: '0' };
  await runService({ node: 24, folder, arguments: ['program.cjs'], endpoint: recorder.url, environment });
  expect(recorder.of('runlens.function.exceptions')).toEqual([]);
  expect(recorder.errors()['program.cjs:3 find RangeError']).toBe(6);
});

function exceptions(recorder: OtlpRecorder): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { attributes, value } of recorder.of('runlens.function.exceptions')) {
    const text = (name: string) => (attributes[name] === undefined ? '' : String(attributes[name]));
    // V8's words for the same differ by version.
    const shape = text('runlens.exception.shape').replace(/^.*JSON.*$/, '{json}');
    const cause = text('runlens.exception.cause');
    const line = text('runlens.exception.thrown.line.number');
    const key = [
      text('code.function.name'),
      text('exception.type'),
      ...(shape === '' ? [] : [shape]),
      ...(cause === '' ? [] : [`< ${cause}`]),
      `@ ${text('runlens.exception.thrown.function.name')}${line === '' ? '' : `:${line}`}`,
      text('runlens.exception.handled'),
    ].join(' ');
    counts[key] = (counts[key] ?? 0) + (value ?? 0);
  }
  return counts;
}

const sent = (requests: readonly RecordedRequest[]): string =>
  requests.map(({ body }) => body.toString('latin1')).join('\n');
