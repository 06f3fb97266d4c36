/** Texts that try to write, to run code, to hang, or to tell a secret: each is refused, or has no effect at all. */
import { parseExpression } from '@runlens/protocol/probes/expression/parse';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { describe, expect, it } from 'vitest';
import { compile, evaluateSafely } from '../evaluate.ts';
import { secretReadOf } from './secret-reads.ts';

const targets = [
  'victim',
  'victim.field',
  'victim["field"]',
  'list[0]',
  'globalThis.hacked',
  'this.field',
  'map',
  'fn.x',
];
const writes = targets.flatMap((target) => [
  `${target} = 1`,
  `${target} += 1`,
  `${target} ||= 1`,
  `${target} ??= 1`,
  `${target}++`,
  `--${target}`,
  `delete ${target}`,
  `(${target} = 1) === 1`,
  `[${target}] = [1]`,
]);
const calls = [
  'fn()',
  'fn?.()',
  'fn.call(null)',
  'fn.apply(null, [])',
  'fn.bind(null)()',
  'new fn()',
  'new Function("return 1")()',
  'Function("hacked = 1")()',
  'eval("hacked = 1")',
  '(0, eval)("hacked = 1")',
  'victim.method()',
  'victim["method"]()',
  'victim.constructor.constructor("hacked = 1")()',
  'list.constructor("hacked = 1")',
  'list.push(1)',
  'list.pop()',
  'list.splice(0, 1)',
  'list.sort()',
  'list.reverse()',
  'list.fill(0)',
  'list.forEach(fn)',
  'list.map(fn)',
  'list.filter(fn)',
  'list.some(fn)',
  'list.some((x) => fn(x))',
  'list.some((x) => (victim.field = x))',
  'list.some((x) => { victim.field = x; })',
  'list.some(async (x) => x)',
  'list.some(function (x) { return fn(x); })',
  'list.map((x) => victim.method(x))',
  'list.reduce((a, b) => a + b)',
  'list.at(fn())',
  'list[fn()]',
  'map.set("a", 1)',
  'map.delete("a")',
  'map.clear()',
  'map.forEach(fn)',
  'set.add(5)',
  'set.delete(1)',
  'date.setTime(0)',
  'date.setFullYear(1)',
  'Object.assign(victim, { field: 1 })',
  'Object.defineProperty(victim, "field", { value: 1 })',
  'Object.setPrototypeOf(victim, null)',
  'Object.freeze(victim)',
  'Reflect.set(victim, "field", 1)',
  'Reflect.apply(fn, null, [])',
  'Reflect.deleteProperty(victim, "field")',
  'JSON.stringify(victim)',
  'JSON.parse("{}", fn)',
  'String.raw`${fn()}`',
  'String.fromCharCode(fn())',
  'Symbol("a")',
  'Promise.resolve().then(fn)',
  'Array.from(list, fn)',
  'Array(1e9).fill(0)',
  'new Array(1e9)',
  'structuredClone(victim)',
  'queueMicrotask(fn)',
  'setTimeout(fn, 0)',
  'setImmediate(fn)',
  'fetch("http://127.0.0.1/")',
  'require("node:fs")',
  'require("node:child_process").execSync("true")',
  'import("node:fs")',
  'import.meta.url',
  'process.exit(1)',
  'process.kill(process.pid)',
  'process.binding("fs")',
  'console.log(1)',
  'globalThis.fn()',
  'globalThis["eval"]("hacked = 1")',
  'tag`x`',
  'fn`x`',
  'victim.method`x`',
  'text.replace("a", fn)',
  'text.replace(/a/, fn)',
  'text.replaceAll("a", fn)',
  'text.match("a")',
  'text.matchAll("a")',
  'text.search("a")',
  'text.at.call(victim)',
  '/(a+)+$/.test(text)',
  'text.match(/(a+)+$/)',
  'text.repeat(1e9)',
  'text.padEnd(1e9)',
  'text.normalize()',
  'await fn()',
  'await thenable',
  'yield 1',
  'function () { hacked = 1 }',
  '() => fn()',
  '(() => fn())()',
  'class A { static { hacked = 1 } }',
  'new (class { constructor() { hacked = 1 } })()',
  '{ hacked: fn() }',
  '({ get a() { return fn() } }).a',
  '({ [fn()]: 1 })',
  '[...generator]',
  '[...list, fn()]',
  'fn(...list)',
  'super.method()',
  'new.target',
  'this.#field',
  '#field in this',
  'a, b',
  '1; fn()',
  '1 // \n; fn()',
  'if (1) fn()',
  'for (;;) {}',
  'while (true) {}',
  'throw victim',
  'debugger',
  'with (victim) field = 1',
  'var hacked = 1',
  'let hacked = 1',
  '2 ** 3 ** fn()',
  'void fn()',
  'typeof fn()',
  '!fn()',
  '-fn()',
  'fn() ? 1 : 2',
  'true ? fn() : 1',
  'victim?.method?.()',
  'victim?.["method"]()',
  '`${fn()}`',
  '`${victim.field = 1}`',
];
/** Allowed to be asked: they must come to nothing. */
const traps = [
  'getter.boom',
  'getter.boom === 1',
  'getter["boom"]',
  'proxy.field',
  'proxy["a"]["b"]',
  '"a" in proxy',
  'proxy instanceof Object',
  'proxy == 1',
  'proxy + ""',
  'proxy > 1',
  '`${proxy}`',
  'victimText + ""',
  '`${victimText}`',
  'victimText == "x"',
  'victimText > 1',
  '-victimText',
  '+victimText',
  'victimText % 2',
  'String(victimText)',
  'Number(victimText)',
  'BigInt(victimText)',
  'parseInt(victimText)',
  'Math.max(victimText)',
  'isNaN(victimText)',
  'list[victimText]',
  'victim[victimText]',
  'victim[getter.boom]',
  'map.get(victimText)',
  'set.has(proxy)',
  'list.includes(proxy)',
  'list.indexOf(victimText)',
  'list.join(victimText)',
  'evilList.includes(1)',
  'evilList.some((x) => x === 1)',
  'evilList.join(",")',
  'evilList.length',
  'evilList[0]',
  'evilList.map((x) => x)',
  'proxyList.length',
  'proxyList.some((x) => true)',
  'proxyList.at(0)',
  'victim instanceof evilClass',
  'thenable.then',
  'fn.name',
  'fn.arguments',
  'fn.caller',
  'date + 1',
  'evilDate.getTime()',
  '`${evilDate.toISOString()}`',
  'evilMap.get("a")',
  'evilSet.has(1)',
  'revoked.field',
  'victim.__proto__',
  'victim.constructor',
  'victim.constructor.constructor',
];
const secrets = [
  'password === "a"',
  'password[0] === "a"',
  'password.startsWith("a")',
  'password + ""',
  '`${password}`',
  '[password]',
  'password.length > 3',
  'user.password > "m"',
  'user["password"] === "x"',
  'user?.password?.at(0)',
  'users.some((u) => u.password === "x")',
  'users.map((u) => u.apiKey)',
  'users.find((u) => u.token.startsWith("a"))',
  'headers.get("authorization") === "x"',
  'headers.authorization.includes("a")',
  'Boolean(password.startsWith("a"))',
  '!(password === "a")',
  'typeof password[0]',
  'ok && password',
  'ok ? password : 1',
  'Number(user.pin)',
  'password in user',
];

