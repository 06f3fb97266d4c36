import { describe, expect, it } from 'vitest';
import { Parsers } from '../documents/parsed-text.ts';
import { languageById } from '../languages/registry.ts';
import { matchFunctions } from './match-functions.ts';

const parsers = new Parsers();

async function read(text: string, language = 'javascript') {
  const definition = languageById(language);
  if (!definition) throw new Error(language);
  const result = await parsers.parse(definition, text);
  if (result.kind === 'refused') throw new Error(result.message);
  return result.parsed;
}

/** `deployed@line -> editor@line (changed)`, and what is ambiguous. */
async function matches(before: string, after: string, language?: string): Promise<string[]> {
  const [deployed, editor] = [await read(before, language), await read(after, language)];
  const { pairs, ambiguous } = matchFunctions(deployed, editor);
  const told = [...pairs].map(([d, { editor: e, unchanged }]) => {
    const [from, to] = [deployed.functions[d], editor.functions[e]];
    return `${from?.name}@${from?.line} -> ${to?.name}@${to?.line}${unchanged ? '' : ' changed'}`;
  });
  const unclear = [...ambiguous].map((e) => `? ${editor.functions[e]?.name}@${editor.functions[e]?.line}`);
  deployed.dispose();
  editor.dispose();
  return [...told.sort(), ...unclear.sort()];
}

const body = (n: number): string =>
  `{\n  const price = item.price * ${n};\n  return price + item.tax.reduce((a, b) => a + b, ${n});\n}\n`;

