import { namingVectors } from '@runlens/protocol/naming/vectors';
import { describe, expect, it } from 'vitest';
import { slotMark } from './emitted.ts';
import { functionRows, sortRows } from './function-rows.ts';
import { PackedPlan, type PlanOutcome, packPlan, shiftsOf } from './packed-plan.ts';
import { emptyPlan, planTransform, type TransformPlan } from './plan.ts';

const source = 'function pay(x) { return x.y; }\nconst f = async () => pay(1);\n';
const twinSource = 'function pay(x) { /* a */ const ø = x; /* b */\n return ø; }\n';
const outcome = (plan: TransformPlan): PlanOutcome => ({ plan, language: 'javascript', unreadable: undefined });
const bytesOf = (plan: TransformPlan): Uint8Array => packPlan(outcome(plan));

describe('a plan that was packed', () => {
  it.each(namingVectors)('is the same plan: $language, $title', ({ title, language, source: text }) => {
    const plan = planTransform(text, title === 'twins' ? 'script' : 'module', language);
    const packed = new PackedPlan(packPlan({ plan, language, unreadable: undefined }));
    const { functions, skipped, unreadable } = packed;
    expect({ functions, skipped, language: packed.language, unreadable }).toEqual({
      functions: plan.functions,
      skipped: plan.skipped,
      language,
      unreadable: undefined,
    });
    expect(packed.rows()).toEqual(functionRows(plan.functions));
    expect(packed.fits(text)).toBe(true);
    const plain = planTransform(text, title === 'twins' ? 'script' : 'module', language, false);
    const rendered = new PackedPlan(packPlan({ plan: plain, language, unreadable: undefined })).render(text, 1_234);
    expect(rendered).toBe(written(text, plain, 1_234));
  });

  it('has rows of its functions by where they start, of two that start at one place the outer first', () => {
    const inner = [0, 10, 20, 1, 0];
    const outer = [1, 10, 30, 1, 1];
    const first = [2, 0, 5, 1, 3];
    expect([...sortRows(Int32Array.from([...inner, ...outer, ...first]))]).toEqual([...first, ...outer, ...inner]);
  });

  it('keeps names of any script, what is skipped, and why a text cannot be read', () => {
    const text = "const 名前 = () => a.b;\nconst o = { '\\0\\n é🙂'() { return a.b; }, f(f) { function f() {} } };";
    const plan = planTransform(text, 'script', 'javascript');
    const packed = new PackedPlan(bytesOf(plan));
    expect(packed.functions).toEqual(plan.functions);
    expect(packed.skipped).toEqual(plan.skipped);
    expect(packed.skipped).toHaveLength(1);
    const unreadable = new PackedPlan(
      packPlan({ plan: emptyPlan, language: 'typescriptreact', unreadable: 'why – so' }),
    );
    expect(unreadable).toMatchObject({ functionCount: 0, language: 'typescriptreact', unreadable: 'why – so' });
  });

  it('tells the same shifts with its code and by themselves', () => {
    const packed = new PackedPlan(bytesOf(planTransform(source, 'script', 'javascript')));
    const shifts: number[] = [];
    const code = packed.render(source, 99, shifts);
    expect([...packed.shifts(99)]).toEqual(shifts);
    expect(shiftsOf(shifts).reduce((sum, { length }) => sum + length, source.length)).toBe(code.length);
  });
});

describe('bytes that are no plan of the sensor are not taken', () => {
  const plan = planTransform(source, 'script', 'javascript');

  it('cut off, or longer, at each length', () => {
    const bytes = bytesOf(plan);
    for (let length = 0; length < bytes.byteLength; length += 1) {
      expect(() => new PackedPlan(bytes.slice(0, length))).toThrow();
    }
    expect(() => new PackedPlan(new Uint8Array([...bytes, 0, 0, 0, 0]))).toThrow();
  });

  it('with counts that cannot be', () => {
    for (const word of [0, 1, 2, 3, 4]) {
      for (const value of [-1, 0x7fffffff, -0x80000000]) {
        const bytes = bytesOf(plan);
        new Int32Array(bytes.buffer)[word] = value;
        expect(() => new PackedPlan(bytes)).toThrow();
      }
    }
  });

  it.each([
    ['code of somebody else', 'process.exit(7);'],
    ['code of somebody else beside the own', '--$rlX7c[0];process.exit(7);'],
    ['code in a comment like the own', '/*$rlX7*/evil()/*$rlX7*/'],
    ['a line end', '/*$rlX7*/\n'],
  ])('with an inserted text that is %s', (_, text) => {
    const first = plan.insertions[0];
    if (!first) throw new Error('the plan inserts nothing');
    expect(() => new PackedPlan(bytesOf({ ...plan, insertions: [{ ...first, text }] }))).toThrow('cannot be read');
  });

  it.each([
    ['behind the end of the text', { offset: source.length + 1 }],
    ['before the one before it', { offset: -1 }],
    ['for a function that it does not have', { owner: 2 }],
  ])('with an insertion %s', (_, change) => {
    const changed = plan.insertions.map((insertion, index) =>
      index === plan.insertions.length - 1 ? { ...insertion, ...change } : insertion,
    );
    expect(new PackedPlan(bytesOf({ ...plan, insertions: changed })).fits(source)).toBe(false);
  });

  it.each([
    ['that leaves out code', { flattenings: [{ offset: 20, length: 5, kind: 0 }] }],
    [
      'that leaves out what is beside a comment',
      { flattenings: [{ offset: 0, length: twinSource.length - 1, kind: 0 }] },
    ],
    ['that leaves out code as if it were a continued line', { flattenings: [{ offset: 20, length: 1, kind: 4 }] }],
    ['that reads what is not a name', { twinNames: ['x;evil()', 'y'] }],
    ['that reads a name which is not there', { twinNames: ['evil', 'y'] }],
    ['with names that the source has too', { twinPrefix: 2 }],
    ['that is not there', { twins: [] }],
  ])('with a twin %s', (_, change) => {
    const plain = planTransform(twinSource, 'script', 'javascript');
    expect(new PackedPlan(bytesOf(plain)).fits(twinSource)).toBe(true);
    expect(new PackedPlan(bytesOf({ ...plain, ...change })).fits(twinSource)).toBe(false);
  });

  it.each([
    ['piece', { piece: 200 }],
    ['place', { offset: 4_000 }],
    ['number of a name', { piece: 0, b: 77 }],
  ])('with a twin of which a %s cannot be', (_, change) => {
    const plain = planTransform(twinSource, 'script', 'javascript');
    for (let at = 0; at < (plain.twins[0]?.operations.length ?? 0); at += 1) {
      const twins = plain.twins.map((twin) => ({
        ...twin,
        operations: twin.operations.map((one, index) => (index === at ? { ...one, ...change } : one)),
      }));
      expect(new PackedPlan(bytesOf({ ...plain, twins })).fits(twinSource)).toBe(false);
    }
    expect(plain.twins[0]?.operations.length).toBeGreaterThan(5);
  });

  it('of another text, as far as that shows', () => {
    expect(new PackedPlan(bytesOf(plan)).fits(source.slice(0, 20))).toBe(false);
  });
});

/** What the plan says, put together as simply as can be. */
function written(text: string, { insertions }: TransformPlan, firstSlot: number): string {
  let [code, at] = ['', 0];
  for (const { offset, text: piece, owner } of insertions) {
    code += text.slice(at, offset) + piece.split(slotMark).join(String(firstSlot + owner));
    at = offset;
  }
  return code + text.slice(at);
}
