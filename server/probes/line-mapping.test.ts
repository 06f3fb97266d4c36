import { beforeAll, describe, expect, it } from 'vitest';
import { type ParsedText, Parsers } from '../documents/parsed-text.ts';
import { typescript } from '../languages/typescript.ts';
import { functionMeant, functionOfLine, type LinedText, linesOf, mapFunction, mapLine } from './line-mapping.ts';

let parsers: Parsers;
beforeAll(() => {
  parsers = new Parsers();
  return () => parsers.dispose();
});

async function read(text: string): Promise<LinedText & { readonly parsed: ParsedText }> {
  const result = await parsers.parse(typescript, text);
  if (result.kind === 'refused') throw new Error(result.message);
  const { parsed } = result;
  return {
    parsed,
    functions: parsed.functions,
    textOf: (index) => parsed.textOf(index),
    fingerprint: (index) => parsed.fingerprint(index),
    lines: linesOf(text),
  };
}

const deployed = `import { send } from './mail.ts';

export function pay(order: Order) {
  const total = order.total;
  if (total > 100) {
    audit(order);
  }
  return send(total);
}

function refund(order: Order) {
  audit(order);
  return send(-order.total);
}
`;

/** The row of the only line with these words. */
function rowOf(text: string, words: string): number {
  const rows = linesOf(text).flatMap((line, row) => (line.includes(words) ? [row] : []));
  const [row] = rows;
  if (row === undefined || rows.length !== 1) throw new Error(`${rows.length} lines have ${words}`);
  return row;
}

async function mapped(edited: string, words: string) {
  const texts = { deployed: await read(deployed), editor: await read(edited) };
  const there = mapLine(texts, rowOf(edited, words), 'deployed');
  if (there.kind === 'line') {
    // There and back is the same line.
    expect(mapLine(texts, there.row, 'editor')).toEqual({ kind: 'line', row: rowOf(edited, words) });
    expect(texts.deployed.lines[there.row]?.trim()).toBe(texts.editor.lines[rowOf(edited, words)]?.trim());
  }
  return there;
}

describe('a line of the editor in the text that runs', () => {
  it('is found below lines that were added, in functions that were moved and indented otherwise', async () => {
    const [, pay, refund] = deployed.split(/(?=export function|function refund)/);
    const edited = `// a note\n\n${refund}\n${pay?.replace('  const total = order.total;', '    const total = order.total;\n  trace(total);')}`;
    expect(await mapped(edited, 'return send(total)')).toEqual({ kind: 'line', row: 7 });
    expect(await mapped(edited, 'const total')).toEqual({ kind: 'line', row: 3 });
    expect(await mapped(edited, '-order.total')).toEqual({ kind: 'line', row: 12 });
  });

  it('that is new or was changed is refused, and so is one of a function that does not run', async () => {
    const changed = deployed.replace('total > 100', 'total > 1000');
    expect(await mapped(changed, 'total > 1000')).toEqual({ kind: 'none', reason: 'changedLine', row: 2 });
    const added = `${deployed}\nfunction late() {\n  return send(0);\n}\n`;
    expect(await mapped(added, 'send(0)')).toMatchObject({ kind: 'none', reason: 'newFunction' });
  });

  it('is sought within its own function only: the same words in another one are another line', async () => {
    const moved = deployed.replace('    audit(order);\n', '');
    // `audit(order)` is left in refund(), and is that of refund().
    expect(await mapped(moved, 'audit(order)')).toEqual({ kind: 'line', row: 11 });
    const gone = deployed.replace('  audit(order);\n  return send(-', '  return send(-');
    expect(await mapped(gone, 'audit(order)')).toEqual({ kind: 'line', row: 5 });
  });

  it('that stands there another number of times is refused: which one is meant cannot be told', async () => {
    const twice = deployed.replace('    audit(order);\n', '    audit(order);\n    audit(order);\n');
    const texts = { deployed: await read(deployed), editor: await read(twice) };
    for (const row of [5, 6]) {
      expect(mapLine(texts, row, 'deployed')).toMatchObject({ kind: 'none', reason: 'twinLines' });
    }
  });

  it('on which a function starts belongs to the one around it, too', async () => {
    const around = 'export function run(all: number[]) {\n  return all.map((one) => one * 2);\n}\n';
    const texts = { deployed: await read(around), editor: await read(`// moved\n${around}`) };
    expect(mapLine(texts, 1, 'deployed')).toEqual({ kind: 'line', row: 0 });
    expect(mapLine(texts, 2, 'deployed')).toEqual({ kind: 'line', row: 1 });
  });

  it('at the entry of a function that was changed is the function where it runs', async () => {
    const changed = `\n\n${deployed.replace('total > 100', 'total > 1000')}`;
    const texts = { deployed: await read(deployed), editor: await read(changed) };
    expect(mapFunction(texts, rowOf(changed, 'total > 1000'))).toMatchObject({ kind: 'line', row: 2 });
  });
});

describe('the function of a line', () => {
  const text = `export function run(all: number[]) {
  const twice = all.map((one) => one * 2);
  const later = () => {
    return twice;
  };
  return later;
}
`;
  const names = async (of: typeof functionOfLine, row: number) => {
    const lined = await read(text);
    return lined.functions[of(lined, row) ?? -1]?.name;
  };

  it('is the one whose statement it is, not a callback further on in it', async () => {
    expect(await names(functionOfLine, 1)).toBe('run');
    expect(await names(functionOfLine, 2)).toBe('run');
    expect(await names(functionOfLine, 3)).toBe('run.later');
    expect(await names(functionOfLine, 0)).toBeUndefined();
  });

  it('by its entry is the one that begins there', async () => {
    expect(await names(functionMeant, 0)).toBe('run');
    expect(await names(functionMeant, 1)).toBe('run');
    expect(await names(functionMeant, 2)).toBe('run.later');
  });
});

describe('the names in scope', () => {
  const text = `import mail, { send as post } from './mail.ts';
const rate = 2;
class Till {
  pay(order, { items: [first, ...rest], note = '' }) {
    const total = order.total;
    for (const item of order.items) {
      check(item);
      const late = 1;
    }
    return order.items.map((line) => line.cents * rate);
  }
}
function check(item) {}
`;
  const names = async (row: number) =>
    Object.fromEntries((await read(text)).parsed.namesAt(row).map(({ name, from }) => [name, from]));

  it('are those of the blocks around the line, nearest first, without what is declared later', async () => {
    expect(await names(6)).toEqual({
      item: 'local',
      total: 'local',
      order: 'parameter',
      first: 'parameter',
      rest: 'parameter',
      note: 'parameter',
      mail: 'module',
      post: 'module',
      rate: 'module',
      Till: 'module',
      check: 'module',
      this: 'local',
    });
  });

  it('of a line with a callback are those of the function around it', async () => {
    expect(await names(9)).not.toHaveProperty('line');
    expect(await names(9)).toMatchObject({ total: 'local', order: 'parameter' });
  });
});
