import { describe, expect, it } from 'vitest';
import { probeLimits } from '../limits.ts';
import { parseMessage } from './message.ts';
import { parseExpression } from './parse.ts';

const refused = (text: string) => {
  const parsed = parseExpression(text);
  if (parsed.ok) throw new Error(`${text} was read`);
  return parsed.refusal;
};

describe('an expression that is refused', () => {
  it.each([
    ['status = 500', 'write === instead of ='],
    ['user.name = "x"', 'write === instead of ='],
    ['count += 1', 'write === instead of ='],
    ['a ??= b', 'write === instead of ='],
    ['count++', 'x + 1'],
    ['--count', 'x + 1'],
    ['delete user.name', 'delete is not run'],
    ['new Date()', 'construct'],
    ['await user.load()', 'cannot wait'],
    ['function () {}', 'items.some'],
    ['class {}', 'classes'],
    ['tag`x`', 'without it'],
    ['a, b', '&& or ||'],
    ['import("fs")', 'load'],
    ['import.meta.url', 'import.meta'],
    ['new.target', 'new.target'],
    ['{ a: 1 }', 'one by one'],
    ['({ a: 1 })', 'one by one'],
    ['[...items]', 'iterators'],
    ['f(...items)', 'call of the program'],
    ['items.includes(...x)', 'iterators'],
    ['/a+$/.test(name)', 'startsWith'],
    ['name.match(/a/)', 'not among'],
    ['name.replace("a", "b")', 'not among'],
    ['name.repeat(1e9)', 'not among'],
    ['items.push(1)', 'not among'],
    ['items.sort()', 'not among'],
    ['items["push"](1)', 'by its name'],
    ['load()', 'call of the program'],
    ['this.load()', 'not among'],
    ['eval("x")', 'call of the program'],
    ['Function("return 1")()', 'call of the program'],
    ['constructor.constructor("x")()', 'call of the program'],
    ['(() => 1)()', 'call of the program'],
    ['x => x', 'argument'],
    ['items.some(x => { return x })', 'without braces'],
    ['items.some(async x => x)', 'async'],
    ['items.some(({ id }) => id)', 'plain name'],
    ['items.some(check)', 'takes an arrow'],
    ['#secret in this', 'private'],
    ['this.#secret', 'private'],
    ['super.x', 'super'],
    ['void 0', 'void'],
    ['2 ** 1000000', '**'],
    ['Reflect.ownKeys(x)', 'not among'],
    ['Object.assign(a, b)', 'not among'],
    ['JSON.parse(x)', 'not among'],
    ['Math.random()', 'not among'],
    ['items.some(Math => Math.abs(1))', 'not among'],
    ['x?.y?.()', 'Write x?.method'],
    ['', 'empty'],
    ['   ', 'empty'],
    ['a;', 'without ";"'],
    ['a b', 'has ended'],
    ['a ===', 'not a JavaScript expression'],
    ['"', 'not a JavaScript expression'],
    [`${'('.repeat(100)}a${')'.repeat(100)}`, 'nested too deeply'],
    [`${'a.'.repeat(600)}a`, 'too long'],
    ['a'.repeat(3000), 'at most 2048'],
  ])('%s', (text, reason) => {
    expect(refused(text).problem).toMatch(new RegExp(reason.replace(/[.*+?^${}()[\]\\]/g, '\\$&')));
  });

  describe('for its depth, whatever nests', () => {
    const forms = {
      not: `${'!'.repeat(2_000)}a`,
      typeof: `${'typeof '.repeat(280)}a`,
      minus: `${'- '.repeat(1_000)}a`,
      conditional: `${'a?b:'.repeat(500)}c`,
      'condition in a condition': `${'a?'.repeat(500)}b${':c'.repeat(500)}`,
      member: `a${'.b'.repeat(1_000)}`,
      index: `a${'[0]'.repeat(600)}`,
      'optional member': `a${'?.b'.repeat(600)}`,
      sum: `a${'+a'.repeat(1_000)}`,
      and: `a${'&&a'.repeat(600)}`,
      parentheses: `${'('.repeat(1_000)}a${')'.repeat(1_000)}`,
      lists: `${'['.repeat(1_000)}a${']'.repeat(1_000)}`,
      template: `${'`${'.repeat(400)}a${'}`'.repeat(400)}`,
    };
    it.each(Object.entries(forms))('%s', (_, text) => {
      expect(text.length).toBeLessThanOrEqual(probeLimits.expression);
      expect(refused(text).problem).toMatch(/write a simpler expression/);
    });
  });

  it('tells its place', () => {
    expect(refused('a === 1 && (b = 2)')).toMatchObject({ at: 12, end: 17 });
    expect(refused('a === 1 && load(3)')).toMatchObject({ at: 11, end: 15 });
  });
});

describe('an expression that is read', () => {
  it.each([
    ['response.status === 500', ['response']],
    ['this.items.some((x, i) => x.id === id && i > 0)', ['this', 'id']],
    ['user?.address?.city?.startsWith("B")', ['user']],
    ['`${a}-${b}`.length > 3', ['a', 'b']],
    ['Math.max(a, b) > Number(c)', ['a', 'b', 'c']],
    ['typeof x === "string" ? x : undefined', ['x', 'undefined']],
    ['e instanceof TypeError', ['e', 'TypeError']],
    ['"status" in response', ['response']],
    ['$return.status >= 500 || $duration > 0.2', ['$return', '$duration']],
    ['map.get(key)?.size > 2', ['map', 'key']],
    ['items.filter(x => x.tags.includes(x.name)).length', ['items']],
  ])('%s reads %j', (text, names) => {
    const parsed = parseExpression(text);
    expect(parsed.ok && parsed.names).toEqual(names);
  });
});

describe('a message of a log', () => {
  it('has text, expressions and braces', () => {
    const parsed = parseMessage('order {order.id} took {`${ms} ms`} {{sic}}');
    expect(parsed).toMatchObject({ ok: true, texts: ['order ', ' took ', ' {sic}'], names: ['order', 'ms'] });
    expect(parsed.ok && parsed.expressions.map((each) => each.text)).toEqual(['order.id', '`${ms} ms`']);
  });

  it.each([
    ['{a', '}}?|not closed', 0],
    ['a }', 'closes nothing', 2],
    ['x {load()}', 'call of the program', 3],
    ['x {}', 'empty', 3],
  ])('%s is refused with its place', (text, reason, at) => {
    const parsed = parseMessage(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.refusal.problem).toMatch(new RegExp(reason));
    expect(parsed.refusal.at).toBe(at);
  });
});
