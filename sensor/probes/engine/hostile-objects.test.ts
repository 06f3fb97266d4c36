/** Objects that do something as soon as they are touched, in all the ways in which an expression can touch one: nothing runs. */
import { runInNewContext } from 'node:vm';
import { parseExpression } from '@runlens/protocol/probes/expression/parse';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { beforeEach, describe, expect, it } from 'vitest';
import { ValueCapture } from '../capture-value.ts';
import { compile, evaluateSafely } from '../evaluate.ts';
import { shownValues } from '../shown-values.ts';
import { groupKey } from './groups.ts';

const effects: string[] = [];
const effect = (what: string) => {
  effects.push(what);
  return 1;
};
const on = (what: string) => () => effect(what);
const getter = (object: object, key: PropertyKey) =>
  Object.defineProperty(object, key, { get: on(`getter ${String(key)}`), configurable: true });
const noisy = (): object =>
  new Proxy({}, new Proxy({}, { get: (_, trap) => on(`trap ${String(trap)}`) }) as ProxyHandler<object>);
const methods = (object: object, names: readonly PropertyKey[]) => {
  for (const name of names) Object.defineProperty(object, name, { value: on(String(name)), configurable: true });
  return object;
};
const converted = ['toString', 'valueOf', 'toJSON', 'toISOString', 'getTime', 'toLocaleString', Symbol.toPrimitive];
const wellKnown = [
  Symbol.iterator,
  Symbol.asyncIterator,
  Symbol.hasInstance,
  Symbol.split,
  Symbol.match,
  Symbol.replace,
  Symbol.search,
  Symbol.species,
  Symbol.unscopables,
  Symbol.toStringTag,
  Symbol.isConcatSpreadable,
];
const arrayMethods = 'map filter some every find includes indexOf join at slice keys values entries concat'.split(' ');

function withPrototype<T extends object>(object: T, prototype: object): T {
  Object.setPrototypeOf(object, prototype);
  return object;
}

class Species extends Array<number> {
  static override get [Symbol.species](): ArrayConstructor {
    effect('species');
    return Array;
  }
}
class Private {
  #value = 1;
  get field() {
    return effect(`private ${this.#value}`);
  }
  static [Symbol.hasInstance]() {
    return effect('hasInstance') === 1;
  }
}
const holes = (): object => {
  const prototype: object = Object.create(Array.prototype);
  for (const index of [0, 1, 2]) getter(prototype, index);
  const array: unknown[] = [];
  array.length = 3;
  return withPrototype(array, prototype);
};
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const foreign = (text: string): object => runInNewContext(`(${text})`, { effect });

const hostile: Readonly<Record<string, () => unknown>> = {
  'a Proxy of all traps': noisy,
  'a Proxy of a function': () =>
    new Proxy(on('call'), { apply: on('apply'), get: on('get'), has: () => !!effect('has') }),
  'a Proxy of an array': () => new Proxy([1, 2], { get: on('get'), ownKeys: () => [`${effect('keys')}`] }),
  'a Proxy that was revoked': revoked,
  'an heir of a Proxy': () => Object.create(noisy()),
  'an array with a Proxy as prototype': () => withPrototype([1, 2], noisy()),
  'a Map with a Proxy as prototype': () => withPrototype(new Map([[1, 2]]), noisy()),
  'what converts itself': () => methods({}, converted),
  'what inherits conversions': () => Object.create(methods({}, converted)),
  'a function that converts itself': () => methods(() => 1, converted),
  'all well-known symbols': () => methods({}, wellKnown),
  'all well-known symbols as getters': () => wellKnown.reduce((object: object, key) => getter(object, key), {}),
  'getters for all that is asked': () =>
    ['field', 'length', 'size', 'then', 'constructor', 'prototype', 'name', 0].reduce<object>(getter, {}),
  'inherited getters': () => Object.create(getter(getter({}, 'field'), 'length')),
  'a getter named toString': () => getter({}, 'toString'),
  'an array with elements that are getters': () => getter([1, 2, 3], 0),
  'an array with holes over getters': holes,
  'an array of a class with a species': () => Species.from([1, 2]),
  'an array whose constructor is a getter': () => getter([1, 2], 'constructor'),
  'an array with methods of its own': () => methods([1, 2], arrayMethods),
  'an array of what converts itself': () => [methods({}, converted), [methods({}, converted)]],
  'a Map with methods of its own': () => methods(new Map([['field', 1]]), ['get', 'has', 'entries', Symbol.iterator]),
  'a Set with methods of its own': () => methods(new Set([1]), ['has', 'values', Symbol.iterator]),
  'a Map whose size is a getter': () => getter(new Map(), 'size'),
  'a Date with methods of its own': () => methods(new Date(0), converted),
  'a pattern with methods of its own': () =>
    methods(/a/g, ['exec', 'test', 'toString', Symbol.match, Symbol.split, Symbol.replace, Symbol.search]),
  'a pattern whose flags are getters': () => ['flags', 'source', 'global', 'lastIndex2'].reduce<object>(getter, /a/g),
  'a String object': () => methods(new String('aaa'), converted),
  'a Number object': () => methods(new Number(1), converted),
  'a typed array with a getter': () => getter(new Uint8Array(4), 'length'),
  'an object of a class with a private field': () => new Private(),
  'a class that says who is of it': () => Private,
  'an arrow with a prototype that is a getter': () => getter(() => 1, 'prototype'),
  'a bound function of a class': () => Private.bind(null),
  'an error with a stack that is a getter': () => getter(getter(new Error('x'), 'stack'), 'message'),
  'a thenable': () => getter(methods({}, ['catch']), 'then'),
  'a generator': () =>
    (function* () {
      yield effect('generator');
    })(),
  'an iterator with next': () => methods({}, ['next', 'return', Symbol.iterator]),
  'arguments with a getter': () =>
    (function () {
      // biome-ignore lint/complexity/noArguments: they are what is looked at
      return getter(arguments, 0);
    })(),
  'getters of another realm': () => foreign('{ get field() { return effect("realm getter"); } }'),
  'an array of another realm': () =>
    foreign('Object.defineProperty([1, 2], 0, { get() { return effect("realm element"); } })'),
  'a class of another realm': () => foreign('class { static [Symbol.hasInstance]() { return effect("realm"); } }'),
  'conversions of another realm': () =>
    foreign('{ toString() { return effect("realm text"); }, [Symbol.toPrimitive]() { return effect("realm"); } }'),
  'what has no prototype': () => methods(Object.create(null), converted),
};

