import { describe, expect, it } from 'vitest';
import { EditorDocument } from '../documents/editor-document.ts';
import { type ParseResult, Parsers } from '../documents/parsed-text.ts';
import type { FoundFunction } from './definition.ts';
import { typescript } from './typescript.ts';

const text = `import { a } from './a.ts';

export const one = (line: string) => line.trim();
on('start', () => {
  run((each) => each);
});
/** A class. */
class Cart extends Base {
  @cached total(items: Item[]) { return items.reduce((sum, item) => sum + item.price, 0); }
  static of = () => new Cart();
}
function outer() {
  function inner() { return \`\${[1].map((n) => n)}\`; }
  return inner;
}
on('stop', async () => { await close(); });
export default { get size() { return 1; }, load: async () => 2 };
`;

/** Numbers that are the same in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pieces = [
  'x',
  '\n',
  '}',
  '{',
  ' ',
  ';',
  '/*',
  '*/',
  '`',
  "'",
  '(',
  ')',
  '() => 1',
  'function f() {}\n',
  '=> {',
  '',
];

class Recording extends Parsers {
  last: ParseResult | undefined;
  override async parse(...of: Parameters<Parsers['parse']>): Promise<ParseResult> {
    this.last = await super.parse(...of);
    return this.last;
  }
}

const plain = (functions: readonly FoundFunction[]): string => functions.map((each) => JSON.stringify(each)).join('\n');

describe('functions read after an edit', () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
    'are those of a reading of the whole text, whatever is typed (%d)',
    async (seed) => {
      const random = seeded(seed);
      const parsers = new Recording();
      const document = new EditorDocument('file:///a.ts', 'typescript', 1, text);
      await document.functions(parsers);
      for (let version = 2; version < 60; version += 1) {
        const now = document.getText();
        // Mostly single strokes; sometimes back to a text without errors.
        const whole = random(12) === 0;
        const start = whole ? 0 : random(now.length + 1);
        const end = whole ? now.length : Math.min(now.length, start + (random(3) === 0 ? random(30) : 0));
        const piece = whole ? text : (pieces[random(pieces.length)] ?? '');
        const range = { start: position(now, start), end: position(now, end) };
        document.update([{ range, text: piece }], version);
        await document.functions(parsers);
        const { last } = parsers;
        if (last?.kind !== 'parsed') throw new Error('not read');
        const fresh = await new Parsers().parse(typescript, document.getText());
        if (fresh.kind !== 'parsed') throw new Error(fresh.message);
        // An incremental tree may recover from an error another way than a fresh one: then its own walk decides.
        const tree = last.parsed.copyTree();
        expect(plain(last.parsed.functions), document.getText()).toBe(
          plain(typescript.functions(tree, document.getText())),
        );
        tree.delete();
        if (!fresh.parsed.hasError) expect(plain(last.parsed.functions)).toBe(plain(fresh.parsed.functions));
        fresh.parsed.dispose();
      }
      document.dispose();
      parsers.dispose();
    },
  );
});

function position(text: string, index: number): { line: number; character: number } {
  const before = text.slice(0, index);
  const line = before.split('\n').length - 1;
  return { line, character: index - (before.lastIndexOf('\n') + 1) };
}
