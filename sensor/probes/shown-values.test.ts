import { defaultCaptureLimits } from '@runlens/protocol/probes/limits';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { describe, expect, it } from 'vitest';
import { ValueCapture } from './capture-value.ts';
import type { FlatCapture } from './flat-values.ts';
import { shownValues } from './shown-values.ts';

const redactor = new Redactor({ names: ['loyalty'] });

function flatOf(values: Readonly<Record<string, unknown>>): FlatCapture {
  const capture = new ValueCapture({ ...defaultCaptureLimits, milliseconds: 10_000 }, redactor);
  for (const [name, value] of Object.entries(values)) capture.add(name, value);
  return capture.finish();
}

const shared = { city: 'Utrecht' };
const value = { list: [1, 'two', true], map: new Map([['a', shared]]), set: new Set([shared]), more: { deep: {} } };

describe('what was captured', () => {
  it('is only primitives, which no change of the program’s reaches', () => {
    const changed = { lines: [{ price: 1 }] };
    const flat = flatOf({ changed });
    expect(flat.flat.filter((each) => typeof each === 'object' || typeof each === 'function')).toEqual([]);
    changed.lines.push({ price: 2 });
    expect(JSON.stringify(shownValues(flat, 1, redactor).values)).not.toContain('"2"');
  });

  it('has nothing of a value whose name is secret, before anything is judged by its form', () => {
    const { flat, redacted } = flatOf({ password: 'hunter2', user: { loyalty: 'gold', pin: 1234, tokens: ['abc'] } });
    expect(flat.map(String).join()).not.toMatch(/hunter2|gold|1234|abc/);
    expect(redacted).toBe(4);
  });

  it('is told with what is secret by its form hidden, in texts, keys, names and classes, and counted', () => {
    const card = '4111 1111 1111 1111';
    const [Hidden] = [{ [card]: class {} }[card]];
    const held = { text: `paid by ${card}`, [card]: 1, number: 4111111111111111, map: new Map([[card, card]]) };
    const { values, redacted } = shownValues(flatOf({ held, one: Hidden && new Hidden(), call: Hidden }), 3, redactor);
    expect(JSON.stringify(values)).not.toMatch(/4111/);
    expect(redacted).toBe(7);
  });

  it.each([
    ['ends early', (flat: FlatCapture) => ({ ...flat, flat: flat.flat.slice(0, -1) }), 1],
    ['has fewer names', (flat: FlatCapture) => flat, 0],
    ['has more names', (flat: FlatCapture) => flat, 2],
    ['has a kind that is none', (flat: FlatCapture) => ({ ...flat, flat: [99, ...flat.flat.slice(1)] }), 1],
  ])('is not told at all where it %s', (_, spoil, variables) => {
    const flat = flatOf({ value });
    expect(() => shownValues(flat, 1, redactor)).not.toThrow();
    expect(() => shownValues(spoil(flat), variables, redactor)).toThrow();
  });
});