/** Each with the object as `x`. */
const touches =
  `x | x.field | x.field.field | x?.field | x["field"] | x[0] | x[1] | x.length | x.size | x.name | x.then | x.message
  x.constructor | x.constructor.name | x.prototype | x.__proto__ | x.toString() | x.getTime() | x.toISOString() | x == 1 | x == "1" | x != null
  x === x | x < 1 | x >= x | x + 1 | x + "" | "" + x | -x | +x | ~x | !x | x - 1 | x * 2 | x % 2 | x & 1 | x << 1 | x >>> 1 | typeof x
  \`\${x}\` | \`\${[x]}\` | [x] | [x] + "" | [x] == "1" | [[x]].join() | [x].includes(1) | [x].indexOf(x) | "field" in x | x in victim | x in list
  0 in x | x instanceof Object | victim instanceof x | x instanceof x | victim[x] | list[x] | text[x] | x[x] | list.at(x) | list.slice(x)
  list.includes(x) | list.indexOf(x) | list.join(x) | map.get(x) | map.has(x) | set.has(x) | text.split(x) | text.includes(x)
  text.startsWith(x) | text.endsWith(x) | text.indexOf(x) | text.slice(x) | text.at(x) | text.charAt(x) | text.trim(x)
  x.map((y) => y) | x.filter((y) => true) | x.some((y) => y === 1) | x.every((y) => y) | x.find((y) => y > 0) | x.findIndex((y) => y)
  x.includes(1) | x.indexOf(1) | x.join(",") | x.join(x) | x.at(0) | x.slice(0, 1) | x.get("field") | x.has(1) | x.split("a")
  x.startsWith("a") | x.toLowerCase() | x.trim() | String(x) | Number(x) | Boolean(x) | BigInt(x) | parseInt(x) | parseFloat(x) | isNaN(x)
  Math.max(x, 1) | Math.abs(x) | Array.isArray(x) | Number.isInteger(x) | x ? 1 : 2 | x ?? 1 | x && 1 | x || 1 | x.a.b.c | (1).toFixed(x)
  list.map((y) => x) | list.map((y) => x[y]) | list.some((y) => y == x) | list.find((y) => y < x) | [1, x].map((y) => y + "")`
    .split(/\s\|\s|\n\s*/)
    .map((touch) => touch.trim());

const limits = { depth: 3, fields: 20, elements: 10, characters: 64, frames: 0, bytes: 65_536, milliseconds: 1_000 };

let x: unknown;
const names: Readonly<Record<string, () => unknown>> = {
  x: () => x,
  victim: () => ({ field: 0 }),
  list: () => [1, 2, 3],
  text: () => 'a text',
  map: () => new Map([['a', 1]]),
  set: () => new Set([1]),
  Object: () => Object,
};
const compiled = touches.map((text) => {
  const parsed = parseExpression(text);
  const made = parsed.ok ? compile(parsed.expression, (name) => names[name]) : undefined;
  return { text, evaluate: made?.ok ? made.evaluate : undefined };
});
const redactor = new Redactor();

/** As a hit has it: evaluated, told apart by, and captured. */
function touch(evaluate: (frame: undefined) => unknown): void {
  const evaluated = evaluateSafely(evaluate, undefined);
  if (!evaluated.ok) return;
  groupKey(evaluated.value);
  const capture = new ValueCapture(limits, redactor);
  capture.add('value', evaluated.value);
  shownValues(capture.finish(), 1, redactor);
}

describe('an expression that touches', () => {
  beforeEach(() => {
    effects.length = 0;
  });

  it.each(Object.entries(hostile))('%s runs nothing of it', (_, make) => {
    const ran: string[] = [];
    for (const { text, evaluate } of compiled) {
      x = make();
      effects.length = 0;
      if (evaluate) touch(evaluate);
      if (effects.length > 0) ran.push(`${text}: ${effects.join()}`);
    }
    expect(ran).toEqual([]);
  });

  it('an object in all these ways is allowed: none is refused before it could do harm', () => {
    expect(compiled.filter(({ evaluate }) => !evaluate).map(({ text }) => text)).toEqual([]);
    expect(touches.length).toBeGreaterThan(100);
  });

  it('what the objects do is noticed', () => {
    expect(`${String(methods({}, converted))}`).toBeDefined();
    expect(effects).not.toEqual([]);
  });
});
