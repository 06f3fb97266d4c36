import { parseExpression } from '@runlens/protocol/probes/expression/parse';
import { describe, expect, it } from 'vitest';
import { compile, evaluateSafely } from './evaluate.ts';

type Frame = Readonly<Record<string, unknown>>;

function evaluate(text: string, frame: Frame) {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.refusal.problem);
  const compiled = compile<Frame>(parsed.expression, (name) =>
    Object.hasOwn(frame, name) ? (given) => given[name] : undefined,
  );
  if (!compiled.ok) throw new Error(`${compiled.missing} is missing`);
  return evaluateSafely(compiled.evaluate, frame);
}

const resultOf = (text: string, frame: Frame) => {
  const evaluated = evaluate(text, frame);
  if (!evaluated.ok) throw new Error(evaluated.problem);
  return evaluated.value;
};
const problemOf = (text: string, frame: Frame) => {
  const evaluated = evaluate(text, frame);
  return evaluated.ok ? `gave ${String(evaluated.value)}` : evaluated.problem;
};

class Account {
  #pin = '1234';
  runs = 0;
  owner = { name: 'Ada', tags: ['a', 'b'] };
  get balance() {
    this.runs += 1;
    return this.#pin.length;
  }
}
class Special extends Account {}

describe('an expression', () => {
  const account = new Special();
  const frame: Frame = {
    account,
    Account,
    items: [
      { id: 1, price: 3.5, tags: ['new'] },
      { id: 2, price: 7, tags: [] },
    ],
    map: new Map<unknown, unknown>([
      ['k', 1],
      [account, 2],
    ]),
    set: new Set([1, Number.NaN]),
    date: new Date(0),
    bytes: new Uint8Array(5),
    text: 'hello, world',
    none: null,
    n: 5,
    big: 5n,
    error: new TypeError('no'),
    TypeError,
    bare: Object.assign(Object.create(null), { x: 1 }),
    nested: { a: [{ b: 'deep' }] },
  };

  it.each<[string, unknown]>([
    ['n === 5', true],
    ['n == "5"', true],
    ['none == undefined', true],
    ['account == null', false],
    ['account.owner.name', 'Ada'],
    ['account["owner"]["name"]', 'Ada'],
    ['account.owner.tags.includes("b")', true],
    ['account instanceof Account', true],
    ['n instanceof Account', false],
    ['error instanceof TypeError && error.message === "no"', true],
    ['"owner" in account', true],
    ['"balance" in account', true],
    ['"nothing" in account', false],
    ['none?.x.y.z', undefined],
    ['none?.x.y.z === undefined', true],
    ['(none?.x)?.y', undefined],
    ['items.some(i => i.id === 2 && i.price > n)', true],
    ['items.every((i, at) => i.id === at + 1)', true],
    ['items.filter(i => i.tags.some(t => t === "new" && i.id === 1)).length', 1],
    ['items.map(i => i.id).join("-")', '1-2'],
    ['items.find(i => i.id === 2).price', 7],
    ['items.findIndex(i => i.id === 9)', -1],
    ['items.at(-1).id', 2],
    ['items.slice(1).length', 1],
    ['map.get("k")', 1],
    ['map.get(account)', 2],
    ['map.size + set.size', 4],
    ['set.has(0 / 0)', true],
    ['bytes.length === 5 && bytes.byteLength === 5', true],
    ['date.getTime() === 0', true],
    ['date.toISOString()', '1970-01-01T00:00:00.000Z'],
    ['text.startsWith("hello") && text.length === 12', true],
    ['text[1] + text.at(-1)', 'ed'],
    ['text.split(", ").length', 2],
    ['text.toUpperCase().slice(0, 5)', 'HELLO'],
    ['`${n}/${text.length}`', '5/12'],
    ['typeof n === "number" ? "n" : "other"', 'n'],
    ['big + 1n === 6n', true],
    ['-n + +"3" - ~n', 4],
    ['Math.max(n, 9) % 4', 1],
    ['Number("12") > parseInt("7")', true],
    ['bare.x', 1],
    ['nested.a[0].b', 'deep'],
    ['none ?? "nothing"', 'nothing'],
    ['[1, 2, n].includes(5)', true],
    ['undefined === none', false],
    ['Number.isNaN(NaN)', true],
  ])('%s is %j', (text, value) => {
    expect(resultOf(text, frame)).toBe(value);
  });

  it('whose name is not in scope is told at once', () => {
    const parsed = parseExpression('a.b === missing');
    expect(parsed.ok && compile(parsed.expression, (name) => (name === 'a' ? () => 1 : undefined))).toEqual({
      ok: false,
      missing: 'missing',
    });
  });

  it('of a name of the program does not take the built-in of that name', () => {
    expect(resultOf('NaN', { NaN: 7 })).toBe(7);
  });
});

