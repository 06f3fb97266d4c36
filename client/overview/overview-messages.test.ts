import { expect, test } from 'vitest';
import { parseFromOverviewPage } from './overview-messages.ts';

test('a message that no page of ours sends is not taken', () => {
  for (const message of [undefined, 'ready', {}, { type: 'choose' }, { type: 'choose', what: 'token' }]) {
    expect(parseFromOverviewPage(message)).toBeUndefined();
  }
  expect(parseFromOverviewPage({ type: 'openFunction', function: { file: 'a.ts', function: 'f' } })).toBeUndefined();
});

test('what the page asks for is taken, and nothing more of it', () => {
  const named = { file: 'a.ts', function: 'f', line: 3 };
  expect(parseFromOverviewPage({ type: 'openFunction', function: { ...named, more: 1 } })).toEqual({
    type: 'openFunction',
    function: named,
  });
  expect(parseFromOverviewPage({ type: 'choose', what: 'window' })).toEqual({ type: 'choose', what: 'window' });
});
