import { expect, test } from 'vitest';
import { withinRoom } from './agent-tools.ts';

test('an answer takes what the model asked for, or less where the editor has less room', () => {
  expect(withinRoom({ maxTokens: 4_000 }, 1_500)).toEqual({ maxTokens: 1_500 });
  expect(withinRoom({ maxTokens: 400 }, 1_500)).toEqual({ maxTokens: 400 });
  expect(withinRoom({ maxTokens: 400 }, 5)).toEqual({ maxTokens: 100 });
  expect(withinRoom({ file: 'a.ts' }, 1_500)).toEqual({ file: 'a.ts' });
});