describe('nothing of the program is run', () => {
  let ran = 0;
  const bump = () => {
    ran += 1;
    return ran;
  };
  const traps = Object.fromEntries(
    Object.getOwnPropertyNames(Reflect).map((trap) => [
      trap,
      (...given: never[]) => {
        bump();
        return Reflect.get(Reflect, trap)(...given);
      },
    ]),
  );
  const proxied = new Proxy({ a: 1 }, traps);
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const frame: Frame = {
    getter: Object.defineProperty({}, 'x', { get: bump, enumerable: true }),
    inherited: Object.create(Object.defineProperty({}, 'x', { get: bump })),
    account: new Account(),
    proxied,
    revoked: revoked.proxy,
    proxiedArray: new Proxy([1, 2], traps),
    overProxy: Object.create(proxied),
    functionProxy: new Proxy(() => 1, traps),
    valued: { valueOf: bump, toString: bump, [Symbol.toPrimitive]: bump },
    holes: Object.defineProperty([1, 2, 3], '1', { get: bump }),
    lying: { [Symbol.hasInstance]: bump },
    LyingClass: Object.defineProperty(class {}, Symbol.hasInstance, { value: bump }),
    error: Object.defineProperty(new Error('x'), 'cause', { get: bump }),
    ownMap: Object.assign(new Map([['a', 1]]), { get: bump, has: bump }),
    subArray: new (class extends Array {
      override includes() {
        bump();
        return true;
      }
      override some() {
        bump();
        return true;
      }
    })(),
    species: Object.assign([1, 2], { constructor: { [Symbol.species]: bump } }),
    separator: { [Symbol.split]: bump, toString: bump },
    iterable: { [Symbol.iterator]: bump },
    key: { toString: bump },
    object: { a: 1 },
    thenable: Object.defineProperty({}, 'then', { get: bump }),
    date: Object.assign(new Date(0), { toISOString: bump, getTime: bump }),
    text: 'abc',
    long: 'x'.repeat(2_000_000),
    many: Array.from({ length: 2000 }, (_, index) => index),
    deep: (() => {
      let made: object = {};
      for (let level = 0; level < 50; level += 1) made = Object.create(made);
      return made;
    })(),
    symbol: Symbol('s'),
    huge: 7n ** 30000n,
  };

  it.each([
    ['getter.x', 'getter'],
    ['inherited.x', 'getter'],
    ['account.balance', 'getter'],
    ['proxied.a', 'Proxy'],
    ['revoked.a', 'Proxy'],
    ['proxiedArray[0]', 'Proxy'],
    ['proxiedArray.length', 'Proxy'],
    ['proxiedArray.includes(1)', 'none of'],
    ['proxiedArray.some(x => x)', 'no array'],
    ['overProxy.a', 'Proxy'],
    ['functionProxy.name', 'Proxy'],
    ['"a" in proxied', 'Proxy'],
    ['"a" in overProxy', 'Proxy'],
    ['object instanceof functionProxy', 'class'],
    ['proxied instanceof LyingClass', 'hasInstance'],
    ['object instanceof lying', 'class'],
    ['overProxy instanceof LyingClass', 'hasInstance'],
    ['valued == 1', 'primitive'],
    ['valued + 1', 'primitive'],
    ['-valued', 'primitive'],
    ['+valued', 'primitive'],
    ['~valued', 'primitive'],
    ['valued < 1', 'primitive'],
    ['`${valued}`', 'primitive'],
    ['String(valued)', 'primitive'],
    ['Number(valued)', 'primitive'],
    ['parseInt(valued)', 'primitive'],
    ['Math.max(valued)', 'primitive'],
    ['BigInt(valued)', 'primitive'],
    ['isNaN(valued)', 'primitive'],
    ['object[valued]', 'primitive'],
    ['object[key]', 'primitive'],
    ['valued in object', 'primitive'],
    ['[valued].join()', 'primitive'],
    ['text.includes(valued)', 'primitive'],
    ['text.split(separator)', 'primitive'],
    ['text.slice(valued)', 'primitive'],
    ['holes[1]', 'getter'],
    ['holes.includes(3)', 'getter'],
    ['holes.some(x => x === 3)', 'getter'],
    ['error.cause', 'getter'],
    ['error.stack', 'stack'],
    ['thenable.then', 'getter'],
    ['long.includes("y")', 'longer'],
    ['long + "y"', 'longer'],
    ['many.includes(-1)', 'more than'],
    ['many.some(x => x < 0)', 'more than'],
    ['deep.x', 'prototypes'],
    ['symbol + ""', 'primitive'],
    ['`${symbol}`', 'primitive'],
    ['huge.toString()', 'longer'],
    ['`${huge}`', 'longer'],
    ['1n << 100000n', 'steps'],
    ['text.toFixed(1)', 'none of'],
    ['object.includes(1)', 'none of'],
    ['null.x', 'null or undefined'],
    ['1n + 1', 'fit'],
    ['BigInt("x")', 'number'],
  ])('%s fails and says why', (text, reason) => {
    ran = 0;
    expect(problemOf(text, frame)).toMatch(reason);
    expect(ran).toBe(0);
  });

  it.each<[string, unknown]>([
    ['ownMap.get("a")', 1],
    ['ownMap.has("a")', true],
    ['subArray.includes(1)', false],
    ['subArray.some(x => x)', false],
    ['species.filter(x => x > 1).length', 1],
    ['species.slice(1).length', 1],
    ['date.getTime()', 0],
    ['date.toISOString()', '1970-01-01T00:00:00.000Z'],
    ['valued === valued', true],
    ['!proxied', false],
    ['typeof proxied', 'object'],
    ['typeof functionProxy', 'function'],
    ['proxied === proxied', true],
    ['object.constructor === object.constructor', true],
  ])('%s is %j, by the language’s own functions', (text, value) => {
    ran = 0;
    expect(resultOf(text, frame)).toBe(value);
    expect(ran).toBe(0);
  });

  it('also where the program has replaced the built-in ones', () => {
    const prepared = (['"abc".includes("z")', 'm.get("a")', 'Array.isArray(m)'] as const).map((text) => {
      const parsed = parseExpression(text);
      const compiled =
        parsed.ok && compile<Frame>(parsed.expression, (name) => (name === 'm' ? (given) => given.m : undefined));
      if (compiled === false || !compiled.ok) throw new Error(text);
      return compiled.evaluate;
    });
    const { includes } = String.prototype;
    const { get } = Map.prototype;
    const { isArray } = Array;
    const frame = { m: new Map([['a', 3]]) };
    const values: unknown[] = [];
    ran = 0;
    String.prototype.includes = () => bump() > 0;
    Map.prototype.get = bump;
    Array.isArray = (() => bump() > 0) as unknown as typeof Array.isArray;
    try {
      for (let index = 0; index < prepared.length; index += 1) values[index] = prepared[index]?.(frame);
    } finally {
      String.prototype.includes = includes;
      Map.prototype.get = get;
      Array.isArray = isArray;
    }
    expect(values).toEqual([false, 3, false]);
    expect(ran).toBe(0);
  });

  it('and a loop within loops ends', () => {
    const list = Array.from({ length: 500 }, (_, index) => index);
    expect(problemOf('list.some(a => list.some(b => list.some(c => false)))', { list })).toMatch('steps');
    expect(resultOf('list.some(a => a === 499)', { list })).toBe(true);
  });

  it('a variable before its declaration fails, and the next evaluation is right', () => {
    const parsed = parseExpression('late === 1');
    if (!parsed.ok) throw new Error('not read');
    const compiled = compile<() => unknown>(parsed.expression, () => (read) => read());
    if (!compiled.ok) throw new Error('not compiled');
    const unset = () => {
      throw new ReferenceError('late');
    };
    expect(evaluateSafely(compiled.evaluate, unset)).toEqual({
      ok: false,
      problem: 'A variable has no value yet at this place.',
    });
    expect(evaluateSafely(compiled.evaluate, () => 1)).toEqual({ ok: true, value: true });
  });
});
