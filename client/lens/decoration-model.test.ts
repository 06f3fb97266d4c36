import { describe, expect, test } from 'vitest';
import { documentFunction } from '../test-data.ts';
import { decorationModel, hotLine } from './decoration-model.ts';

const endOfLine = { enabled: true, position: 'endOfLine' } as const;

describe('marks of a document', () => {
  test('no text stands at line ends when lenses are above, none, or off', () => {
    const functions = [documentFunction()];
    for (const lens of [
      { enabled: true, position: 'above' },
      { enabled: true, position: 'none' },
      { enabled: false, position: 'endOfLine' },
    ] as const) {
      expect(decorationModel(functions, lens).endOfLine).toEqual([]);
    }
  });

  test('heat is marked whatever the position of the lens', () => {
    expect(decorationModel([documentFunction({ heat: 3 })], { enabled: false, position: 'none' }).heat[3]).toEqual([9]);
  });

  test('an empty label and an unknown heat mark nothing', () => {
    const model = decorationModel(
      [documentFunction({ label: '', heat: null }), documentFunction({ label: '', heat: 0 })],
      endOfLine,
    );
    expect(model).toEqual({ endOfLine: [], heat: { 1: [], 2: [], 3: [], 4: [] } });
  });

  test('two functions of one line share its end, and the hotter one its gutter', () => {
    const model = decorationModel(
      [documentFunction({ label: 'a', heat: 2 }), documentFunction({ label: 'b', heat: 4 })],
      endOfLine,
    );
    expect(model.endOfLine).toEqual([{ line: 9, text: 'a   │   b' }]);
    expect(model.heat).toEqual({ 1: [], 2: [], 3: [], 4: [9] });
  });

  test('a long text is shortened by whole characters', () => {
    const model = decorationModel([documentFunction({ label: '😀'.repeat(300) })], endOfLine);
    const text = model.endOfLine[0]?.text ?? '';
    expect([...text]).toHaveLength(160);
    expect(text.endsWith('😀…')).toBe(true);
  });
});

describe('going to hot functions', () => {
  const model = decorationModel(
    [
      documentFunction({ line: 3, heat: 4 }),
      documentFunction({ line: 20, heat: 1 }),
      documentFunction({ line: 30, heat: 3 }),
    ],
    endOfLine,
  );
  test('skips the ones that are not hot, and goes around the end', () => {
    expect(hotLine(model, 3, 1, 3)).toBe(30);
    expect(hotLine(model, 30, 1, 3)).toBe(3);
    expect(hotLine(model, 3, -1, 3)).toBe(30);
  });
  test('there is none in a file that is cold', () => {
    expect(hotLine(decorationModel([documentFunction({ heat: 1 })], endOfLine), 0, 1, 3)).toBeUndefined();
  });
});
