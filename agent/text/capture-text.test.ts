import type { Capture, CapturedValue } from '@runlens/protocol';
import { expect, it } from 'vitest';
import { captureLines, valueText } from './capture-text.ts';

it.each<[CapturedValue, string]>([
  [{ t: 'string', v: 'a "b"' }, '"a \\"b\\""'],
  [{ t: 'string', v: 'aaa', n: 900, x: 'characters' }, '"aaa"… (900 characters)'],
  [
    {
      t: 'object',
      c: 'Order',
      f: [
        ['id', { t: 'number', v: '5' }],
        ['x-y', { t: 'null' }],
      ],
    },
    'Order { id: 5, "x-y": null }',
  ],
  [{ t: 'array', n: 12, x: 'elements', e: [{ t: 'number', v: '1' }] }, 'Array(12) [ 1, … more elements ]'],
  [
    {
      t: 'map',
      m: [
        [
          { t: 'string', v: 'k' },
          { t: 'redacted', x: 'redacted' },
        ],
      ],
    },
    'Map { "k" => [redacted] }',
  ],
  [{ t: 'object', id: 0, f: [['self', { t: 'ref', to: 0 }]] }, '#0 { self: (see #0) }'],
  [{ t: 'object', c: 'Deep', x: 'depth' }, 'Deep { … deeper is not captured }'],
  [{ t: 'object', f: [] }, '{}'],
  [{ t: 'buffer', c: 'Uint8Array', n: 3 }, 'Uint8Array(3)'],
  [{ t: 'accessor' }, '(getter, not run)'],
  [{ t: 'bigint', v: '5' }, '5n'],
])('%j is %s', (value, text) => {
  expect(valueText(value)).toBe(text);
});

it('what a program wrote changes no terminal and no line', () => {
  const value: CapturedValue = { t: 'string', v: 'a\u001b[2J\nb' };
  const capture: Capture = {
    id: 'c-00000000',
    probe: 'p-00000000',
    kind: 'snapshot',
    at: '2026-01-01T00:00:00.000Z',
    service: 's',
    environment: 'e',
    version: 'v',
    instance: 'i\u001b[1m',
    file: 'a\n.ts',
    function: 'f\u202e',
    line: 1,
    values: { locals: [['x\u001b[0m', value]] },
    redacted: 2,
    cut: ['time'],
    cost: 0,
  };
  const lines = captureLines(capture);
  for (const unsafe of ['\u001b', '\n', '\u202e']) expect(lines.join('')).not.toContain(unsafe);
  expect(lines.at(-2)).toContain('2 values were redacted');
  expect(lines.at(-1)).toContain('cut by its time');
});
