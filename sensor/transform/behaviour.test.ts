import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createRuntime, type Runtime } from '../runtime/runtime.ts';
import { templateArguments } from '../runtime/template-arguments.ts';
import { globalNames, restoreText } from './emitted.ts';
import { type Language, type SourceType, type TransformResult, transform } from './transform.ts';

/** `name: [calls, errors]` of functions that were called. */
type Counts = Readonly<Record<string, readonly [calls: number, errors: number]>>;

interface Case {
  readonly title: string;
  /** The body of a sloppy CommonJS module that returns what is compared. */
  readonly source: string;
  readonly counts: Counts;
}

interface Outcome {
  readonly value?: string;
  readonly thrown?: string;
}

async function outcome(run: () => unknown): Promise<Outcome> {
  try {
    return { value: inspect(await run(), { depth: 6, showHidden: true }).replace(/\n +at .*/g, '') };
  } catch (error) {
    return { thrown: inspect(error).replace(/\n[\s\S]*/, '') };
  }
}

interface Setting {
  readonly language?: Language;
  readonly sourceType?: SourceType;
  /** Each function that has a twin runs as it, with all gates on, at which all names are read. */
  readonly open?: boolean;
}

/** Opens every function of a file, and reads all that its gates can read. Gives how often gates were passed. */
function openAll(runtime: Runtime, { functions }: TransformResult): () => number {
  let passed = 0;
  runtime.onGate((_call, _gate, read) => {
    passed += 1;
    for (let name = 0; name < 40; name += 1) {
      try {
        read(name);
      } catch (error) {
        // Only what is not initialised yet.
        if (!(error instanceof ReferenceError)) throw error;
      }
    }
  });
  for (const { slot, noTwin } of functions) if (noTwin === undefined) runtime.open(slot, 500)?.fill(1);
  return () => passed;
}

/** Runs a text as it is, and measured by a runtime of its own. */
async function runBoth(source: string, { language = 'javascript', sourceType = 'commonjs', open }: Setting = {}) {
  const plain = await outcome(() => new Function(source)());
  const runtime = createRuntime();
  const result = transform(source, { filename: 'case.js', sourceType, language, firstSlot: 0 });
  runtime.reserve(result.functions.length);
  const passed = open ? openAll(runtime, result) : () => 0;
  const names: Readonly<Record<keyof typeof globalNames, string>> = globalNames;
  const parameters = Object.values(names);
  const values: unknown[] = [
    runtime.emitted.countdown,
    runtime.emitted.start,
    runtime.emitted.recount,
    runtime.emitted.finish,
    runtime.emitted.asyncReturn,
    runtime.emitted.fail,
    runtime.emitted.enter,
    templateArguments,
  ];
  const measured = await outcome(() => new Function(...parameters, result.code)(...values));
  await new Promise((done) => setImmediate(done));
  const counts: Record<string, [number, number]> = {};
  const deltas = runtime.drain();
  for (const { slot, calls, errors } of deltas) {
    const name = result.functions[slot]?.name ?? '?';
    const known = counts[name] ?? [0, 0];
    counts[name] = [known[0] + calls, known[1] + [...errors.values()].reduce((sum, count) => sum + count, 0)];
  }
  return { plain, measured, counts, result, deltas, passed: passed() };
}