const effects: string[] = [];
const effect = (what: string) => {
  effects.push(what);
  return 1;
};
const evilText = {
  toString: () => effect('toString'),
  valueOf: () => effect('valueOf'),
  [Symbol.toPrimitive]: () => effect('primitive'),
};
const handler = new Proxy({}, { get: (_, trap) => () => effect(`trap ${String(trap)}`) });
const evilArray = Object.defineProperty([1, 2], 0, { get: () => effect('element') });
Object.defineProperty(evilArray, 'constructor', { get: () => effect('species') });
const revocable = Proxy.revocable({}, {});
revocable.revoke();
const own = (object: object, key: PropertyKey) =>
  Object.defineProperty(object, key, { get: () => effect(String(key)) });
const names: Readonly<Record<string, unknown>> = {
  victim: { field: 0, method: () => effect('method') },
  list: [1, 2, 3],
  map: new Map([['a', 1]]),
  set: new Set([1]),
  date: new Date(0),
  text: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
  fn: () => effect('fn'),
  tag: () => effect('tag'),
  thenable: own({}, 'then'),
  generator: { [Symbol.iterator]: () => effect('iterator') },
  getter: own({}, 'boom'),
  proxy: new Proxy({}, handler),
  proxyList: new Proxy([1], handler),
  victimText: evilText,
  evilList: evilArray,
  evilClass: { [Symbol.hasInstance]: () => effect('hasInstance') },
  evilDate: Object.assign(new Date(0), { getTime: () => effect('getTime'), toISOString: () => effect('iso') }),
  evilMap: Object.assign(new Map(), { get: () => effect('map get') }),
  evilSet: Object.assign(new Set(), { has: () => effect('set has') }),
  revoked: revocable.proxy,
  this: { field: 0 },
  a: 1,
  b: 2,
  hacked: undefined,
  Object,
};
const scope = (name: string) => (Object.hasOwn(names, name) ? () => names[name] : undefined);

