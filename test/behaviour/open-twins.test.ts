import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import { installRuntime } from '@runlens/sensor/runtime/install';
import { transform } from '@runlens/sensor/transform/transform';
import { describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const runtime = installRuntime();
const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];

/** Every gate of every function is on, and its handler reads every name. */
let passed = 0;
let read = 0;
const mostNames = 64;
runtime.onGate((_call, _gate, reader) => {
  passed += 1;
  // Not each time: programs of a hundred million statements would take minutes.
  if (passed % 16 !== 0) return;
  for (let name = 0; name < mostNames; name += 1) {
    try {
      if (reader(name) !== undefined) read += 1;
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
    }
  }
});

interface Loaded {
  readonly exports: unknown;
  readonly functions: number;
  readonly twins: number;
}

/** Loads a CommonJS file, with each of its functions open or as it is. */
function load(path: string, open: boolean): Loaded {
  const source = readFileSync(path, 'utf8');
  const { code, functions, unreadable } = transform(source, {
    filename: path,
    sourceType: 'commonjs',
    language: 'javascript',
    firstSlot: runtime.reserved,
  });
  expect(unreadable).toBeUndefined();
  const twins = functions.filter(({ noTwin }) => noTwin === undefined);
  if (open) {
    runtime.reserve(functions.length);
    for (const { slot } of twins) runtime.open(slot, 5_000)?.fill(1);
  }
  const module = { exports: {} as unknown };
  const run = compileFunction(open ? code : source, parameters, { filename: path });
  run.call(module.exports, module.exports, createRequire(path), module, path, dirname(path));
  return { exports: module.exports, functions: functions.length, twins: twins.length };
}

/** A file of an installed package that its `exports` may not name. */
function packageFile(path: string): string {
  const folder = (require.resolve.paths(path) ?? []).find((candidate) => exists(join(candidate, path)));
  if (!folder) throw new Error(`${path} is not installed: run npm install`);
  return join(folder, path);
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

const parserText = readFileSync(require.resolve('acorn'), 'utf8');
const someCode = parserText.slice(0, parserText.indexOf('  // ', 50_000));
const markdown = readFileSync(packageFile('fastify/docs/Reference/Reply.md'), 'utf8');

const handlers = readFileSync(packageFile('fastify/lib/reply.js'), 'utf8');

interface Parser {
  parse(text: string, options: object): unknown;
}
const parsed = (exported: unknown): string => {
  // Both parsers export `parse(text, options)`.
  const { parse } = exported as Parser;
  return attempt(() => parse(someCode, { ecmaVersion: 2022, sourceType: 'script', errorRecovery: true }));
};

function attempt(call: () => unknown): string {
  try {
    return JSON.stringify(call()) ?? 'undefined';
  } catch (error) {
    return String(error);
  }
}

type Any = (...values: readonly unknown[]) => unknown;

const programs: readonly {
  readonly file: string;
  /** What a program comes to; `other` loads another file in the same way. */
  readonly answer: (exported: unknown, other: (file: string) => unknown) => unknown;
  /** At least so much of the functions has a twin. */
  readonly share: number;
}[] = [
  { file: 'acorn/dist/acorn.js', answer: parsed, share: 0.95 },
  { file: '@babel/parser/lib/index.js', answer: parsed, share: 0.9 },
  {
    file: 'marked/lib/marked.umd.js',
    answer: (exported) => (exported as { marked: { parse: Any } }).marked.parse(markdown),
    share: 0.3,
  },
  {
    file: 'lodash/lodash.js',
    answer: (exported) => {
      // The parts of lodash that are called here.
      const _ = exported as Record<string, Any>;
      const people = Array.from({ length: 50 }, (_value, index) => ({
        name: `n${index}`,
        age: index % 7,
        tags: [index],
      }));
      return attempt(() => [
        _.groupBy?.(people, 'age'),
        _.orderBy?.(people, ['age', 'name'], ['desc', 'asc']),
        _.cloneDeep?.(people),
        _.merge?.({}, ...people.map(({ name, age }) => ({ [name]: { age } }))),
        _.template?.('<%= a %> and <%- b %>'),
        _.camelCase?.('some words here'),
        _.curry?.((a: number, b: number) => a + b),
        _.chunk?.(people, 7),
        _.isEqual?.(people, _.cloneDeep?.(people)),
        _.flattenDeep?.([1, [2, [3, [4]]]]),
      ]);
    },
    share: 0.9,
  },
  {
    file: 'markdown-it/dist/index.cjs.js',
    answer: (exported) => (exported as () => { render: Any })().render(markdown),
    share: 0.5,
  },
  {
    file: 'prettier/standalone.js',
    answer: (exported, other) => {
      const plugins = ['babel', 'estree'].map((name) => other(`prettier/plugins/${name}.js`));
      return (exported as { format: Any }).format(handlers, { parser: 'babel', plugins });
    },
    share: 0.6,
  },
  {
    file: 'typescript-5/lib/typescript.js',
    answer: (exported) => {
      const ts = exported as typeof import('typescript-5');
      const text = readFileSync(packageFile('zod/src/v3/types.ts'), 'utf8').slice(0, 12_000);
      const options = { target: ts.ScriptTarget.ES5, module: ts.ModuleKind.CommonJS, downlevelIteration: true };
      return attempt(() => ts.transpileModule(text, { compilerOptions: options, reportDiagnostics: true }).outputText);
    },
    share: 0.95,
  },
];

describe('a program of which every function runs as its twin, all names read at all gates, answers the same', () => {
  it.each(programs)('$file', async ({ file, answer, share }) => {
    const path = packageFile(file);
    const plain = load(path, false);
    const expected = await answer(plain.exports, (other) => load(packageFile(other), false).exports);
    const before = { passed, read };
    const open = load(path, true);
    expect(open.twins / open.functions).toBeGreaterThan(share);
    runtime.drain();
    expect(await answer(open.exports, (other) => load(packageFile(other), true).exports)).toEqual(expected);
    expect(passed - before.passed).toBeGreaterThan(10_000);
    expect(read - before.read).toBeGreaterThan(10_000);
    // Exact all the while: each call of a function outside of a twin came by the slow path.
    expect(runtime.drain().reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThan(100);
  });
});