const cases: readonly Case[] = [
  {
    title: 'recursion',
    source: 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); } return fib(10);',
    counts: { fib: [177, 0] },
  },
  {
    title: 'the same object is thrown on through every frame',
    source:
      'const e = { any: 1 }; function a() { throw e; } function b() { a(); } try { b(); } catch (caught) { return caught === e; }',
    counts: { a: [1, 1], b: [1, 1] },
  },
  {
    title: 'an error that is caught inside is none',
    source: 'function a() { try { throw 1; } catch { return 2; } } return a();',
    counts: { a: [1, 0] },
  },
  {
    title: 'a throw of undefined',
    source: 'function a() { throw undefined; } try { a(); } catch (e) { return e; }',
    counts: { a: [1, 1] },
  },
  {
    title: 'length and name of each kind of function',
    source: `const o = { m(a, b = 1) { return b; }, get g() { return this.z; }, f: (x, ...y) => x + y, [Symbol.iterator]: function* () { yield 1; } };
      class A { static s(a) { return a(); } #p = (q) => q(); async am(a, b) { await a; } name2 = function () { return this.x; } }
      const d = (f) => [f.name, f.length];
      return [d(o.m), d(o.f), d(Object.getOwnPropertyDescriptor(o, 'g').get), d(o[Symbol.iterator]), d(A), d(A.s), d(A.prototype.am), d(new A().name2)];`,
    counts: { d: [8, 0] },
  },
  {
    title: 'functions that are returned stay nameless',
    source: `const a = () => () => 1; function b() { return function () { return x; }; } const c = () => class { m() { return y; } };
      function d() { return (z => z()); } const e = async () => () => w;
      const f = () => ({ g: () => h() });
      return Promise.all([a(), b(), c(), d(), e(), f().g]).then((all) => all.map((one) => one.name));`,
    counts: {
      a: [1, 0],
      b: [1, 0],
      c: [1, 0],
      d: [1, 0],
      e: [1, 0],
      f: [1, 0],
      'then(#1)': [1, 0],
      'then(#1).map(#1)': [6, 0],
    },
  },
  {
    title: 'this and arguments, sloppy and strict',
    source: `function sloppy() { return [this === globalThis, arguments.length, arguments.callee === sloppy]; }
      function strict() { 'use strict'; return [this, arguments.length]; }
      function noSemicolon() { "use strict"
        return this }
      return [sloppy(1, 2), strict(1), noSemicolon()];`,
    counts: { sloppy: [1, 0], strict: [1, 0], noSemicolon: [1, 0] },
  },
  {
    title: 'several directives in a row, with comments',
    source: `function a() { 'x'; 'use strict' /* c */
        // d
        ; return this }
      function b() { 'use strict'
      }
      function c() {'use strict'} return [a(), b(), c()];`,
    counts: { a: [1, 0], b: [1, 0], c: [1, 0] },
  },
  {
    title: 'mapped arguments',
    source: 'function f(a, b) { arguments[0] = 9; b = 8; return [a, arguments[1]]; } return f(1, 2);',
    counts: { f: [1, 0] },
  },
  {
    title: 'new.target, and a constructor that returns an object',
    source: `function F() { return new.target === F; } function G() { return new.target === undefined; }
      class A { constructor() { return { other: true }; } } class B extends A { constructor() { super(); this.b = 1; } }
      return [typeof new F(), G(), new B()];`,
    counts: { F: [1, 0], G: [1, 0], 'A.constructor': [1, 0], 'B.constructor': [1, 0] },
  },
  {
    title: 'a derived constructor that never calls super',
    source: 'class A {} class B extends A { constructor() { this.x = 1; } } new B();',
    counts: { 'B.constructor': [1, 1] },
  },
  {
    title: 'a derived constructor that calls super late, in an arrow',
    source:
      'class A { constructor(x) { this.x = x; } } class B extends A { constructor(y) { const s = () => super(y); if (y) s(); this.y = y; return; } } return new B(3);',
    counts: { 'A.constructor': [1, 0], 'B.constructor': [1, 0], 'B.constructor.s': [1, 0] },
  },
  {
    title: 'super property, class heritage, fields, static blocks, private names',
    source: `class A { hello() { return 'A' + this.n; } static make() { return new this(); } }
      const order = [];
      class B extends (order.push('heritage'), A) {
        n = (() => { order.push('field'); return 1; })();
        #secret = 2;
        static { order.push((() => 'static')()); }
        hello() { return super.hello() + 'B' + (#secret in this) + this.#peek(); }
        #peek() { return this.#secret++; }
        get double() { return this.#secret * 2; }
        set double(v) { this.#secret = v; }
      }
      const b = B.make(); b.double = 21; return [order, b.hello(), b.double];`,
    counts: {
      'A.hello': [1, 0],
      'A.make': [1, 0],
      'B.anonymous(#1)': [1, 0],
      'B.anonymous(#2)': [1, 0],
      'B.hello': [1, 0],
      'B.#peek': [1, 0],
      'get B.double': [1, 0],
      'set B.double': [1, 0],
    },
  },
  {
    title: 'semicolons that the parser inserts',
    source: `const out = [];
      function a() { return 1
      }
      function b() { if (out.length) return
        else out.push('b') }
      function c() { return () => {}
        ;[1].forEach(x => out.push(x)) }
      function d(x) { return x
        ++out.length }
      function e() { return
        (1) }
      const f = x => x.length
      ;[2].forEach(f)
      const g = x => { out.push('g') }
      ;(g)()
      const h = x => y => x + y
      do if (out) e(); while (0) a()
      return [a(), b(), c()(), d('d'), e(), h(1)(2), out]`,
    counts: {
      a: [2, 0],
      b: [1, 0],
      c: [1, 0],
      d: [1, 0],
      e: [2, 0],
      f: [1, 0],
      g: [1, 0],
      h: [1, 0],
      'c.anonymous(#1)': [1, 0],
      'h.anonymous(#1)': [1, 0],
    },
  },
  {
    title: 'comments around what is returned',
    source: `function a() { return /* x */ 1 // y
      }
      function b() { return 1 /* ) */; }
      function c() { return ( // z
        2 /* ; */ ) }
      const d = () => /* => */ ( /* { */ { a: 1 } /* } */ ) // tail
      const e = () => 3 // tail
      return [a(), b(), c(), d(), e()] // tail`,
    counts: { a: [1, 0], b: [1, 0], c: [1, 0], d: [1, 0], e: [1, 0] },
  },
  {
    title: 'what is returned in a comma, an assignment, a conditional, a yield, a template, a regular expression',
    source: `let q; function a(x) { return x, x + 1; } function b() { return q = 5; } function c(x) { return x ? 'y' : 'n'; }
      function* d() { const r = yield 1; return yield r; } function e(x) { return\`t\${x}\`; } function f() { return/x/.source }
      function g() { return"s" } function h() { return-1 } function i() { return[1] } function j() { return{ k: 1 } } function k() { return!0 }
      const it = d(); return [a(1), b(), c(0), it.next(), it.next(2), it.next(3), e(4), f(), g(), h(), i(), j(), k()];`,
    counts: {
      a: [1, 0],
      b: [1, 0],
      c: [1, 0],
      d: [1, 0],
      e: [1, 0],
      f: [1, 0],
      g: [1, 0],
      h: [1, 0],
      i: [1, 0],
      j: [1, 0],
      k: [1, 0],
    },
  },
  {
    title: 'finally, labels, break, continue and return in loops',
    source: `const log = [];
      function a() { try { return log.push('try'); } finally { log.push('finally'); } }
      function b() { for (;;) { try { return 1; } finally { break; } } return 2; }
      function c() { outer: for (const i of [1, 2, 3]) { for (const j of [1, 2]) { if (j === 2) continue outer; if (i === 3) break outer; log.push(i); } } }
      function d() { try { throw 1; } catch { return 'caught'; } finally { return 'finally'; } }
      function e() { try { return 1; } finally { throw new Error('late'); } }
      let thrown; try { e(); } catch (error) { thrown = error.message; }
      return [a(), b(), c(), d(), thrown, log];`,
    counts: { a: [1, 0], b: [1, 0], c: [1, 0], d: [1, 0], e: [1, 1] },
  },
  {
    title: 'function declarations in a body and in blocks',
    source: `function a() { return typeof inner + inner(); function inner() { return typeof later; } function later() {} }
      function b() { const before = typeof f; { function f() { return 1; } } return before + f(); }
      function c() { if (true) { function g() { return x(); } } return typeof g; }
      return [a(), b(), c()];`,
    counts: { a: [1, 0], 'a.inner': [1, 0], b: [1, 0], 'b.f': [1, 0], c: [1, 0] },
  },
  {
    title: 'a function declared more than once, as a variable, a parameter, or in a block',
    source: `function a() { var f = 1; function f() {} return typeof f; }
      function b(f) { function f() {} return typeof arguments[0]; }
      function c() { function f() { return 1; } function f() { return 2; } return f(); }
      function d() { function f() { return 1; } { function f() { return 2; } } return f(); }
      function e() { function f() { return 1; } for (var f of [3]); return f; }
      function g() { function arguments() {} return typeof arguments; }
      function h() { function f() { return 1; } try { throw 1 } catch (e) { var [{ f = 4 }] = [{}]; } return f; }
      function i() { function f() { return 1; } eval('var f = 2'); return f; }
      return [a(), b(1), c(), d(), e(), g(), h(), i()];`,
    counts: {
      a: [1, 0],
      b: [1, 0],
      c: [1, 0],
      'c.f': [1, 0],
      d: [1, 0],
      'd.f': [1, 0],
      e: [1, 0],
      g: [1, 0],
      h: [1, 0],
      i: [1, 0],
    },
  },
  {
    title: 'let and const beside parameters, closures in defaults',
    source: `function a(x, y = () => x) { var x = 2; return [x, y()]; } function b(x) { let z = x; const w = z + 1; return w; }
      function c({ p = 1, ...r } = {}, [q] = [2]) { return [p, q, r]; } return [a(1), b(1), c()];`,
    counts: { a: [1, 0], 'a.y': [1, 0], b: [1, 0], c: [1, 0] },
  },
  {
    title: 'eval sees and makes the variables of its function',
    source: `function a() { var x = 1; eval('var y = x + 1'); return y; } function b() { return eval('arguments.length + this.k'); }
      function c() { 'use strict'; let x = 3; return eval('x'); } return [a(), b.call({ k: 1 }, 1, 2), c()];`,
    counts: { a: [1, 0], b: [1, 0], c: [1, 0] },
  },
  {
    title: 'with statements are not looked through',
    source: `const asked = []; const scope = new Proxy({}, { has(t, key) { asked.push(String(key)); return false; } });
      function a(x) { with (scope) { return (function () { return x; })(); } } return [a(1), asked];`,
    counts: { 'Proxy.has': [1, 0], a: [1, 0] },
  },
  {
    title: 'getters and setters of literals and classes, and their errors',
    source: `const o = { get bad() { throw new TypeError('no'); }, set bad(v) { this.v = v; }, get good() { return this.v; } };
      o.bad = 1; let e; try { o.bad; } catch (error) { e = error.message; } return [o.good, e];`,
    counts: { 'get o.bad': [1, 1], 'set o.bad': [1, 0], 'get o.good': [1, 0] },
  },
  {
    title: 'async functions: values, throws, rejections, promises returned',
    source: `const bad = () => Promise.reject(new RangeError('r'));
      async function a() { await null; return 1; } async function b() { throw new TypeError('b'); } async function c() { return bad(); }
      async function d() { return new Promise((done) => setTimeout(done, 5, 'd')); } const e = async (x) => x; const f = async () => { await bad(); };
      async function g() { return { then(done) { done('thenable'); } }; } async function h() {} async function i() { return; }
      return Promise.allSettled([a(), b(), c(), d(), e(2), f(), g(), h(), i()]);`,
    counts: {
      bad: [2, 0],
      a: [1, 0],
      b: [1, 1],
      c: [1, 1],
      d: [1, 0],
      'd.Promise(#1)': [1, 0],
      e: [1, 0],
      f: [1, 1],
      g: [1, 0],
      'g.then': [1, 0],
      h: [1, 0],
      i: [1, 0],
    },
  },
  {
    title: 'the order of microtasks does not change',
    source: `const log = []; const tick = (n) => { let p = Promise.resolve(); for (let i = 0; i < n; i++) { const k = i; p = p.then(() => log.push('tick' + k)); } return p; };
      async function value() { return 1; } async function promise() { return Promise.resolve(1); } async function awaiting() { await null; return 2; }
      async function failing() { throw 1; } async function rejecting() { return Promise.reject(1); }
      value().then(() => log.push('value')); promise().then(() => log.push('promise')); awaiting().then(() => log.push('awaiting'));
      failing().catch(() => log.push('failing')); rejecting().catch(() => log.push('rejecting'));
      return tick(8).then(() => log);`,
    counts: {
      tick: [1, 0],
      'tick.then(#1)': [8, 0],
      value: [1, 0],
      promise: [1, 0],
      awaiting: [1, 0],
      failing: [1, 1],
      rejecting: [1, 1],
      'then(#1)': [1, 0],
      'then(#2)': [1, 0],
      'then(#3)': [1, 0],
      'catch(#4)': [1, 0],
      'catch(#5)': [1, 0],
      'then(#6)': [1, 0],
    },
  },
  {
    title: 'a subclass of Promise is constructed as often as before',
    source: `let made = 0; class P extends Promise { constructor(f) { super(f); made++; } }
      async function a() { return new P((done) => done(1)); } return a().then((v) => [v, made]);`,
    counts: { 'P.constructor': [2, 0], a: [1, 0], 'a.P(#1)': [1, 0], 'then(#1)': [1, 0] },
  },
  {
    title: 'generators: next, return, throw, delegation, early exit',
    source: `const log = []; function* a() { try { yield 1; yield 2; } finally { log.push('closed'); } } function* b() { yield* a(); return 3; }
      function* c() { yield 1; throw new Error('c'); } function* d() { try { yield 1; } catch (e) { yield e; } }
      const ds = d(); ds.next(); const dropped = a(); const thrown = a(); thrown.next(); let e1, e2;
      try { thrown.throw(new RangeError('in')); } catch (e) { e1 = e.message; } try { [...c()]; } catch (e) { e2 = e.message; }
      for (const x of b()) break; return [[...b()], ds.throw(7), e1, e2, log, a().next.length];`,
    counts: { a: [3, 1], b: [2, 0], c: [1, 1], d: [1, 0] },
  },
  {
    title: 'async generators',
    source: `async function* a() { yield 1; yield Promise.resolve(2); return Promise.resolve(3); } async function* b() { yield* a(); throw new Error('b'); }
      async function* c() { return Promise.reject(new TypeError('c')); }
      async function run() { const out = []; try { for await (const x of b()) out.push(x); } catch (e) { out.push(e.message); } try { await c().next(); } catch (e) { out.push(e.message); } return out; }
      return run();`,
    counts: { a: [1, 0], b: [1, 1], c: [1, 1], run: [1, 0] },
  },
  {
    title: 'callbacks, immediately called functions, currying, default arrows',
    source:
      'const add = (a) => (b) => (c) => a + b + c; return [[3, 1].sort((x, y) => x - y), (function () { return this === undefined; }).call(null), add(1)(2)(3), ((x = () => 4) => x())()];',
    counts: {
      add: [1, 0],
      'add.anonymous(#1)': [1, 0],
      'add.anonymous(#1).anonymous(#1)': [1, 0],
      'sort(#1)': [1, 0],
      'anonymous(#2)': [1, 0],
      'anonymous(#3)': [1, 0],
      'anonymous(#3).x': [1, 0],
    },
  },
  {
    title: 'names from every alphabet, and escapes in them',
    source: String.raw`function größe() { return 1 + 1; } const \u0061bc = () => größe(); return [abc(), abc.name, größe.name];`,
    counts: { größe: [1, 0], '\\u0061bc': [1, 0] },
  },
  {
    title: 'a stack overflow is caught where it was',
    source:
      'let deepest = 0; function down(n) { deepest = n; down(n + 1); } try { down(0); } catch (e) { return [e instanceof RangeError, deepest > 1000]; }',
    counts: {},
  },
];

