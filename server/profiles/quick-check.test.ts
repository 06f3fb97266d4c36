import { profilesResponseSchema } from '@runlens/protocol/api/profile';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aFile, aProfile, aResponse, aVersion } from '../testing/profiles.ts';
import { quickCheck } from './quick-check.ts';

const whole = () =>
  aResponse(
    [
      {
        ...aProfile({ function: 'add', versions: [aVersion({ calls: 3 }), aVersion({ version: 'v2' })] }),
        entries: [{ name: 'GET /', calls: 1, duration: null }],
        callers: [{ function: 'main', calls: 2 }],
        queries: [{ statement: 'SELECT ?', system: 'sqlite', callsPerCall: 1, calls: 2, totalSeconds: 0.1 }],
        outgoing: [{ target: 'mail', calls: 1, errors: 1, totalSeconds: 0.2 }],
        exceptions: [{ type: 'RangeError', count: 1, lastSeen: '2026-01-31T12:00:00.000Z' }],
      },
    ],
    [{ ...aFile({}), unmeasured: [{ function: 'skip', line: 7, reason: 'too large' }] }],
  );

const hostile: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  0.5,
  2 ** 60,
  Number.POSITIVE_INFINITY,
  Number.NaN,
  '',
  '2026-02-30T00:00:00Z',
  '2026-01-31T12:00:00Z\n',
  [],
  [null],
  {},
];

/** The value with each of its places in turn (also within lists and objects) replaced. */
function* spoilt(value: unknown, path: readonly string[] = []): Generator<{ place: string; value: unknown }> {
  for (const other of hostile) yield { place: `${path.join('.')} = ${String(other)}`, value: other };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    for (const each of spoilt(inner, [...path, key])) {
      const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
      Object.assign(copy, { [key]: each.value });
      yield { place: each.place, value: copy };
    }
  }
}

describe('the quick check of an answer', () => {
  it('accepts what a collector answers', () => {
    expect(quickCheck(profilesResponseSchema, whole())).toBe(true);
    expect(quickCheck(profilesResponseSchema, aResponse([], []))).toBe(true);
  });

  it('accepts and refuses, in each place, what the schema does', () => {
    let places = 0;
    for (const { place, value } of spoilt(whole())) {
      places += 1;
      expect({ place, accepted: quickCheck(profilesResponseSchema, value) }).toEqual({
        place,
        accepted: profilesResponseSchema.safeParse(value).success,
      });
    }
    expect(places).toBeGreaterThan(1_000);
  });

  it('accepts what a newer collector adds, and leaves it where it is', () => {
    const newer: unknown = { ...whole(), weather: 'fine' };
    expect(quickCheck(profilesResponseSchema, newer)).toBe(true);
  });

  it.each<[string, z.ZodType, unknown]>([
    ['a default', z.object({ a: z.string().default('x') }), { a: 'y' }],
    ['a transform', z.string().transform(Number), '1'],
    ['a refinement', z.string().refine(() => false), 'x'],
    ['a coercion', z.coerce.number(), 1],
    ['a union', z.union([z.string(), z.number()]), 'x'],
    ['a strict object', z.strictObject({ a: z.string() }), { a: 'x', b: 1 }],
    ['a longest length', z.array(z.string().max(3)).max(1), ['x', 'y']],
    ['a greatest number', z.number().max(3), 7],
    ['a least number that is itself not one', z.number().gt(3), 3],
    ['another format', z.email(), 'not one'],
  ])('leaves %s to the schema', (_, schema, value) => {
    expect(quickCheck(schema, value)).toBe(false);
  });
});