describe('an expression', () => {
  it('there are at least 200 of them', () => {
    expect(new Set([...writes, ...calls, ...traps, ...secrets]).size).toBeGreaterThanOrEqual(200);
  });

  it.each([...writes, ...calls])('is refused that would do something: %s', (text) => {
    const parsed = parseExpression(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.refusal.problem).toMatch(/\w.*[.:]/);
    expect(effects).toEqual([]);
  });

  it.each(traps)('runs nothing of the program: %s', (text) => {
    const parsed = parseExpression(text);
    if (parsed.ok) {
      const compiled = compile(parsed.expression, scope);
      if (compiled.ok) evaluateSafely(compiled.evaluate, undefined);
    }
    expect(effects).toEqual([]);
    expect(names.victim).toMatchObject({ field: 0 });
  });

  it.each(secrets)('does not tell what is secret: %s', (text) => {
    const redactor = new Redactor();
    const parsed = parseExpression(text);
    if (!parsed.ok) return;
    expect(secretReadOf(parsed.expression, (name) => redactor.hidesName(name, 'text'))).toBeDefined();
  });

  it.each(['user["pass" + "word"]', 'user[list[0]]', 'headers.get(list[1])', 'users.map((u) => u[list[0]])'])(
    'reads no secret by a name that is made: %s',
    (text) => {
      const parsed = parseExpression(text);
      if (!parsed.ok) throw new Error(parsed.refusal.problem);
      const user = { password: 'swordfish' };
      const all: Readonly<Record<string, unknown>> = {
        user,
        users: [user],
        list: ['password', 'authorization'],
        headers: new Map([['authorization', 'swordfish']]),
      };
      const redactor = new Redactor();
      const isSecret = (name: string) => redactor.hidesName(name, 'text');
      const compiled = compile(parsed.expression, (name) => () => all[name], isSecret);
      if (!compiled.ok) throw new Error(compiled.missing);
      expect(evaluateSafely(compiled.evaluate, undefined)).toEqual({
        ok: false,
        problem: 'A property of that name may be secret.',
      });
    },
  );

  it.each(['password !== undefined', '!user.password', 'typeof token', 'user?.apiKey == null', 'Boolean(secret)'])(
    'may ask whether a secret is there: %s',
    (text) => {
      const redactor = new Redactor();
      const parsed = parseExpression(text);
      if (!parsed.ok) throw new Error(parsed.refusal.problem);
      expect(secretReadOf(parsed.expression, (name) => redactor.hidesName(name, 'text'))).toBeUndefined();
    },
  );
});
