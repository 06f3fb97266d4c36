/** What a comparison says of functions that a person changed. */
import type { CompareResponse, FunctionChange } from '@runlens/protocol/api/compare';
import { expect, it } from 'vitest';
import { changesOf, outcomesOf } from './verdict.ts';

const numbers = { calls: 1_000, callsPerMinute: 33, errors: 0, p50: 0.01, p95: 0.02, p99: 0.03 };
const changed = (name: string, kind: FunctionChange['changes'][number]['kind']): FunctionChange => ({
  ...{ file: 'a.ts', function: name, line: 3, base: numbers, now: { ...numbers, p50: 0.02 } },
  changes: [{ kind, ratio: 2, falseDiscoveryRate: 0.001 }],
});
const side = { version: 'v1', window: { since: '', until: '' }, batches: 12, instances: 1, calls: 1, errors: 0 };
const response: CompareResponse = {
  ...{ service: 'shop', environment: 'production', of: 'versions', relation: 'after', base: side, now: side },
  ...{ traffic: 1, compared: 9, tested: 9, truncated: false, newQueries: [], removed: [], added: 0 },
  functions: [changed('list', 'faster'), changed('pay', 'slower'), changed('rare', 'moreCalls')],
  newErrors: [
    {
      ...{ file: 'a.ts', function: 'ship', line: 9 },
      exception: { type: 'RangeError', message: 'no rate for {s}', count: 3, lastSeen: '' },
    } as CompareResponse['newErrors'][number],
  ],
};

it('what is worse comes first, and a change of calls is neither worse nor better', () => {
  expect(changesOf(response).map(({ kind, function: name }) => `${kind} ${name}`)).toEqual([
    'newError ship',
    'worse pay',
    'better list',
    'other rare',
  ]);
});

it('a change helped, made worse or made no difference; a function of the same name elsewhere is another', () => {
  const own = [
    ...['list', 'pay', 'ship', 'sort'].map((name) => ({ file: 'a.ts', function: name, line: 1 })),
    { file: 'b.ts', function: 'list', line: 1 },
  ];
  expect(outcomesOf(own, changesOf(response)).map(({ outcome }) => outcome)).toEqual([
    'helped',
    'worse',
    'worse',
    'noDifference',
    'noDifference',
  ]);
});
