import { describe, expect, it } from 'vitest';
import type { Capture, CapturedValue } from './capture.ts';
import { previewLines } from './preview-lines.ts';

const asIs = (text: string): string => text;
const hit = (locals: readonly (readonly [string, CapturedValue])[]) => ({
  from: 'hit' as const,
  capture: {
    id: 'c-00000001',
    probe: 'p-00000001',
    kind: 'snapshot',
    at: '2026-01-02T03:04:05.000Z',
    service: 'shop',
    environment: 'production',
    version: '1',
    instance: 'one',
    file: 'a.ts',
    function: 'a',
    line: 3,
    values: { locals: locals.map(([name, value]): [string, CapturedValue] => [name, value]) },
    redacted: 0,
    cut: [],
    cost: 0,
  } satisfies Capture,
});

describe('what a probe would capture', () => {
  it('is one line where nothing can be told', () => {
    expect(previewLines({ from: 'nothing', why: 'nobody is there.' }, asIs)).toEqual([
      'Nothing can be told: nobody is there.',
    ]);
  });

  it('has no value in it, also where a sensor should have sent one', () => {
    const lines = previewLines(
      hit([
        ['name', { t: 'string', v: 'swordfish', n: 9 }],
        ['n', { t: 'number', v: '7' }],
      ]),
      asIs,
    );
    expect(lines.join('\n')).not.toMatch(/swordfish|7/);
    expect(lines).toContain('  name: string of 9 characters');
  });

  it('tells elements that are alike once, and those that differ apart', () => {
    const line: CapturedValue = { t: 'object', f: [['price', { t: 'number', x: 'redacted' }]] };
    const lines = previewLines(hit([['lines', { t: 'array', n: 300, e: [line, line, { t: 'null' }] }]]), asIs);
    expect(lines.slice(4)).toEqual([
      '  lines: array of 300',
      '    each of 2: object',
      '      price: number',
      '    each of 1: null',
    ]);
  });

  it('is bounded, however large what it is told', () => {
    const many = Array.from({ length: 9_000 }, (_, at): readonly [string, CapturedValue] => [
      `v${at}`,
      { t: 'number' },
    ]);
    expect(previewLines(hit(many), asIs).length).toBeLessThan(2_100);
  });

  it('makes every text harmless that comes from a program', () => {
    const lines = previewLines(
      hit([['evil', { t: 'object', c: 'Evil', f: [['evil', { t: 'function', v: 'evil' }]] }]]),
      (text) => text.replaceAll(/evil/gi, 'good'),
    );
    expect(lines.join()).not.toMatch(/evil/i);
  });
});
