import { expect, test } from 'vitest';
import { documentFunction } from '../test-data.ts';
import { webviewPage } from '../webview/page.ts';
import { followFunction } from './follow-function.ts';
import { parseFromDetailsPage } from './page-messages.ts';

test('the page loads nothing but its own script and style', () => {
  const html = webviewPage({ script: 'S', style: 'C', source: 'https://own', nonce: 'N' });
  expect(html).toContain("default-src 'none'; style-src https://own; script-src 'nonce-N'");
  expect(html).not.toContain('unsafe');
});

test('a message that no page of ours sends is not taken', () => {
  for (const message of [
    null,
    'ready',
    {},
    { type: 'delete' },
    { type: 'selectEnvironment' },
    { type: 'selectEnvironment', environment: 1 },
    { type: 'openFunction' },
    { type: 'openFunction', function: { file: 'a.ts', function: 'f', line: 1.5 } },
    { type: 'openFunction', function: { file: 1, function: 'f', line: 1 } },
  ]) {
    expect(parseFromDetailsPage(message)).toBeUndefined();
  }
  expect(parseFromDetailsPage({ type: 'selectEnvironment', environment: 'eu', more: 1 })).toEqual({
    type: 'selectEnvironment',
    environment: 'eu',
  });
});

test('the page follows its function among twins to the nearest, and loses it when the name is gone', () => {
  const functions = [documentFunction({ line: 5 }), documentFunction({ line: 50 })];
  expect(followFunction(functions, 'checkout', 44)).toBe(functions[1]);
  expect(followFunction(functions, 'other', 5)).toBeUndefined();
});
