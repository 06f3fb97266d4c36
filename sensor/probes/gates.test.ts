import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode, type SourceMapMappings } from '@jridgewell/sourcemap-codec';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { PlannedFile } from '../load/planned-file.ts';
import { PackedPlan, packPlan } from '../transform/packed-plan.ts';
import { planTransform } from '../transform/plan.ts';
import { Gates, type Located, type Location } from './gates.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), 'nowhere');

function loaded(text: string, path = join(root, 'src/cart.js'), firstSlot = 100): PlannedFile {
  const plan = planTransform(text, 'commonjs', 'javascript');
  return new PlannedFile(
    path,
    text,
    { plan: new PackedPlan(packPlan({ plan, language: 'javascript', unreadable: undefined })) },
    firstSlot,
  );
}

function gatesOf(...files: readonly PlannedFile[]): Gates {
  const gates = new Gates({ root, isFirstParty: () => true });
  for (const file of files) gates.add(file);
  return gates;
}

function only(located: Located): Location {
  if (located.kind !== 'found') throw new Error(`it is ${located.kind}`);
  const [location, ...others] = located.locations;
  if (!location || others.length > 0) throw new Error(`${located.locations.length} locations`);
  return location;
}

/** The names that can be read, by kind. */
const names = ({ names: all }: Location) => all.map(({ name, kind }) => `${kind} ${name}`).sort();

const cart = `const rates = { de: 0.19 };
function price(lines, { country = 'de' } = {}) {
  // Cents.
  let sum = 0;

  for (const line of lines) {
    const part = line.amount * line.price;
    if (part > 100)
      sum += part;
  }
  const all = [
    sum,
    sum * rates[country],
  ];
  return all.map((value) => {
    const rounded = Math.round(value);

    return rounded;
  });
}
const late = function (strings) { return eval(strings); };
price([]);
`;

describe('a line is found in what was loaded', () => {
  const gates = gatesOf(loaded(cart));
  const at = (line: number) => only(gates.locate('src/cart.js', line));

  it('before its statement, with the names that can be read there', () => {
    expect(at(7)).toMatchObject({
      slot: 100,
      kind: 'line',
      line: 7,
      functionName: 'price',
      around: [],
      returnGate: 1,
      throwGate: 2,
    });
    expect(names(at(7))).toEqual(
      [
        'const all',
        'const line',
        'const part',
        'closure rates',
        'let sum',
        'parameter country',
        'parameter lines',
      ].sort(),
    );
    expect(at(7).entryNames.map(({ name }) => name)).not.toContain('part');
  });

  it('the body of an if without braces', () => {
    expect(at(9)).toMatchObject({ kind: 'line', line: 9 });
    expect(at(9).gate).toBe(at(8).gate + 1);
  });

  it('a line without code is the next that has some', () => {
    expect(at(3)).toMatchObject({ line: 4 });
    expect(at(5)).toMatchObject({ line: 6 });
    expect(at(17)).toMatchObject({ line: 18, functionName: 'price.map(#1)', around: [100] });
  });

  it('a line in the middle of a statement is that statement', () => {
    expect(at(12)).toMatchObject({ line: 11, kind: 'line' });
  });

  it('the head of a function is its entry', () => {
    expect(at(2)).toMatchObject({ kind: 'entry', gate: 0, line: 2 });
  });

  it('what cannot be probed says why', () => {
    expect(gates.locate('src/cart.js', 21)).toMatchObject({ kind: 'refused', functionName: 'late' });
    expect(gates.locate('src/cart.js', 22)).toEqual({ kind: 'outside' });
    expect(gates.locate('src/other.js', 1)).toEqual({ kind: 'notLoaded' });
    expect(gates.locate('src/cart.js', 4_000)).toEqual({ kind: 'outside' });
  });

  it('in each copy that was loaded', () => {
    const twice = gatesOf(loaded(cart), loaded(cart, undefined, 500)).locate('src/cart.js', 7);
    expect(twice).toMatchObject({ kind: 'found', locations: [{ slot: 100 }, { slot: 500 }] });
  });
});

