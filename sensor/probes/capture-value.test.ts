import { runInNewContext } from 'node:vm';
import { type CapturedValue, type CaptureLimits, defaultCaptureLimits } from '@runlens/protocol';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { describe, expect, it } from 'vitest';
import { type CaptureRules, LargePlaces, ValueCapture } from './capture-value.ts';
import { shownValues } from './shown-values.ts';

const redactor = new Redactor();
/** Enough time on a slow machine: what is cut by time has a test of its own. */
const patient: CaptureLimits = { ...defaultCaptureLimits, milliseconds: 10_000 };

interface Variable {
  readonly name: string;
  readonly read: () => unknown;
  readonly level?: number;
}

/** As it comes out of the export thread. */
function captureValues(
  variables: readonly Variable[],
  limits: CaptureLimits,
  judge: Redactor,
  large = new LargePlaces(),
  rules?: CaptureRules,
) {
  const captured = new ValueCapture(limits, judge, large, rules);
  for (const { name, read, level } of variables) {
    let value: unknown;
    try {
      value = read();
    } catch {
      captured.addUnset();
      continue;
    }
    captured.add(name, value, level);
  }
  const shown = shownValues(structuredClone(captured.finish()), variables.length, judge);
  const values = variables.map(({ name }, at) => {
    const value = shown.values[at];
    if (!value) throw new Error(`${name} was not captured`);
    return [name, value] as const;
  });
  return { ...shown, values };
}

function capture(values: Readonly<Record<string, unknown>>, limits: Partial<CaptureLimits> = {}) {
  const variables = Object.keys(values).map((name) => ({ name, read: () => values[name] }));
  return captureValues(variables, { ...patient, ...limits }, redactor);
}

function one(value: unknown, limits: Partial<CaptureLimits> = {}): CapturedValue {
  const captured = capture({ value }, limits).values[0]?.[1];
  if (!captured) throw new Error('nothing was captured');
  return captured;
}

const fieldOf = (value: CapturedValue, name: string) => value.f?.find(([field]) => field === name)?.[1];

describe('a value is captured', () => {
  class Order {
    #pin = 7;
    id = 5;
    get total() {
      throw new Error(`ran ${this.#pin}`);
    }
  }
  it.each<[string, unknown, CapturedValue]>([
    ['a text', 'hello', { t: 'string', v: 'hello' }],
    ['an empty text', '', { t: 'string', v: '' }],
    ['a number', -0, { t: 'number', v: '-0' }],
    ['no number', Number.NaN, { t: 'number', v: 'NaN' }],
    ['a bigint', 5n, { t: 'bigint', v: '5' }],
    ['a flag', true, { t: 'boolean', v: 'true' }],
    ['nothing', undefined, { t: 'undefined' }],
    ['null', null, { t: 'null' }],
    ['a symbol', Symbol('s'), { t: 'symbol', v: 's' }],
    ['a function', function named() {}, { t: 'function', v: 'named' }],
    ['a date', new Date(0), { t: 'date', c: 'Date', v: '1970-01-01T00:00:00.000Z' }],
    ['an invalid date', new Date(Number.NaN), { t: 'date', c: 'Date', v: 'Invalid Date' }],
    ['a regular expression', /a+/g, { t: 'regexp', c: 'RegExp', v: 'a+' }],
    [
      'a list',
      [1, 'a'],
      {
        t: 'array',
        e: [
          { t: 'number', v: '1' },
          { t: 'string', v: 'a' },
        ],
      },
    ],
    ['bytes, without them', new Uint8Array(3), { t: 'buffer', c: 'Uint8Array', n: 3 }],
    [
      'a Map',
      new Map([['a', 1]]),
      {
        t: 'map',
        c: 'Map',
        m: [
          [
            { t: 'string', v: 'a' },
            { t: 'number', v: '1' },
          ],
        ],
      },
    ],
    ['a Set', new Set([1]), { t: 'set', c: 'Set', e: [{ t: 'number', v: '1' }] }],
    ['a promise', Promise.resolve(1), { t: 'promise', c: 'Promise' }],
    ['an object', { a: 1 }, { t: 'object', f: [['a', { t: 'number', v: '1' }]] }],
    ['an instance', new Order(), { t: 'object', c: 'Order', f: [['id', { t: 'number', v: '5' }]] }],
    ['without a prototype', Object.create(null), { t: 'object', f: [] }],
    [
      'of another realm',
      runInNewContext('({ a: [1] })'),
      { t: 'object', f: [['a', { t: 'array', e: [{ t: 'number', v: '1' }] }]] },
    ],
  ])('%s', (_, value, expected) => {
    expect(one(value)).toEqual(expected);
  });

  it('an error with its message and without its stack', () => {
    const error = one(Object.assign(new TypeError('not a function'), { code: 'E_X' }));
    expect(error).toMatchObject({ t: 'error', c: 'TypeError' });
    expect(fieldOf(error, 'message')).toEqual({ t: 'string', v: 'not a function' });
    expect(fieldOf(error, 'code')).toEqual({ t: 'string', v: 'E_X' });
    expect(fieldOf(error, 'stack')).toBeUndefined();
  });

  it('once where it is shared or a circle', () => {
    const shared = { x: 1 };
    const circle: Record<string, unknown> = { a: shared, b: shared };
    circle.self = circle;
    const captured = one(circle);
    expect(fieldOf(captured, 'b')).toEqual({ t: 'ref', to: fieldOf(captured, 'a')?.id });
    expect(fieldOf(captured, 'self')).toEqual({ t: 'ref', to: captured.id });
  });

  it('also where a variable has no value yet', () => {
    const late = {
      name: 'late',
      read: () => {
        throw new ReferenceError('late');
      },
    };
    expect(captureValues([late], patient, redactor).values).toEqual([['late', { t: 'unset' }]]);
  });
});

