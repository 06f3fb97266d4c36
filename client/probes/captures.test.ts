import type { CapturedValue } from '@runlens/protocol';
import { describe, expect, it } from 'vitest';
import { captureDocument, differences } from './capture-document.ts';
import { captureFixture } from './capture-fixture.ts';
import { childrenOf, flatten, sectionsOf, valueText } from './capture-values.ts';
import { inlineValues } from './inline-values.ts';
import { inMessage, oneLine, withoutIcons } from './shown-text.ts';
import { aCapture } from './test-captures.ts';

const text = (v: string): CapturedValue => ({ t: 'string', v });
const number = (v: number): CapturedValue => ({ t: 'number', v: String(v) });
const hostile = '</script>[x](command:runlens.probes.disarmAll)\u202e\u001b[31m `$(flame)`';

describe('a value', () => {
  it.each<[CapturedValue, string]>([
    [text('a"b'), '"a\\"b"'],
    [{ t: 'string', v: 'abc', n: 900, x: 'characters' }, '"abc" … (900 characters)'],
    [{ t: 'bigint', v: '5' }, '5n'],
    [{ t: 'undefined' }, 'undefined'],
    [{ t: 'array', n: 7, e: [number(1), number(2), number(3)] }, '(7) [1, 2, 3, …]'],
    [
      {
        t: 'object',
        c: 'Order',
        f: [
          ['id', number(5)],
          ['lines', { t: 'array', e: [number(1)] }],
        ],
      },
      'Order {id: 5, lines: (1) […]}',
    ],
    [{ t: 'object', c: 'Order', x: 'depth' }, 'Order {} … (deeper than captured)'],
    [{ t: 'error', c: 'TypeError', f: [['message', text('no')]] }, 'TypeError: no'],
    [{ t: 'map', n: 3 }, 'Map(3)'],
    [{ t: 'accessor' }, '(getter, not run)'],
    [{ t: 'ref', to: 4 }, '↩ the same object as #4'],
    [{ t: 'redacted', v: 'never shown', x: 'redacted' }, '••• (redacted)'],
  ])('%j reads %s', (value, shown) => expect(valueText(value)).toBe(shown));

  it('of a redacted name tells nothing of what it was, anywhere', () => {
    const capture = aCapture({ values: { locals: [['card', { t: 'redacted', v: '4242', n: 16, x: 'redacted' }]] } });
    const shown = [
      captureDocument(capture),
      captureFixture(capture),
      JSON.stringify(flatten(capture, 10)),
      JSON.stringify(inlineValues(capture, ['card'], { from: 0, to: 0 })),
    ];
    for (const each of shown) {
      expect(each).toContain('redacted');
      expect(each).not.toMatch(/4242|16/);
    }
  });

  it('is harmless where it is shown', () => {
    expect(oneLine(hostile)).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(inMessage(hostile)).not.toContain('](');
    expect(withoutIcons(hostile)).not.toContain('$(');
    expect(valueText(text('x'.repeat(5_000))).length).toBeLessThanOrEqual(120);
  });

  it('has its properties, elements and entries as children', () => {
    const value: CapturedValue = { t: 'map', m: [[text('k'), number(1)]], f: [['own', number(2)]] };
    expect(childrenOf(value).map(({ name }) => name)).toEqual(['"k" →', 'own']);
  });
});

