/**
 * Source texts with the names and lines that every part must give their functions, in source order. The sensor's and
 * the language server's tests both run this table, so both sides always agree. A line (1-based) is that of the
 * function's first token: its `async` or `function`, the parameter of an arrow, a method's first modifier or key
 * (after decorators).
 */
export interface NamingVector {
  readonly title: string;
  readonly language: 'javascript' | 'typescript' | 'typescriptreact';
  readonly source: string;
  /** `[qualified name, line]` */
  readonly functions: readonly (readonly [name: string, line: number])[];
}

const js = (
  title: string,
  source: string,
  ...functions: readonly (readonly [string, number])[]
): NamingVector => ({ title, language: 'javascript', source, functions });
const ts = (
  title: string,
  source: string,
  ...functions: readonly (readonly [string, number])[]
): NamingVector => ({ title, language: 'typescript', source, functions });

export const namingVectors: readonly NamingVector[] = [
  js('a declaration', 'function pay() {}', ['pay', 1]),
  js('a nested declaration', 'function outer() {\n  function inner() {}\n}', ['outer', 1], ['outer.inner', 2]),
  js('variables', 'const a = () => 1;\nlet b = function () {};\nvar c = async x => x;', ['a', 1], ['b', 2], ['c', 3]),
  js('a named function expression keeps its own name', 'const a = function b() {};', ['b', 1]),
  js('an arrow on the line after its name', 'const a =\n  async () => {};', ['a', 2]),
  js('export default of a nameless function', 'export default function () {}', ['default', 1]),
  js('export default of an arrow', 'export default async () => {};', ['default', 1]),
  js('exports', 'export async function a() {}\nexport const b = () => {};', ['a', 1], ['b', 2]),
  js(
    'CommonJS exports',
    'module.exports = function () {};\nexports.a = function () {};\nmodule.exports.b = () => {};\nmodule.exports = { c() {}, d: () => {} };',
    ['exports', 1],
    ['a', 2],
    ['b', 3],
    ['c', 4],
    ['d', 4],
  ),
  js(
    'class members',
    'class Cart {\n  constructor() {}\n  add(item) {}\n  static of() {}\n  get total() { return 0; }\n  set total(v) {}\n  async *lines() {}\n  #secret() {}\n  static async load() {}\n}',
    ['Cart.constructor', 2],
    ['Cart.add', 3],
    ['Cart.of', 4],
    ['get Cart.total', 5],
    ['set Cart.total', 6],
    ['Cart.lines', 7],
    ['Cart.#secret', 8],
    ['Cart.load', 9],
  ),
  js(
    'class fields and static blocks',
    'class A {\n  handle = () => {};\n  static make = function () {};\n  list = [1].map((x) => x);\n  static { setTimeout(() => {}); }\n}',
    ['A.handle', 2],
    ['A.make', 3],
    ['A.map(#1)', 4],
    ['A.setTimeout(#2)', 5],
  ),
  js(
    'class expressions',
    'const A = class { m() {} };\nconst B = class C { m() {} };\nuse(class { m() {} });\nexport default class { m() {} }',
    ['A.m', 1],
    ['C.m', 2],
    ['use.m', 3],
    ['default.m', 4],
  ),
  js('a class in a function', 'function f() {\n  return class { m() {} };\n}', ['f', 1], ['f.class.m', 2]),
  js(
    'object literals',
    "const api = {\n  get(id) {},\n  put: async (id) => {},\n  get size() { return 1; },\n  nested: { deep() {} },\n  'a-b'() {},\n  1() {},\n  [key]() {},\n  ['lit']: () => {},\n};",
    ['api.get', 2],
    ['api.put', 3],
    ['get api.size', 4],
    ['api.nested.deep', 5],
    ['api.a-b', 6],
    ['api.1', 7],
    ['api.[key]', 8],
    ['api.lit', 9],
  ),
  js(
    'an object literal takes the name of what it is passed to',
    'function start(server) {\n  server.route({ handler: async () => {}, onError() {} });\n  return { stop() {} };\n}',
    ['start', 1],
    ['start.route.handler', 2],
    ['start.route.onError', 2],
    ['start.stop', 3],
  ),
  js(
    'callbacks are counted in their enclosing function',
    'function handler(items) {\n  items.map((x) => x).filter((y) => y);\n  setTimeout(function () {\n    items.forEach((z) => z);\n  }, 1);\n}\nqueue.on("job", (j) => j);',
    ['handler', 1],
    ['handler.map(#1)', 2],
    ['handler.filter(#2)', 2],
    ['handler.setTimeout(#3)', 3],
    ['handler.setTimeout(#3).forEach(#1)', 4],
    ['on(#1)', 7],
  ),
  js(
    'callees',
    'f(() => 1);\nnew Promise((done) => done());\na?.b?.(() => 2);\na[0](() => 3);\nf()(() => 4);\na["b"](() => 5);\nimport("x").then((m) => m);',
    ['f(#1)', 1],
    ['Promise(#2)', 2],
    ['b(#3)', 3],
    ['anonymous(#4)', 4],
    ['anonymous(#5)', 5],
    ['b(#6)', 6],
    ['then(#7)', 7],
  ),
  js(
    'functions that nothing names',
    '(function () {})();\n(() => {})();\nconst list = [() => 1, function () {}];\nfunction f() { return () => 2; }',
    ['anonymous(#1)', 1],
    ['anonymous(#2)', 2],
    ['anonymous(#3)', 3],
    ['anonymous(#4)', 3],
    ['f', 4],
    ['f.anonymous(#1)', 4],
  ),
  js('a named callback', 'on("x", function done() {});', ['done', 1]),
  js(
    'wrappers let the name through',
    'const a = (() => 1);\nconst b = c ? () => 1 : () => 2;\nconst d = e ?? (() => 3);\ng(h || (() => 4));',
    ['a', 1],
    ['b', 2],
    ['b', 2],
    ['d', 3],
    ['g(#1)', 4],
  ),
  js(
    'a call is not let through',
    'const save = debounce(() => {}, 10);\nconst memo = wrap(function named() {});',
    ['debounce(#1)', 1],
    ['named', 2],
  ),
  js(
    'assignments',
    'obj.run = function () {};\nCart.prototype.add = function () {};\nCart.prototype = { drop() {} };\na.b.c = () => {};\na[k] = () => {};\na["s"] = () => {};\nx ||= () => {};\nf().g = () => {};',
    ['obj.run', 1],
    ['Cart.add', 2],
    ['Cart.drop', 3],
    ['a.b.c', 4],
    ['a.[k]', 5],
    ['a.s', 6],
    ['x', 7],
    ['g', 8],
  ),
  js(
    'assignments to this',
    'class A {\n  start() {\n    this.tick = () => {};\n  }\n}\nfunction Old() {\n  this.run = function () {};\n}',
    ['A.start', 2],
    ['A.tick', 3],
    ['Old', 6],
    ['Old.run', 7],
  ),
  js(
    'default values',
    'function f(cb = () => {}, { on = function () {} } = {}) {}\nconst { g = () => {} } = o;',
    ['f', 1],
    ['f.cb', 1],
    ['f.on', 1],
    ['g', 2],
  ),
  js(
    'accessors and what they contain',
    'const o = {\n  get a() {\n    return [].map(() => 1);\n  },\n};',
    ['get o.a', 2],
    ['o.a.map(#1)', 3],
  ),
  js('generators', 'function* ids() {}\nconst more = async function* () {};', ['ids', 1], ['more', 2]),
  js('twins', 'if (a) {\n  function f() {}\n} else {\n  function f() {}\n}', ['f', 2], ['f', 4]),
  js('every Unicode', 'const größe = () => 1;\nclass 数 { 計() {} }\nconst 𝒳 = () => "😀";', ['größe', 1], ['数.計', 2], ['𝒳', 3]),
  js('a computed key is source text on one line', 'const o = { [a\n  +  b]() {} };', ['o.[a + b]', 1]),
  js('a regular expression, a template and a comment mislead nobody', 'const r = /function x() {}/;\nconst t = `${(() => 1)()}`;\n// function y() {}\nfunction z() {}', ['anonymous(#1)', 2], ['z', 4]),
  js('a hashbang', '#!/usr/bin/env node\nfunction main() {}', ['main', 2]),
  js('a getter called static, a method called get', 'class A {\n  static() {}\n  get() {}\n  async() {}\n  static get get() { return 1; }\n}', ['A.static', 2], ['A.get', 3], ['A.async', 4], ['get A.get', 5]),
  ts(
    'types are not functions',
    'type F = () => void;\ninterface I { m(): void; f: () => void }\ndeclare function d(): void;\nabstract class A { abstract m(): void; n(): void {} }\nfunction over(a: string): void;\nfunction over(a: unknown): void {}',
    ['A.n', 4],
    ['over', 6],
  ),
  ts(
    'types around functions',
    'const a = (<T,>(x: T): T => x) as F;\nconst b = ((x: number) => x) satisfies F;\nfunction c<T>(this: Window, x?: T): x is NonNullable<T> { return true; }\nf<string>(() => 1);\ng!(() => 2);',
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['f(#1)', 4],
    ['g(#2)', 5],
  ),
  ts(
    'a class with modifiers and decorators',
    '@Injectable()\nclass Svc {\n  constructor(private readonly db: Db) {}\n  @Get()\n  public async list(): Promise<void> {}\n  private static readonly make = (): Svc => new Svc(x);\n  protected override get n(): number { return 1; }\n}',
    ['Svc.constructor', 3],
    ['Svc.list', 5],
    ['Svc.make', 6],
    ['get Svc.n', 7],
  ),
  ts('a namespace', 'namespace Shop {\n  export function open() {}\n  export namespace Inner { export const f = () => 1; }\n}', ['Shop.open', 2], ['Shop.Inner.f', 3]),
  ts('generics on methods', 'class Box<T> {\n  map<U>(f: (x: T) => U): Box<U> { return new Box(f(this.v)); }\n}', ['Box.map', 2]),
  ts('an enum and an export assignment', 'enum E { A = 1 }\nexport = { f() {} };', ['f', 2]),
  {
    title: 'JSX attributes and children',
    language: 'typescriptreact',
    source:
      'export function View({ items }: Props) {\n  return <List onPick={(x) => x} render={() => <b/>}>{items.map((i) => <li key={i}/>)}</List>;\n}',
    functions: [
      ['View', 1],
      ['View.onPick(#1)', 2],
      ['View.render(#2)', 2],
      ['View.map(#3)', 2],
    ],
  },
];