describe('nothing of the program is run', () => {
  let ran = 0;
  const bump = () => {
    ran += 1;
    throw new Error('the program was run');
  };
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, bump]));
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  class Hostile extends Map {
    override get size() {
      return bump();
    }
    override entries(): never {
      return bump();
    }
    override [Symbol.iterator]() {
      return bump();
    }
    toJSON() {
      return bump();
    }
    override get [Symbol.toStringTag]() {
      return bump();
    }
  }
  Object.defineProperty(Hostile.prototype, 'constructor', { get: bump });
  it.each<[string, unknown]>([
    ['a getter', Object.defineProperty({}, 'x', { get: bump, enumerable: true })],
    ['a getter in an array', Object.defineProperty([1, 2], '0', { get: bump })],
    ['a Proxy', new Proxy({}, traps)],
    ['a Proxy of an array', new Proxy([], traps)],
    ['a Proxy of a function', new Proxy(() => 1, traps)],
    ['a revoked Proxy', revoked.proxy],
    ['an object whose prototype is a Proxy', Object.create(new Proxy({}, traps))],
    ['a class that overrides all', new Hostile()],
    ['toJSON', { toJSON: bump, toString: bump, valueOf: bump, [Symbol.toPrimitive]: bump, [Symbol.iterator]: bump }],
    ['a getter of the class', { __proto__: Object.defineProperty({}, 'constructor', { get: bump }) }],
    ['a function with a getter as its name', Object.defineProperty(() => 1, 'name', { get: bump })],
    ['a thenable', Object.defineProperty({}, 'then', { get: bump })],
    ['an error with hooks', Object.defineProperty(new Error('x'), 'stack', { get: bump })],
    ['a function with a getter', Object.defineProperty(() => 1, Symbol.hasInstance, { get: bump })],
    [
      'symbols',
      { [Symbol.iterator]: 1, [Symbol('a')]: Object.defineProperty({}, 'b', { get: bump, enumerable: true }) },
    ],
    [
      'a generator',
      (function* () {
        yield bump();
      })(),
    ],
    [
      'an array of a subclass',
      new (class extends Array {
        override get length() {
          return bump();
        }
      })(),
    ],
    [
      'a detached buffer',
      (() => {
        const buffer = new ArrayBuffer(8);
        structuredClone(buffer, { transfer: [buffer] });
        return buffer;
      })(),
    ],
    [
      'a typed array over a detached buffer',
      (() => {
        const array = new Float64Array(8);
        structuredClone(array, { transfer: [array.buffer] });
        return array;
      })(),
    ],
    ['boxed values', [Object(1), Object('a'), Object(Symbol('s')), Object(1n)]],
    ['weak things', [new WeakMap(), new WeakSet(), new WeakRef({})]],
  ])('%s', (_, value) => {
    ran = 0;
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = bump;
    try {
      expect(() => JSON.stringify(capture({ value, inside: { value }, list: [value] }))).not.toThrow();
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(ran).toBe(0);
  });

  it('also where the program has replaced the built-in functions', () => {
    const { entries } = Map.prototype;
    const values = { map: new Map([['a', 1]]), list: [1, 2] };
    ran = 0;
    Map.prototype.entries = bump;
    let captured: ReturnType<typeof capture>;
    try {
      captured = capture(values);
    } finally {
      Map.prototype.entries = entries;
    }
    expect(ran).toBe(0);
    expect(captured.values[0]?.[1].m).toHaveLength(1);
  });
});