/** docs/probes.md tells of it: an open async function needs one turn of the queue of microtasks more. */
const changedByOpening = new Set(['the order of microtasks does not change']);

describe('a measured program does what it did, and is counted', () => {
  for (const { title, source, counts } of cases) {
    it(title, async () => {
      const run = await runBoth(source);
      expect(run.result.unreadable).toBeUndefined();
      expect(run.measured).toEqual(run.plain);
      if (title !== 'a stack overflow is caught where it was') expect(run.counts).toEqual(counts);
      expect(run.result.code.split('\n')).toHaveLength(source.split('\n').length);
      expect(restoreText(run.result.code)).toBe(source);
    });
    it(`${title} (with each function open)`, async () => {
      const run = await runBoth(source, { open: true });
      if (!changedByOpening.has(title)) expect(run.measured).toEqual(run.plain);
      if (title !== 'a stack overflow is caught where it was') expect(run.counts).toEqual(counts);
      if (run.result.functions.some(({ noTwin }) => noTwin === undefined)) expect(run.passed).toBeGreaterThan(0);
    });
    it(`${title} (read as TypeScript)`, async () => {
      if (/with \(|arguments\(\)/.test(source)) return;
      const { result } = await runBoth(source);
      const babel = transform(source, {
        filename: 'case.ts',
        sourceType: 'commonjs',
        language: 'typescript',
        firstSlot: 0,
      });
      expect(babel.unreadable).toBeUndefined();
      expect(babel.code).toBe(result.code);
    });
  }
});

/** A tag that tells all that it is given, and whether it is given the same object again. */
const telling = `const seen = new Map();
function tag(strings, ...values) {
  const raw = Object.getOwnPropertyDescriptor(strings, 'raw');
  const place = JSON.stringify(strings.raw);
  const isSame = !seen.has(place) || seen.get(place) === strings;
  seen.set(place, strings);
  return { of: this?.name, strings: [...strings], raw, frozen: [strings, raw.value].map(Object.isFrozen), values, isSame };
}
const db = { name: 'db', sql: tag, self() { return this; }, make: { sql: class { constructor(x) { this.x = x; } } } };
const curried = (...one) => (...other) => [tag(...one), tag(...other)];
`;
const overLines: readonly (readonly [title: string, body: string])[] = [
  ['a tag', 'tag`a\n  b ${x} c\n`'],
  ['a tag with a break before its template', 'tag\n  `a\n`'],
  ['a method as a tag, with its object', 'db.sql`select\n  ${x}\n`'],
  ['a computed method of what a call gives', 'db.self()["sql"]`\n${x}`'],
  ['templates within a template, and in a function inside', 'tag`a\n${db.sql`b\n${((n) => tag`c\n${n}`)(x)}`}`'],
  ['a template as all that an arrow inside has', '[x].map((n) => tag`a\n${n}`)'],
  ['one behind the other', 'curried`a\n``b\n${x}`'],
  ['members of what it gives', 'tag`a\n${x}`.strings.length'],
  ['carriage returns, which are line feeds', 'tag`a\r\nb\rc${x}`'],
  ['escapes, also those that are none', 'tag`\\n\n\\u{41}\\u\n${x}\\x4\n\\\\`'],
  ['String.raw', 'String.raw`\\n\n${x}\\t\n`'],
  ['a line only', 'tag`a ${x}`'],
  ['a template without a tag that is continued', '`a\\\n  b\n${x}\\\r\n\\\\\n`'],
  ['strings that are continued', "['a\\\nb', 'a\\\\\\\r\nb', { 'k\\\ny': x }]"],
];
const notInOne: readonly (readonly [title: string, body: string])[] = [
  ['behind new', 'new db.make.sql`a\n${x}`.x'],
  ['with the escape that line ends become', 'tag`\\u000a\n${x}`'],
  ['that is continued', 'tag`a\\\nb`'],
  ['with a line separator', '`a\u2028b${x}`'],
];

describe('literals over several lines', () => {
  const program = (body: string) => `${telling}function f(x) { return (${body}); }\nreturn [f(1), f(2)];`;

  it.each(overLines)('are what they were in a twin: %s', async (_title, body) => {
    const run = await runBoth(program(body), { open: true });
    expect(run.measured).toEqual(run.plain);
    expect(run.plain.thrown).toBeUndefined();
    expect(run.result.functions.find(({ name }) => name === 'f')?.noTwin).toBeUndefined();
    expect(run.passed).toBeGreaterThan(0);
    expect(run.result.code.split(/\r\n|[\n\r\u2028\u2029]/)).toHaveLength(
      program(body).split(/\r\n|[\n\r\u2028\u2029]/).length,
    );
    expect(restoreText(run.result.code)).toBe(program(body));
    const typed = { filename: 'case.ts', sourceType: 'commonjs', language: 'typescript', firstSlot: 0 } as const;
    expect(transform(program(body), typed).code).toBe(run.result.code);
  });

  it.each(notInOne)('have no twin: %s', async (_title, body) => {
    const run = await runBoth(program(body), { open: true });
    expect(run.measured).toEqual(run.plain);
    expect(run.result.functions.find(({ name }) => name === 'f')?.noTwin).toBe('literal');
  });
});
