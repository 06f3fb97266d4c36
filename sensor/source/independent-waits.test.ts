import { describe, expect, it } from 'vitest';
import { parse } from '../transform/parse.ts';
import { independentWaits } from './independent-waits.ts';

/** What is called, of each wait that is told. */
function told(body: string): readonly string[] {
  const text = `class Page { #store; async open(room) { ${body} } }`;
  const waits = independentWaits(parse(text, 'module', 'javascript').program, text);
  return [...waits.values()].flat().map(({ called }) => called.join('+'));
}

describe('waits that could run together', () => {
  it.each([
    [
      'two that need nothing of each other',
      'const a = await f(room); const b = await g(room); return [a, b];',
      ['f', 'g'],
    ],
    [
      'with the steps that follow from each',
      'const r = await fetch(`/a/${room}`); const a = await r.json(); const s = await fetch("/b"); const b = await s.json(); return { a, b };',
      ['fetch+r.json', 'fetch+s.json'],
    ],
    [
      'of methods, behind a name that is bound between',
      'const a = await this.#store.messages(room); const id = room.id; const { data } = await this.members.of(id);',
      ['store.messages', 'members.of'],
    ],
    ['in a branch', 'if (room) { const a = await f(); const b = await g(); use(a, b); }', ['f', 'g']],
    [
      'in a branch that has a call of its own',
      'if (room) { const a = await f(1); const b = await g(2); return [a, b]; } const c = await f(3); return h(c);',
      ['f', 'g'],
    ],
    ['in one declaration', 'const a = (await f()).x, b = await g(); return a + b;', ['f', 'g']],
  ])('%s', (_, body, expected) => {
    expect(told(body)).toEqual(expected);
  });

  it.each([
    ['the second needs the first', 'const a = await f(); const b = await g(a.id); return b;'],
    ['the second needs it through another', 'const a = await f(); const id = a.id; const b = await g(id);'],
    ['it is asked between whether to go on', 'const a = await f(); if (!a) return; const b = await g();'],
    ['something is done between', 'const a = await f(); room.enter(); const b = await g();'],
    ['they run together already', 'const [a, b] = await Promise.all([f(), g()]); const c = await h(a);'],
    ['nothing is taken from them', 'await f(); await g();'],
    ['one of them writes', 'const a = await insertOrder(room); const b = await total(room);'],
    ['they are asked of one connection', 'const a = await client.query("a"); const b = await client.query("b");'],
    ['they are rows of one reader', 'const a = await reader.read(); const b = await reader.read();'],
    ['they are in a function inside', 'return room.map(async (r) => { const a = await f(r); return a; });'],
    [
      'another branch calls the same',
      'if (room) { const a = await get(1); const b = await get(2); return [a, b]; } const c = await get(3); return get(c);',
    ],
    ['there is one', 'const a = await f(room); return a;'],
  ])('are not told where %s', (_, body) => {
    expect(told(body)).toEqual([]);
  });
});