describe('a capture is bounded', () => {
  it('in depth for each variable by itself', () => {
    const value = { a: { b: { c: 1 } } };
    const variables = [
      { name: 'near', read: () => ({ a: { b: { c: 1 } } }) },
      { name: 'far', read: () => value, level: 2 },
    ];
    const { values } = captureValues(variables, patient, redactor);
    expect(JSON.stringify(values[0])).toContain('"b"');
    expect(JSON.stringify(values[1])).not.toContain('"b"');
    expect(JSON.stringify(values[1])).toContain('"a"');
  });

  it('in depth', () => {
    const captured = capture({ value: { a: { b: { c: { d: 1 } } } } }, { depth: 2 });
    expect(JSON.stringify(captured.values)).not.toContain('"d"');
    expect(captured.cut).toEqual(['depth']);
  });

  it.each<[string, unknown, Partial<CaptureLimits>, string]>([
    ['in fields', Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, at])), { fields: 20 }, 'fields'],
    ['in elements', Array.from({ length: 1_000_000 }, (_, at) => at), { elements: 100 }, 'elements'],
    ['in entries of a Map', new Map(Array.from({ length: 5000 }, (_, at) => [at, at])), { elements: 100 }, 'elements'],
    ['in entries of a Set', new Set(Array.from({ length: 5000 }, (_, at) => at)), { elements: 100 }, 'elements'],
    ['in characters', 'x'.repeat(10_000), { characters: 255 }, 'characters'],
    ['in bytes', Array.from({ length: 100 }, () => 'y'.repeat(200)), { bytes: 2048 }, 'bytes'],
    ['by the size of a text', 'z'.repeat(5_000_000), {}, 'large'],
  ])('%s, and says so', (_, value, limits, reason) => {
    const captured = capture({ value }, limits);
    expect(captured.cut).toContain(reason);
    expect(captured.values[0]?.[1].x).toBe(reason);
    expect(JSON.stringify(captured).length).toBeLessThan(40_000);
  });

  it('in time: every variable is there, what lies deeper is not', () => {
    const tree = (depth: number): object =>
      depth === 0 ? { leaf: 'x'.repeat(200) } : { a: tree(depth - 1), b: tree(depth - 1), c: tree(depth - 1) };
    const captured = capture(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`v${at}`, tree(5)])), {
      milliseconds: 0.01,
      depth: 6,
      bytes: 1_048_576,
    });
    expect(captured.values).toHaveLength(30);
    expect(captured.cut).toContain('time');
  });

  it('by what was learnt: an object of very many fields is listed once', () => {
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, at]));
    const large = new LargePlaces();
    const variables = [{ name: 'wide', read: () => wide }];
    expect(captureValues(variables, patient, redactor, large).values[0]?.[1].f).toHaveLength(20);
    expect(captureValues(variables, patient, redactor, large).values[0]?.[1]).toMatchObject({ x: 'large' });
  });

  it('and a pair of units is not cut in two', () => {
    expect(one(`${'a'.repeat(9)}😀`, { characters: 10 }).v).toBe('a'.repeat(9));
  });
});

describe('what is secret is hidden', () => {
  const token = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789';
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['a variable', { password: 'hunter2' }],
    ['a field', { user: { apiKey: 'hunter2' } }],
    ['an object under a secret name', { config: { credentials: { a: 'hunter2', b: ['hunter2'] } } }],
    ['an element of a list', { passwords: ['hunter2'] }],
    ['a key of a Map', { map: new Map([['x-api-key', 'hunter2']]) }],
    ['a symbol as a key', { value: { [Symbol('secret')]: 'hunter2' } }],
    ['a text', { note: 'password=hunter2' }],
    ['JSON in a text', { body: JSON.stringify({ a: { password: 'hunter2' } }) }],
    ['a URL', { url: 'https://u:hunter2@example.com/?q=1' }],
    ['a message of an error', { error: new Error('login failed with password=hunter2') }],
    ['a token anywhere', { list: [{ deep: `x ${token}` }] }],
    ['a token as a field’s name', { map: { [token]: 1 } }],
    ['a token as a Map’s key', { map: new Map([[token, 1]]) }],
    ['a token that the cut divides', { note: `${'x '.repeat(120)}${token}` }],
    ['a bigint of a card', { text: '4111111111111111' }],
    ['a number of a card', { amount: 4_111_111_111_111_111 }],
    ['a function’s name', { f: Object.defineProperty(() => 1, 'name', { value: token }) }],
    ['a symbol’s description', { s: Symbol(token) }],
    ['a regular expression', { r: new RegExp(token) }],
  ])('in %s', (_, values) => {
    const captured = capture(values);
    const told = JSON.stringify(captured);
    expect(told).not.toMatch(/hunter2|ghp_abc|4111/);
    expect(captured.redacted).toBeGreaterThan(0);
  });
});
