import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Instrumenter } from './instrument.ts';
import type { LoadedFile } from './loaded-file.ts';
import { PlannedFile } from './planned-file.ts';

const paying = 'function pay(amount) { return amount * 2; }\nmodule.exports = pay;\n';
const asking = 'function ask(name) { if (name) return `${name}é中`; }\nmodule.exports = ask;\n';
const plain = 'module.exports = 1;\n';

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'runlens-texts-'));
  folder = join(base, 'cache');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

interface Start {
  readonly code: (path: string, text: string) => string | undefined;
  readonly files: LoadedFile[];
  readonly instrumenter: Instrumenter;
  /** The next free slot. */
  readonly free: () => number;
  readonly later: (() => void)[];
}

interface Options {
  /** Slots that something else has taken before. */
  readonly reserved?: number;
  readonly version?: string;
  readonly setting?: 'on' | 'off' | 'default';
  readonly program?: string;
  readonly probes?: boolean;
}

/** A start of the program. */
function start({ reserved = 0, version = '1', setting = 'on', program = '/p', probes = true }: Options = {}): Start {
  let next = reserved;
  const files: LoadedFile[] = [];
  const later: (() => void)[] = [];
  const instrumenter = new Instrumenter({
    reserve: (count) => {
      next += count;
      return next - count;
    },
    isFirstParty: () => true,
    root: base,
    usesSourceMaps: () => false,
    onLoaded: (file) => files.push(file),
    probes,
    cache: {
      setting: { kind: 'folder', path: folder },
      program: ['p'],
      code: { setting, program, later: (work) => later.push(work) },
    },
    version,
  });
  const code = (path: string, text: string) =>
    instrumenter.instrument({ path, text, sourceType: 'commonjs', typescript: false });
  return { code, files, instrumenter, free: () => next, later };
}

const facts = ({ path, text, firstSlot, language, functions, skipped, shifts, unreadable, gates }: LoadedFile) => {
  return { path, text, firstSlot, language, functions, skipped, shifts, unreadable, gates: typeof gates };
};
const kept = (): string[] => (existsSync(join(folder, 'sensor')) ? readdirSync(join(folder, 'sensor')) : []);
const textsFile = (): string => join(folder, 'sensor', kept().find((name) => name.endsWith('.texts')) ?? 'none');

/** A start that loads both files and ends. */
function learn(): readonly (string | undefined)[] {
  const first = start();
  const codes = [first.code('/a.js', paying), first.code('/b.js', asking), first.code('/c.js', plain)];
  first.instrumenter.save();
  return codes;
}