it('a line of a source is found in its minified build, with the names as they were written', () => {
  const { code, map } = transformSync(cart, {
    minify: true,
    sourcemap: true,
    sourcefile: '../src/cart.js',
    format: 'cjs',
    supported: { arrow: true },
  });
  const url = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
  const gates = gatesOf(loaded(`${code}//# sourceMappingURL=${url}\n`, join(root, 'dist/cart.js')));
  const location = only(gates.locate('src/cart.js', 7));
  expect(location).toMatchObject({ kind: 'line', line: 7, path: join(root, 'dist/cart.js') });
  expect(location.names.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['lines', 'country', 'sum', 'line', 'rates']),
  );
  expect(gates.locate('dist/cart.js', 1)).toEqual({ kind: 'notLoaded' });
});

describe('a source map that lies', () => {
  const text = `function login(password, tries) {
  const known = password.length;
  return known + tries;
}
function other(a) {
  return a;
}
`;
  const withMap = (map: string): PlannedFile =>
    loaded(
      `${text}//# sourceMappingURL=data:application/json,${encodeURIComponent(map)}\n`,
      join(root, 'dist/login.js'),
    );
  const valid = { version: 3, sources: ['../src/login.ts'], names: ['harmless'], mappings: '' };
  const each = (mappings: SourceMapMappings, more: object = {}) =>
    JSON.stringify({ ...valid, mappings: encode(mappings), ...more });

  it.each([
    ['is no JSON', '{'],
    ['is no map', '[]'],
    ['has no sources', JSON.stringify({ version: 3, mappings: 'AAAA' })],
    ['has sources that are none', JSON.stringify({ ...valid, sources: [null, 7, {}], mappings: 'AAAA;AACA;AEAAA' })],
    ['has mappings that are none', JSON.stringify({ ...valid, mappings: '!!!!;\\u0000;AAAAAAAAAAAAA' })],
    ['points to a source that it does not have', each([[[0, 9, 0, 0]], [[2, 9, 1, 2]]])],
    ['points before the first line', JSON.stringify({ ...valid, mappings: 'AADD;AADD;AADD' })],
    ['points behind the last', each([[[0, 0, 2_000_000_000, 0]], [[2, 0, 2_000_000_000, 0]]])],
    ['has lines upside down', each([[[0, 0, 9, 0]], [[2, 0, 5, 2]], [[2, 0, 1, 2]]])],
    ['has all in one place', each([[[0, 0, 0, 0]], [[0, 0, 0, 0]], [[0, 0, 0, 0]], [[0, 0, 0, 0]]])],
    ['leaves the repository', each([[[0, 0, 0, 0]]], { sources: ['../../../../../etc/passwd'] })],
    [
      'holds itself',
      JSON.stringify({ version: 3, sections: [{ offset: { line: 0, column: 0 }, map: { version: 3, sections: [] } }] }),
    ],
    ['has a text of its own', each([[[0, 0, 0, 0]], [[2, 0, 0, 0]]], { sourcesContent: [''] })],
  ])('and %s breaks nothing, and leads to gates of the loaded text only', (_title, map) => {
    const file = withMap(map);
    const gates = gatesOf(file);
    for (const path of ['src/login.ts', 'dist/login.js', '../etc/passwd', '/etc/passwd']) {
      for (const line of [0, 1, 2, 3, 6, 10, 2_000_000_001]) {
        const located = gates.locate(path, line);
        for (const { slot, gate, gateCount } of located.kind === 'found' ? located.locations : []) {
          expect([100, 101]).toContain(slot);
          expect(gate).toBeLessThan(gateCount);
        }
      }
    }
  });

  it('and gives a password another name does not make it be shown', () => {
    const position = text.indexOf('password');
    const tries = text.indexOf('tries');
    const map = each([
      [
        [0, 0, 0, 0],
        [position, 0, 0, position, 0],
        [tries, 0, 0, tries, 0],
      ],
      [[2, 0, 1, 2]],
    ]);
    const location = only(gatesOf(withMap(map)).locate('src/login.ts', 2));
    expect(location.names.map(({ name }) => name)).toEqual(expect.arrayContaining(['password', 'harmless']));
  });
});
