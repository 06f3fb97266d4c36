import { describe, expect, it } from 'vitest';
import { javascript } from '../languages/javascript.ts';
import { EditorDocument } from './editor-document.ts';
import { longestText, Parsers } from './parsed-text.ts';

const parsers = new Parsers();

async function functionsOf(document: EditorDocument): Promise<string[]> {
  const result = await document.functions(parsers);
  if (result.kind === 'refused') return [result.message];
  return result.text.functions.map(({ name, line, start }, index) => {
    const [first] = result.text.textOf(index).split('\n');
    return `${line}:${start.column} ${name} ${first?.slice(0, 14)}`;
  });
}

const replace = (document: EditorDocument, from: string, to: string): void => {
  const text = document.getText();
  const at = text.indexOf(from);
  if (at === -1) throw new Error(`no ${from}`);
  const place = (index: number) => ({
    line: text.slice(0, index).split('\n').length - 1,
    character: index - (text.lastIndexOf('\n', index - 1) + 1),
  });
  document.update([{ range: { start: place(at), end: place(at + from.length) }, text: to }], document.version + 1);
};

const shop = `class Cart {
  add(x) { return x; }
  remove(x) { return -x; }
}
function open() { return 1; }
const close = () => 2;
`;

describe('the text of an editor', () => {
  it('edits are read like a full text', async () => {
    const document = new EditorDocument('file:///a.js', 'javascript', 1, shop);
    let state = 7;
    const random = (below: number): number => {
      state = (state * 48271) % 2147483647;
      return state % below;
    };
    for (let round = 0; round < 60; round += 1) {
      const text = document.getText();
      const at = random(text.length);
      const end = Math.min(text.length, at + random(4));
      const piece = ['\n', '😀', 'function q() { r(() => 1); }\n', '', '}', '{', '// é\n', 'x'][random(8)] ?? '';
      const place = (index: number) => ({
        line: text.slice(0, index).split('\n').length - 1,
        character: index - (text.lastIndexOf('\n', index - 1) + 1),
      });
      document.update([{ range: { start: place(at), end: place(end) }, text: piece }], document.version + 1);
      const incremental = await parsers.parse(javascript, document.getText());
      const read = await document.functions(parsers);
      if (incremental.kind === 'refused' || read.kind === 'refused') throw new Error('refused');
      // While there is an error, functions outside of the edit are those from before it.
      if (!incremental.parsed.hasError) {
        expect(read.text.functions).toEqual(incremental.parsed.functions);
      }
      for (const [index, { startIndex, endIndex, start }] of read.text.functions.entries()) {
        expect(read.text.textOf(index)).toBe(document.getText().slice(startIndex, endIndex));
        const line = document.getText().split('\n')[start.row] ?? '';
        expect(line.slice(start.column)).toBe(document.getText().slice(startIndex).split('\n')[0]);
      }
      incremental.parsed.dispose();
    }
    document.dispose();
  });

  it('a brace that is not closed takes nothing from the functions around it', async () => {
    const document = new EditorDocument('file:///a.js', 'javascript', 1, shop);
    expect(await functionsOf(document)).toEqual([
      '2:2 Cart.add add(x) { retur',
      '3:2 Cart.remove remove(x) { re',
      '5:0 open function open(',
      '6:14 close () => 2',
    ]);
    replace(document, 'return x; }', 'if (x) {\n    return x; }');
    const names = await functionsOf(document);
    expect(names).toEqual(
      expect.arrayContaining(['4:2 Cart.remove remove(x) { re', '6:0 open function open(', '7:14 close () => 2']),
    );
    replace(document, 'return x; }', 'return x; } }');
    expect((await functionsOf(document))[0]).toBe('2:2 Cart.add add(x) { if (x');
    document.dispose();
  });

  it('a file that is too large is refused with a reason', async () => {
    const document = new EditorDocument('file:///a.js', 'javascript', 1, 'x;'.repeat(longestText / 2 + 1));
    expect((await functionsOf(document))[0]).toMatch(/too large for Runlens/);
    document.update([{ text: 'function f() {}' }], 2);
    expect(await functionsOf(document)).toEqual(['1:0 f function f() {']);
    document.dispose();
  });

  it('a file that is no program is read without harm', async () => {
    const noise = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(33 + ((index * 7919) % 90))).join(
      '',
    );
    const document = new EditorDocument('file:///a.ts', 'typescript', 1, `\u0000\ud800${noise}`);
    expect((await document.functions(parsers)).kind).toBe('read');
    document.dispose();
    const deep = new EditorDocument('file:///a.js', 'javascript', 1, `${'('.repeat(50_000)}`);
    expect((await deep.functions(parsers)).kind).toBe('read');
    deep.dispose();
  });

  it('tells by its git id whether it is the text that runs, whatever its line ends', () => {
    const document = new EditorDocument('file:///a.js', 'javascript', 1, 'a\r\nb\r\n');
    // printf 'a\nb\n' | git hash-object --stdin
    expect(document.hasBlob('422c2b7ab3b3c668038da977e4e93a5fc623169c')).toBe(true);
    document.dispose();
  });
});