describe('texts that are kept', () => {
  it('are those of the next start, with the same slots and all that is known of them', () => {
    const first = start();
    const codes = [first.code('/a.js', paying), first.code('/b.js', asking)];
    first.instrumenter.save();
    const next = start();
    // In another order: slots are those that stand in the texts.
    const again = [next.code('/b.js', asking), next.code('/a.js', paying)];
    expect(again).toEqual(codes.toReversed());
    expect(next.files.map(facts)).toEqual(first.files.map(facts).toReversed());
    expect(next.files[0]?.gates()).toEqual(first.files[1]?.gates());
    expect(structuredClone(next.files[0]?.packed())).toEqual(structuredClone(first.files[1]?.packed()));
    // Another thread reads the plan by itself.
    const handed = structuredClone(next.files[0]?.handed());
    expect(handed?.plan).not.toBeInstanceOf(Uint8Array);
    const arrived = handed ? [PlannedFile.from(handed)] : [];
    expect(arrived.map(facts)).toEqual(first.files.slice(1).map(facts));
    expect(next.free()).toBe(first.free());
  });

  it('are not written again where nothing is new, nor is a text without functions looked at again', () => {
    learn();
    const before = statSync(textsFile()).mtimeMs;
    const next = start();
    expect(next.code('/c.js', plain)).toBeUndefined();
    next.instrumenter.save();
    expect(statSync(textsFile()).mtimeMs).toBe(before);
    expect(next.files).toEqual([]);
  });

  it('of a file that has changed are not used, and what is new gets slots of its own', () => {
    const [a = '', b] = learn();
    const next = start();
    const changed = next.code('/a.js', paying.replace('2', '3'));
    expect(changed).toContain('amount * 3');
    expect(changed).not.toBe(a.replace('2;', '3;'));
    expect(next.code('/b.js', asking)).toBe(b);
    const slots = next.files.map(({ firstSlot }) => firstSlot);
    expect(new Set(slots).size).toBe(2);
    next.instrumenter.save();
    const third = start();
    expect([third.code('/a.js', paying.replace('2', '3')), third.code('/b.js', asking)]).toEqual([changed, b]);
  });

  it('are not used where other slots are free, or by another version', () => {
    const [a] = learn();
    const shifted = start({ reserved: 7 });
    expect(shifted.code('/a.js', paying)).not.toBe(a);
    expect(shifted.files[0]?.firstSlot).toBe(7);
    const newer = start({ version: '2' });
    newer.code('/a.js', paying);
    expect(newer.free()).toBe(1);
  });

  it('go on in their slots when a file is loaded again, and in others when its text was another meanwhile', () => {
    const [a] = learn();
    const next = start();
    expect([next.code('/a.js', paying), next.code('/a.js', paying)]).toEqual([a, a]);
    expect(next.files).toHaveLength(1);
    next.code('/a.js', asking);
    next.code('/a.js', paying);
    const slots = next.files.map(({ firstSlot }) => firstSlot);
    expect(new Set(slots).size).toBe(3);
  });

  it('are known by their source map too, where they have one', () => {
    const mapped = `${paying}//# sourceMappingURL=a.js.map\n`;
    const path = join(base, 'a.js');
    const map = (source: string) => {
      const content = { version: 3, sources: [source], names: [], mappings: 'AAAA' };
      writeFileSync(`${path}.map`, JSON.stringify(content));
    };
    map('a.ts');
    const first = start();
    const code = first.code(path, mapped);
    first.instrumenter.save();
    const same = start();
    expect(same.code(path, mapped)).toBe(code);
    expect(same.files[0]?.text).toBe(mapped);
    expect(same.free()).toBe(1);
    map('b.ts');
    const other = start();
    other.code(path, mapped);
    expect(other.files[0]?.firstSlot).toBe(1);
  });

  it('are written in parts once no more have come for a while', () => {
    const first = start();
    first.code('/a.js', paying);
    first.instrumenter.settle();
    expect(first.later).toEqual([]);
    first.instrumenter.settle();
    for (let turn = first.later.shift(); turn; turn = first.later.shift()) turn();
    expect(statSync(textsFile()).mode & 0o777).toBe(0o600);
    expect(start().free()).toBe(0);
    const next = start();
    next.code('/a.js', paying);
    expect(next.files[0]?.firstSlot).toBe(0);
    expect(kept().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('give up the slots that no file has any more', () => {
    const many = (from: number) => Array.from({ length: 5_000 }, (_, i) => `function f${from + i}() {}`).join('\n');
    let next = start({ probes: false });
    for (let round = 0; round < 3; round += 1) {
      next = start({ probes: false });
      next.code('/a.js', many(round));
      next.instrumenter.save();
    }
    expect(next.free()).toBeLessThanOrEqual(20_000);
    const after = start({ probes: false });
    after.code('/a.js', many(2));
    expect(after.files[0]?.firstSlot).toBe(0);
  });
});

describe('code is kept only where that lets nobody in', () => {
  const keeps = (options: Options): boolean => {
    const one = start(options);
    one.code('/a.js', paying);
    one.instrumenter.save();
    return kept().some((name) => name.endsWith('.texts'));
  };

  it('by default where the process could write its own program', () => {
    const program = join(base, 'main.js');
    writeFileSync(program, '');
    expect(keeps({ setting: 'default', program: join(base, 'nowhere.js') })).toBe(false);
    expect(keeps({ setting: 'default', program })).toBe(true);
  });

  it('not where it is turned off', () => {
    expect(keeps({ setting: 'off' })).toBe(false);
    expect(kept().some((name) => name.endsWith('.plans'))).toBe(true);
  });
});

describe('a damaged file is as if it were not there', () => {
  const damage = (at: (size: number) => number): void => {
    const bytes = readFileSync(textsFile());
    const place = at(bytes.byteLength);
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(textsFile(), bytes);
  };

  it.each([
    ['its first text', () => 3],
    ['its index', (size: number) => size - 40],
    ['its end', (size: number) => size - 10],
  ])('in %s', (_, at) => {
    const [a, b] = learn();
    damage(at);
    const next = start();
    const codes = [next.code('/a.js', paying), next.code('/b.js', asking)];
    // The same, but for slots.
    expect(codes.map((code) => code?.replaceAll(/\d+/g, ''))).toEqual(
      [a, b].map((code) => code?.replaceAll(/\d+/g, '')),
    );
    next.instrumenter.save();
    expect(start().code('/b.js', asking)).toBeDefined();
  });

  it('wherever it is damaged, also in what is read only when somebody asks who a function is', () => {
    learn();
    const name = textsFile();
    const whole = readFileSync(name);
    for (let at = 0; at < whole.byteLength; at += 37) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x20;
      writeFileSync(name, damaged);
      const next = start();
      next.code('/a.js', paying);
      next.code('/b.js', asking);
      const known = next.files.flatMap(({ functions, shifts }) =>
        functions.map((one) => [one.name, shifts.length > 0]),
      );
      expect(known, `byte ${at}`).toEqual([
        ['pay', true],
        ['ask', true],
      ]);
    }
  });

  it('that is cut off', () => {
    learn();
    writeFileSync(textsFile(), readFileSync(textsFile()).subarray(0, 20));
    expect(start().code('/a.js', paying)).toBeDefined();
  });
});
