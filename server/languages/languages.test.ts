import { describe, expect, it } from 'vitest';
import { Parser } from 'web-tree-sitter';
import { loadGrammar } from '../documents/grammars.ts';
import { languageById, languages } from './registry.ts';

async function functionsOf(id: string, source: string): Promise<string[]> {
  const definition = languageById(id);
  if (!definition) throw new Error(`no definition for ${id}`);
  const grammar = await loadGrammar(definition);
  const parser = new Parser();
  parser.setLanguage(grammar);
  const tree = parser.parse(source);
  if (!tree) throw new Error('no tree');
  const names = definition.functions(tree, source).map(({ name, line }) => `${line} ${name}`);
  tree.delete();
  parser.delete();
  return names;
}

const local = (id: string, reported: string, path: string, namespace?: string) =>
  languageById(id)?.localName?.(reported, { path, namespace });

/** By language: a text, and its functions as `line name`. */
const vectors: readonly (readonly [id: string, source: string, functions: readonly string[]])[] = [
  [
    'python',
    'class Cart:\n  @cached\n  def total(self):\n    def tax(): pass\n    return lambda: 1\n\n  class Line:\n    async def price(self): ...\n\ndef main(): pass\nif x:\n  def main(): pass',
    ['3 Cart.total', '4 Cart.total.tax', '8 Cart.Line.price', '10 main', '12 main'],
  ],
  [
    'java',
    'package shop;\nclass Cart {\n  Cart() {}\n  int total(int x) {\n    new Job() {\n      void run() {}\n    };\n    return 1;\n  }\n  static class Line { void price() {} }\n  abstract void none();\n}\ninterface Shop { default void open() {} void close(); }\nenum Kind { A { void a() {} }; void k() {} }\nrecord R(int x) { R {} }',
    [
      '3 Cart.constructor',
      '4 Cart.total',
      '6 Cart.total.Job.run',
      '10 Cart.Line.price',
      '13 Shop.open',
      '14 Kind.A.a',
      '14 Kind.k',
      '15 R.constructor',
    ],
  ],
  [
    'go',
    'package shop\nfunc Total() {\n  f := func() {\n    g(func() {})\n  }\n}\nfunc (c *Cart[T]) Add() {}\nfunc (Cart) Len() {}\nvar h = func() {}',
    ['2 Total', '3 Total.func1', '4 Total.func1.1', '7 Cart.Add', '8 Cart.Len', '9 glob..func1'],
  ],
  [
    'csharp',
    'namespace Shop.Web {\n  class Cart {\n    Cart() {}\n    int Total { get { return 1; } set {} }\n    int Count => 1;\n    int Auto { get; set; }\n    void Add<T>() {\n      void Inner() {}\n      Run(() => {});\n    }\n    int Fast() => 1;\n    public static Cart operator +(Cart a, Cart b) => a;\n  }\n  record Line(int X) { void Price() {} }\n  interface I { void None(); }\n}',
    [
      '3 Cart.constructor',
      '4 get Cart.Total',
      '4 set Cart.Total',
      '5 get Cart.Count',
      '7 Cart.Add',
      '8 Cart.Add.Inner',
      '11 Cart.Fast',
      '12 Cart.operator +',
      '14 Line.Price',
    ],
  ],
  [
    'ruby',
    'module Shop\n  class Web::Cart < Base\n    def add; end\n    def self.of; end\n    def total=(v); end\n    class << self\n      def load; end\n    end\n  end\nend\ndef main\n  [1].each { |x| x }\nend',
    ['3 Shop.Web.Cart.add', '4 Shop.Web.Cart.of', '5 Shop.Web.Cart.total=', '7 Shop.Web.Cart.load', '11 main'],
  ],
  [
    'php',
    '<?php\nnamespace Shop;\nclass Cart {\n  function add() { $f = function () {}; }\n  static function of() {}\n  abstract function none();\n}\ntrait T { function q() {} }\nenum E { function e() {} }\nfunction main() {\n  return new class { function run() {} };\n}',
    ['4 Cart.add', '5 Cart.of', '8 T.q', '9 E.e', '10 main', '11 main.class.run'],
  ],
  [
    'rust',
    'mod cart {\n  fn total() { let c = || 1; }\n}\nimpl<T> Cart<T> {\n  fn new() -> Self { fn inner() {} }\n}\nimpl fmt::Display for &a::Cart {\n  fn fmt(&self) {}\n}\ntrait Shop { fn none(&self); fn open(&self) {} }\nfn main() {}',
    ['2 cart.total', '5 Cart.new', '5 Cart.new.inner', '8 Cart.fmt', '10 Shop.open', '11 main'],
  ],
];

describe('functions of each language', () => {
  it.each(vectors)('%s', async (id, source, functions) => {
    expect(await functionsOf(id, source)).toEqual(functions);
  });

  it('every registered language has a grammar that loads and reads an empty text', async () => {
    for (const { languageIds } of languages) {
      for (const id of languageIds) expect(await functionsOf(id, '')).toEqual([]);
    }
  });

  it('a broken region shows nothing, and what is around it stays', async () => {
    const text = 'function before() {}\n\n)]} function broken( {{{ ??? %% ]\n\nfunction after() {}\n';
    const names = await functionsOf('javascript', text);
    expect(names).toContain('1 before');
    expect(names).toContain('5 after');
  });
});

describe('names that other SDKs report', () => {
  it.each([
    ['python', 'shop.cart.Cart.add', 'services/shop/cart.py', undefined, 'Cart.add'],
    ['python', 'cart.outer.<locals>.inner', 'shop/cart.py', undefined, 'outer.inner'],
    ['python', 'other.Cart.add', 'shop/cart.py', undefined, 'other.Cart.add'],
    ['java', 'com.shop.Cart$Line.price', 'Cart.java', 'com.shop', 'Cart.Line.price'],
    ['java', 'com.shop.Cart.<init>', 'Cart.java', 'com.shop', 'Cart.constructor'],
    ['java', 'com.other.Cart.add', 'Cart.java', 'com.shop', 'com.other.Cart.add'],
    ['go', 'github.com/acme/shop.(*Cart).Add', 'cart.go', 'shop', 'Cart.Add'],
    ['go', 'github.com/acme/other.Add', 'cart.go', 'shop', undefined],
    ['csharp', 'Shop.Web.Cart..ctor', 'Cart.cs', 'Shop.Web', 'Cart.constructor'],
    ['csharp', 'Shop.Web.Cart.get_Total', 'Cart.cs', 'Shop.Web', 'get Cart.Total'],
    ['ruby', 'Shop::Cart#add', 'cart.rb', undefined, 'Shop.Cart.add'],
    ['php', 'Shop\\Cart::add', 'Cart.php', 'Shop', 'Cart.add'],
    ['rust', 'shop::cart::total', 'src/cart.rs', undefined, 'total'],
    ['rust', '<shop::cart::Cart as Shop>::open', 'src/cart.rs', undefined, 'Cart.open'],
    ['rust', 'shop::main', 'src/main.rs', undefined, 'main'],
    ['rust', 'shop::other::total', 'src/cart.rs', undefined, 'shop.other.total'],
  ])('%s: %s', (id, reported, path, namespace, expected) => {
    expect(local(id, reported, path, namespace)).toBe(expected);
  });
});
