import { decode, encode } from '@jridgewell/sourcemap-codec';
import { describe, expect, it } from 'vitest';
import { restoreText, twinBegin } from './emitted.ts';
import { shiftSourceMap } from './shift-source-map.ts';
import { type TransformOptions, transform } from './transform.ts';

const javascript: TransformOptions = { filename: 'a.js', sourceType: 'module', language: 'javascript', firstSlot: 5 };
const typescript: TransformOptions = { ...javascript, filename: 'a.ts', language: 'typescript' };

describe('what a transform tells of its functions', () => {
  it('slots, places, kinds and names, in source order', () => {
    const source = 'export class A {\n  async *list() { yield this.x; }\n}\nconst f = async () => f();\n';
    const { functions, skipped } = transform(source, javascript);
    expect(skipped).toEqual([]);
    expect(functions).toEqual([
      {
        slot: 5,
        name: 'A.list',
        start: 19,
        end: 50,
        bodyStart: 33,
        line: 2,
        column: 2,
        kind: 'asyncGenerator',
        arrow: false,
        timed: false,
      },
      {
        slot: 6,
        name: 'f',
        start: 63,
        end: 78,
        bodyStart: 75,
        line: 4,
        column: 10,
        kind: 'async',
        arrow: true,
        timed: true,
      },
    ]);
  });

  it.each([
    'function f(a) { return this ?? a; }',
    'function f(a) { return a; }',
    'function f() { return arguments; }',
    'const f = function own(a) { return a > 0 ? own(a - 1) : a; };',
    'const f = async (a) => { await a; };',
    'const f = (a) => a.b;',
    'async function f(a) { return await a; }',
    'function* f(a) { yield a; }',
  ])('V8 is given no reason to compile the twin of a function that is called: %s', (source) => {
    const { code } = transform(source, javascript);
    const [before = '', twin] = code.split(twinBegin);
    expect(before).toContain('f');
    // Right after a parenthesis V8 takes a function for one that is called at once, and compiles it with the one around.
    expect(twin?.replace(/^ (?:await|yield\*)/, '')).toMatch(/^\(0,/);
    expect(twin).not.toMatch(/\((?:async )?(?:function|\([\w,]*\)=>)/);
  });

  it('a file without functions stays as it is', () => {
    expect(transform('export const a = 1;\n', javascript)).toMatchObject({
      code: 'export const a = 1;\n',
      insertions: [],
    });
  });

  it.each([
    ['a syntax error in the middle', 'function a() {}\nfunction b( {}\nfunction c() {}'],
    ['a text that already has what the sensor inserts', 'function a() { $rlX7c[0]--; }'],
    ['a text that is no program', '\0\0\0'],
  ])('%s is left alone, with the reason', (_title, source) => {
    const result = transform(source, javascript);
    expect(result.code).toBe(source);
    expect(result.functions).toEqual([]);
    expect(result.unreadable).toMatch(/^a\.js: ./);
  });

  it('a comment runlens-ignore leaves a function and what is in it alone', () => {
    const source = `// runlens-ignore: its text goes to a browser
export function page() { return [1].map((x) => x.y); }
export function other() { /* runlens-ignore */ const inner = () => x(); return inner(); }
const far = 1;

function measured() { return x(); }`;
    const { functions, skipped } = transform(source, javascript);
    expect(functions.map(({ name }) => name)).toEqual(['other', 'measured']);
    expect(skipped.map(({ name }) => name)).toEqual(['page', 'page.map(#1)', 'other.inner']);
    expect(transform(`/* runlens-ignore-file */\n\n\n${source}`, javascript).functions).toEqual([]);
  });

  it('asm.js is left alone', () => {
    const source = "function m() { 'use asm'; function f() { return 1 | 0; } return f; }";
    expect(transform(source, { ...javascript, sourceType: 'script' }).code).toBe(source);
  });

  it('a function that could not be put into a block says so', () => {
    const { skipped } = transform('function a(f) { function f() {} }', { ...javascript, sourceType: 'script' });
    expect(skipped).toEqual([
      { name: 'a', line: 1, reason: 'only its calls are counted: it declares f more than once', counted: true },
    ]);
  });
});

describe('TypeScript and JSX as they are written', () => {
  it('types, overloads, parameter properties, enums and namespaces stay where they are', () => {
    const source = `abstract class A<T> extends B {
  constructor(private readonly x: T, public y?: () => void) { super(); }
  abstract m(): void;
  n(this: A<T>): asserts this is A<T> { return; }
  get v(): T { return this.x!; }
}
declare function d(): void;
function over(a: string): string;
function over(a: unknown): unknown { return a as string; }
namespace N { export const f = <U,>(u: U): U => (u satisfies U); }
enum E { A = 1 }
const g = async <T,>(x: T): Promise<T> => <T>x;
`;
    const result = transform(source, typescript);
    expect(result.unreadable).toBeUndefined();
    expect(result.functions.map(({ name }) => name)).toEqual(['A.constructor', 'A.n', 'get A.v', 'over', 'N.f', 'g']);
    expect(restoreText(result.code)).toBe(source);
    expect(result.code.split('\n')).toHaveLength(source.split('\n').length);
    expect(transform(restoreText(result.code), typescript).code).toBe(result.code);
  });

  it('JSX', () => {
    const source = 'export const V = ({ n }: P) => <ul onClick={() => go(n)}>{n.map((i) => <li key={i} />)}</ul>;\n';
    const result = transform(source, { ...typescript, language: 'typescriptreact' });
    expect(result.functions.map(({ name, noTwin }) => [name, noTwin])).toEqual([
      ['V', 'syntax'],
      ['V.onClick(#1)', undefined],
      ['V.map(#2)', 'syntax'],
    ]);
    expect(restoreText(result.code)).toBe(source);
  });
});

describe('modules', () => {
  it('hashbang, import.meta, top-level await, using', () => {
    const source = `#!/usr/bin/env node
import x from 'x';
const y = await x(() => import.meta.url);
export default async function () { await using z = x(); return z; }
`;
    const result = transform(source, javascript);
    expect(result.unreadable).toBeUndefined();
    expect(result.code.startsWith('#!/usr/bin/env node\nimport')).toBe(true);
    expect(restoreText(result.code)).toBe(source);
  });

  it('decorators, which only Babel reads', () => {
    const source = 'class A { @log() m() { return x(); } }';
    expect(transform(source, javascript).functions).toMatchObject([{ name: 'A.m', column: 17 }]);
    const around = transform(`function make() { ${source} return A; }`, javascript);
    expect(around.functions[0]).toMatchObject({ name: 'make', noTwin: 'syntax' });
  });
});

describe('a source map that is shifted', () => {
  it('points to the same places from the moved columns', () => {
    const source = 'const a = 1;\nfunction f() { return g(); } const h = () => f();\n';
    const result = transform(source, javascript);
    // One segment for each word: the generated text is its own original.
    const words = source.split('\n').map((line) => [...line.matchAll(/\w+/g)].map(({ index }) => index));
    const map = {
      version: 3,
      sources: ['a.ts'],
      mappings: encode(words.map((columns, line) => columns.map((column) => [column, 0, line, column]))),
    };
    const shifted = decode(shiftSourceMap(map, result.insertions, source).mappings);
    const moved = result.code.split('\n');
    const original = source.split('\n');
    let seen = 0;
    shifted.forEach((segments, line) => {
      for (const segment of segments) {
        const word = /^\w+/.exec(original[line]?.slice(segment[3]) ?? '')?.[0] ?? '?';
        expect(moved[line]?.slice(segment[0])).toMatch(new RegExp(`^${word}\\b`));
        seen += 1;
      }
    });
    expect(seen).toBe(10);
  });

  it('stays as it is where nothing was inserted', () => {
    const map = { mappings: 'AAAA' };
    expect(shiftSourceMap(map, [], 'x')).toBe(map);
  });
});