describe('a capture', () => {
  const order = (cents: number): CapturedValue => ({
    t: 'object',
    c: 'Order',
    f: [
      ['id', number(5)],
      ['cents', number(cents)],
    ],
  });

  it('shows the nearest first, and an expression that failed with its reason', () => {
    const capture = aCapture({
      values: {
        this: order(1),
        arguments: [['order', order(1)]],
        locals: [['total', number(2)]],
        closure: [['rate', number(3)]],
      },
      expressions: [{ text: 'order.x.y', error: 'x is undefined' }],
    });
    expect(sectionsOf(capture).map(({ title }) => title)).toEqual([
      'Expressions',
      'Locals',
      'Arguments',
      'This',
      'Closure',
    ]);
    expect(captureDocument(capture)).toContain('order.x.y: ⚠ x is undefined');
  });

  it('differs from another by its values, told by their paths', () => {
    const left = aCapture({
      values: {
        locals: [
          ['order', order(100)],
          ['gone', number(1)],
        ],
      },
    });
    const right = aCapture({
      id: 'c-00000002',
      at: '2026-01-02T03:04:06.000Z',
      values: {
        locals: [
          ['order', order(140)],
          ['late', number(2)],
        ],
      },
    });
    expect(differences(left, right)).toEqual([
      { path: 'locals.order.cents', left: '100', right: '140' },
      { path: 'locals.gone', left: '1', right: undefined },
      { path: 'locals.late', left: undefined, right: '2' },
    ]);
    expect(differences(left, { ...left, id: 'c-00000003' })).toEqual([]);
  });

  it('puts values at the ends of the lines in which their variables stand, and in no other', () => {
    const capture = aCapture({ values: { arguments: [['order', number(7)]], locals: [['total', number(42)]] } });
    const lines = [
      'order outside',
      'function f(order) {',
      '  const total = 1;',
      "  log('total', this.total);",
      '  // total',
      '  return total;',
      '}',
    ];
    expect(inlineValues(capture, lines, { from: 1, to: 5 })).toEqual([
      { line: 1, text: 'order = 7' },
      { line: 2, text: 'total = 42' },
      { line: 5, text: 'total = 42' },
    ]);
  });
});

describe('a test fixture', () => {
  /** What the module is worth, read as a program would. */
  const read = async (capture: Parameters<typeof captureFixture>[0]): Promise<{ readonly locals?: object }> => {
    const source = captureFixture(capture).replace('new Map<unknown, unknown>', 'new Map');
    const { captured } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
    return captured;
  };

  it('is a module that has the captured values', async () => {
    const capture = aCapture({
      values: {
        arguments: [
          [
            'order',
            {
              t: 'object',
              c: 'Order',
              f: [
                ['id', number(5)],
                ['at', { t: 'date', v: instant }],
                ['tags', { t: 'set', e: [text('a')] }],
              ],
            },
          ],
        ],
        locals: [
          ['big', { t: 'bigint', v: '12' }],
          ['by', { t: 'map', m: [[text('k'), { t: 'null' }]] }],
          ['nothing', { t: 'undefined' }],
          ['wrong', { t: 'number', v: 'NaN' }],
        ],
      },
    });
    expect(await read(capture)).toEqual({
      arguments: { order: { id: 5, at: new Date(instant), tags: new Set(['a']) } },
      locals: { big: 12n, by: new Map([['k', null]]), nothing: undefined, wrong: Number.NaN },
    });
  });

  const instant = '2026-01-02T03:04:05.000Z';

  it('runs nothing that a value, a name or a class says', async () => {
    const evil = '*/ globalThis.broken = true; /* " \' ` ${globalThis.broken = true}\n';
    const capture = aCapture({
      function: evil,
      values: {
        locals: [
          [
            evil,
            {
              t: 'object',
              c: evil,
              f: [
                ['__proto__', number(1)],
                ['constructor', text(evil)],
              ],
            },
          ],
          ['number', { t: 'number', v: '1; globalThis.broken = true' }],
          ['date', { t: 'date', v: evil }],
          ['function', { t: 'function', v: evil, c: evil }],
        ],
      },
    });
    const { locals } = await read(capture);
    expect(globalThis).not.toHaveProperty('broken');
    const [first, ...rest] = Object.entries(locals ?? {});
    expect(first?.[0]).toBe(evil);
    // As entries: an own property of that name is what is asked about.
    expect(Object.entries(Object(first?.[1]))).toEqual([
      ['__proto__', 1],
      ['constructor', evil],
    ]);
    expect(rest).toEqual([
      ['number', undefined],
      ['date', new Date(Number.NaN)],
      ['function', undefined],
    ]);
  });
});
