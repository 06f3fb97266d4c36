import type { LensCallbacks } from '@runlens/protocol/lsp';
import { expect, test } from 'vitest';
import { Parsers } from '../documents/parsed-text.ts';
import { javascript } from '../languages/javascript.ts';
import { aProfile, aVersion, now } from '../testing/profiles.ts';
import { documentFunctions } from './document-functions.ts';
import { LensText } from './label.ts';

const text = `export function total(lines) {
  const prices = lines.map((line) => line.price);
  return prices
    .filter((price) => price > 0)
    .reduce((sum, price) => sum + price, 0);
}
export const one = (lines) => lines.map((line) => line.price);
`;

/** `line: name, label or not, heat, state` of each function; `shares` by name. */
async function told(callbacks: LensCallbacks, shares: Readonly<Record<string, number>> = {}): Promise<string[]> {
  const parsers = new Parsers();
  const result = await parsers.parse(javascript, text);
  if (result.kind === 'refused') throw new Error(result.message);
  const found = result.parsed.functions;
  const { functions } = documentFunctions({
    uri: 'file:///cart.js',
    version: 1,
    functions: found,
    mapped: found.map(({ name, line }) => ({
      kind: 'profile',
      mapping: 'exact',
      profile: aProfile({ function: name, timeShare: shares[name] ?? 0.0001, versions: [aVersion({ line })] }),
    })),
    elsewhere: [],
    collector: { kind: 'connected', url: '', version: '' },
    confirmedAt: null,
    restored: false,
    absence: null,
    notice: undefined,
    showAbsent: true,
    lensEnabled: true,
    callbacks,
    window: '15m',
    text: new LensText('full', undefined),
    minimumCalls: 0,
    now: Date.parse(now),
  });
  parsers.dispose();
  return functions.map(
    ({ range, name, label, heat, state }) =>
      `${range.start.line}: ${name} ${label === '' ? 'quiet' : 'lens'} ${heat} ${state.kind}`,
  );
}

test('a callback on one line has no lens; its state is told, its heat where the line is its own', async () => {
  expect(await told('multiline')).toEqual([
    '0: total lens 1 measured',
    '1: total.map(#1) quiet 1 measured',
    '3: total.filter(#2) quiet 1 measured',
    '4: total.reduce(#3) quiet 1 measured',
    '6: one lens 1 measured',
    '6: one.map(#1) quiet null measured',
  ]);
});

test('a hot callback has a lens on a line with another, and its own heat', async () => {
  const functions = await told('multiline', { 'one.map(#1)': 0.2, 'total.map(#1)': 0.02 });
  expect(functions.filter((each) => each.includes('map('))).toEqual([
    '1: total.map(#1) lens 3 measured',
    '6: one.map(#1) lens 4 measured',
  ]);
});

test('with all, every callback has a lens', async () => {
  expect((await told('all')).every((each) => each.includes(' lens '))).toBe(true);
});

test.each([
  ['off', 'notMeasured'],
  ['counts-only', 'notCalled'],
] as const)('no call, and a sensor that is %s: %s', async (level, expected) => {
  const parsers = new Parsers();
  const result = await parsers.parse(javascript, 'function idle() {}\n');
  if (result.kind === 'refused') throw new Error(result.message);
  const profile = aProfile({ function: 'idle', calls: 0 });
  const sensor = {
    version: '1',
    instance: 'a',
    state: { level, since: now, offBy: [], cpuShare: null, cpuBudget: 0.03, filesOff: [] },
  };
  const environment = { name: profile.environment, lastSeen: now, limitedSensors: [sensor], versions: [] };
  const { functions } = documentFunctions({
    uri: 'file:///cart.js',
    version: 1,
    functions: result.parsed.functions,
    mapped: [{ kind: 'profile', mapping: 'exact', profile }],
    elsewhere: [],
    collector: { kind: 'connected', url: '', version: '' },
    confirmedAt: null,
    restored: false,
    absence: null,
    services: [{ name: profile.service, lastSeen: now, environments: [environment] }],
    notice: undefined,
    showAbsent: true,
    lensEnabled: true,
    callbacks: 'all',
    window: '15m',
    text: new LensText('full', undefined),
    minimumCalls: 0,
    now: Date.parse(now),
  });
  parsers.dispose();
  expect(functions[0]?.state.kind).toBe(expected);
});

test('with a least number of calls, what has fewer has no lens, unless it fails or is called enough in the other environment', async () => {
  const parsers = new Parsers();
  const names = ['busy', 'idle', 'failing', 'never', 'elsewhere'];
  const result = await parsers.parse(javascript, names.map((name) => `function ${name}() {}\n`).join(''));
  if (result.kind === 'refused') throw new Error(result.message);
  const calls = { busy: 100, idle: 99, failing: 5, never: 0, elsewhere: 1 };
  const mapped = (of: Readonly<Record<string, number>>, environment: string) =>
    names.map((name) => ({
      kind: 'profile' as const,
      mapping: 'exact' as const,
      profile: aProfile({
        function: name,
        environment,
        versions: [aVersion({ calls: of[name] ?? 0, errors: name === 'failing' ? 1 : 0 })],
      }),
    }));
  const { functions } = documentFunctions({
    uri: 'file:///cart.js',
    version: 1,
    functions: result.parsed.functions,
    mapped: mapped(calls, 'production'),
    elsewhere: [],
    beside: mapped({ elsewhere: 1_000 }, 'staging'),
    collector: { kind: 'connected', url: '', version: '' },
    confirmedAt: null,
    restored: false,
    absence: null,
    notice: undefined,
    showAbsent: true,
    lensEnabled: true,
    callbacks: 'all',
    window: '15m',
    text: new LensText('compact', undefined),
    minimumCalls: 100,
    now: Date.parse(now),
  });
  parsers.dispose();
  expect(functions.filter(({ label }) => label !== '').map(({ name }) => name)).toEqual([
    'busy',
    'failing',
    'elsewhere',
  ]);
  expect(functions.at(-1)?.label).toMatch(/production ┃ 66.7\/min · 3 ms · staging$/);
  expect(functions.every(({ state }) => state.kind !== 'notMeasured')).toBe(true);
});