describe('which function is which', () => {
  it('lines put above change nothing', async () => {
    expect(await matches('function f() { return 1; }\n', '// x\n\nfunction f() { return 1; }\n')).toEqual([
      'f@1 -> f@3',
    ]);
  });

  it('spaces and comments change nothing, tokens do', async () => {
    expect(
      await matches(
        'function f(a) { return a + 1; }\nfunction g() { return 1; }',
        'function f( a ) {\n  // why\n  return a+1;\n}\nfunction g() { return 2; }',
      ),
    ).toEqual(['f@1 -> f@1', 'g@2 -> g@5 changed']);
  });

  it('in Python, what is indented otherwise is changed', async () => {
    expect(
      await matches('def f(a):\n  if a:\n    x()\n    y()\n', 'def f(a):\n  if a:\n    x()\n  y()\n', 'python'),
    ).toEqual(['f@1 -> f@1 changed']);
  });

  it('a twin pasted above does not take the number of the one below', async () => {
    const deployed = `function f(item) ${body(1)}`;
    expect(await matches(deployed, `function f(item) ${body(2)}${deployed}`)).toEqual([
      'f.reduce(#1)@3 -> f.reduce(#1)@7',
      'f@1 -> f@5',
    ]);
  });

  it('of two with the same content, neither has the number of the one that was deployed', async () => {
    const deployed = 'function f() { return 1; }\n';
    expect(await matches(deployed, deployed + deployed)).toEqual(['? f@1', '? f@2']);
  });

  it('twins stay apart by content when they change places, and by order when they change', async () => {
    const [a, b, c] = ['function f() { return 1; }\n', 'function f() { return 2; }\n', 'function f() { return 3; }\n'];
    expect(await matches(a + b, b + a)).toEqual(['f@1 -> f@2', 'f@2 -> f@1']);
    expect(await matches(a + b, a + c)).toEqual(['f@1 -> f@1', 'f@2 -> f@2 changed']);
    expect(await matches(a + b, c)).toEqual(['? f@1']);
    expect(await matches(a + b, a)).toEqual(['f@1 -> f@1']);
  });

  it('a deleted function leaves its number to nobody', async () => {
    expect(
      await matches('function f() { return 1; }\nfunction g() { return 2; }', 'function g() { return 2; }'),
    ).toEqual(['g@2 -> g@1']);
  });

  it('a renamed function is found by its content, with what it holds', async () => {
    expect(await matches(`function old(item) ${body(1)}`, `function fresh(item) ${body(1)}`)).toEqual([
      'old.reduce(#1)@3 -> fresh.reduce(#1)@3',
      'old@1 -> fresh@1',
    ]);
  });

  it('a short content tells nothing: a new function is not an old one renamed', async () => {
    expect(await matches('function old() { return 1; }', 'function fresh() { return 1; }')).toEqual([]);
  });

  it('a content found twice tells nothing', async () => {
    expect(
      await matches(`function old(item) ${body(1)}`, `function a(item) ${body(1)}function b(item) ${body(1)}`),
    ).toEqual([]);
  });

  it('a callback put before another does not take its number', async () => {
    const deployed = 'function f(l) {\n  return l.map((x) => x.price);\n}';
    const editor = 'function f(l) {\n  l.map((x) => x.other);\n  return l.map((x) => x.price);\n}';
    expect(await matches(deployed, editor)).toEqual(['f.map(#1)@2 -> f.map(#2)@3', 'f@1 -> f@1 changed']);
    expect(await matches(editor, deployed)).toEqual(['f.map(#2)@3 -> f.map(#1)@2', 'f@1 -> f@1 changed']);
  });

  it('a callback that is the first of its callee now, where it was the second, and changed, is not told', async () => {
    const deployed = 'function f(l) {\n  l.each((x) => x.a);\n  return l.map((x) => x.price);\n}';
    const editor = 'function f(l) {\n  return l.map((x) => x.other);\n}';
    expect(await matches(deployed, editor)).toEqual(['f@1 -> f@1 changed']);
  });

  it('a function that was rewritten under its name has nothing of the old one, and what is within it is looked at all the same', async () => {
    const inner = (indent: string) => `${indent}const round = (value) => Math.round(value * 100) / 100;\n`;
    expect(
      await matches(
        `function total(items) {\n${inner('  ')}  return items.reduce((sum, item) => sum + item.price, 0);\n}\n`,
        `async function total(db, user) {\n${inner('')}  await connect(db);\n  const { rows } = await db.query('select', [user]);\n  if (rows.length === 0) throw new NoSuchCart(user);\n  log.info({ user, rows: rows.length });\n  return formatMoney(rows[0].sum, locale);\n}\n`,
      ),
    ).toEqual(['total.round@2 -> total.round@2']);
  });

  it('a short method is found where its class is written otherwise, by its last name and content', async () => {
    expect(
      await matches(
        'var cart = {};\ncart.eject = function eject(id) { if (this.all[id]) this.all[id] = null; };\n',
        'class Cart {\n  clear() { this.all = []; }\n  eject(id) { if (this.all[id]) this.all[id] = null; }\n}\n',
      ),
    ).toEqual(['eject@2 -> Cart.eject@3 changed']);
  });

  it('callbacks whose callee has another name now are found by content and order, changed ones by likeness', async () => {
    expect(
      await matches(
        'function f(s) {\n  on(new Old(s, () => end()));\n  on(new Old(s, () => end()));\n  on(new Old(s, (item) => { count(item.price, item.tax); log(item.name); }));\n}',
        'function f(s) {\n  on(make(s, (item) => { count(item.price, item.tax); warn(item.name); }));\n  on(make(s, () => end()));\n  on(make(s, () => end()));\n}',
      ),
    ).toEqual([
      'f.Old(#1)@2 -> f.make(#2)@3',
      'f.Old(#2)@3 -> f.make(#3)@4',
      'f.Old(#3)@4 -> f.make(#1)@2 changed',
      'f@1 -> f@1 changed',
    ]);
  });

  it('of two that are as like the old one, neither has its numbers', async () => {
    const handler = (name: string) => `(item) => { count(item.price, item.tax); log(item.${name}); }`;
    expect(
      await matches(
        `function f(s) {\n  on(new Old(s, ${handler('a')}));\n}`,
        `function f(s) {\n  on(make(s, ${handler('b')}));\n  on(make(s, ${handler('c')}));\n}`,
      ),
    ).toEqual(['f@1 -> f@1 changed']);
  });

  it('a renamed and changed function is found when it is long and much like it, a getter beside a getter is not', async () => {
    const long = (name: string, last: string) =>
      `function ${name}(order) {\n  const lines = order.lines.filter((line) => line.count > 0);\n  const total = lines.map((line) => line.price * line.count);\n  const tax = order.country.tax.rate;\n  return ${last};\n}\n`;
    expect((await matches(long('sum', 'total * tax'), long('grandTotal', 'round(total * tax)')))[0]).toBe(
      'sum.filter(#1)@2 -> grandTotal.filter(#1)@2',
    );
    expect(await matches(long('sum', 'total * tax'), long('grandTotal', 'round(total * tax)'))).toContain(
      'sum@1 -> grandTotal@1 changed',
    );
    expect(
      await matches(
        'class A { get one() { return this.state._one; } }',
        'class A { get two() { return this.state._two; } }',
      ),
    ).toEqual([]);
  });
});
