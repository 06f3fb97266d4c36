import { describe, expect, it } from 'vitest';
import { PackedPlan, packPlan } from '../../transform/packed-plan.ts';
import { planTransform } from '../../transform/plan.ts';
import { placeInScript } from './script-place.ts';

const options = { root: '/app', isFirstParty: () => true };
const text = `import { base } from './base.js';
const rate = 2;
let unused = 1;
export class Shop {
  total(order, { tax = 1, ...more }) {
    let sum = 0;
    for (const line of order.lines) {
      var last = line;
      const price = line.price * rate;
      sum += price;
    }
    try {
      base(this);
    } catch (problem) {
      const told = problem.message;
      return told;
    }
    const each = (one) => one + tax;
    if (sum > 5) {
      const hidden = 1;
      order.done = hidden;
    }
    return each(sum) + last.price + more.size;
  }
}
const short = (x) => x * rate;
`;
const find = (line: number, at: 'line' | 'entry' = 'line', script = text, path = '/app/shop.js') =>
  placeInScript({ path, text: script }, path.slice(5), line, at, options);

function found(...given: Parameters<typeof find>) {
  const place = find(...given);
  if (place.kind !== 'found') throw new Error(place.reason);
  return place;
}

describe('a line of a script', () => {
  it.each([
    ['a statement', 10, [9, 6], 'Shop.total'],
    ['an entry, on the line of the head', 5, [5, 4], 'Shop.total'],
    ['a line without a statement: the next', 11, [11, 4], 'Shop.total'],
    ['a function within', 26, [25, 21], 'short'],
  ])('is found: %s', (_, line, [scriptLine, scriptColumn], functionName) => {
    expect(found(line)).toMatchObject({ scriptLine, scriptColumn, functionName });
  });

  it('tells the names that are in scope there and that the function uses, the nearest first', () => {
    const { names } = found(10);
    const of = (kind: string) => names.filter((one) => one.kind === kind).map(({ name }) => name);
    expect(of('parameter')).toEqual(['order', 'tax', 'more']);
    expect([...of('const'), ...of('let'), ...of('var')]).toEqual(
      expect.arrayContaining(['price', 'line', 'sum', 'last', 'each']),
    );
    expect(of('this')).toEqual(['this']);
    expect(of('closure').sort()).toEqual(['base', 'rate']);
    for (const other of ['hidden', 'told', 'problem', 'one', 'unused', 'Shop']) {
      expect(names.map(({ name }) => name)).not.toContain(other);
    }
    expect(found(16).names.map(({ name }) => name)).toEqual(expect.arrayContaining(['problem', 'told']));
  });

  it('reads them by number, each where it is asked for only', () => {
    const { names, reader } = found(10);
    const index = names.findIndex(({ name }) => name === 'sum');
    const read: unknown = new Function(
      ...names.flatMap(({ name }) => (name === 'this' || name === 'late' ? [] : [name])),
      `return ${reader}`,
    )(...names.filter(({ name }) => name !== 'this').map(({ name }) => `the ${name}`));
    if (typeof read !== 'function') throw new Error('no reader');
    expect([read(index), read(999)]).toEqual(['the sum', undefined]);
  });

  it('is the same in the text that the sensor has made of it, and none of its names is told', () => {
    const plan = planTransform(text, 'module', 'javascript');
    const packed = new PackedPlan(packPlan({ plan, language: 'javascript', unreadable: undefined }));
    const place = found(10, 'line', packed.render(text, 0));
    expect(place).toMatchObject({ scriptLine: 9, line: 10 });
    expect(place.names.map(({ name }) => name).filter((name) => /rl/.test(name))).toEqual([]);
  });

  it('is found by a source map', () => {
    const built = 'function a(b){\nlet c=b;\nreturn c;\n}\n';
    const map = {
      version: 3,
      sources: ['price.ts'],
      names: ['password'],
      mappings: 'AAAA;AAIAA;AACA',
      sourcesContent: [null],
    };
    const comment = `//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(map))}`;
    const place = placeInScript(
      { path: '/app/dist/price.js', text: built + comment },
      'dist/price.ts',
      5,
      'line',
      options,
    );
    expect(place).toMatchObject({ kind: 'found', scriptLine: 1, line: 5 });
  });

  it.each([
    ['outside of functions', 2, text, 'in no function'],
    ['of no JavaScript', 1, 'this is none', 'cannot be read'],
    ['of a text that is too long', 1, `/*${' '.repeat(2_000_000)}*/`, 'too long'],
  ])('says why there is none: %s', (_, line, script, reason) => {
    const place = find(line, 'line', script);
    expect(place.kind === 'absent' && place.reason).toContain(reason);
  });
});
