import { expect, it } from 'vitest';
import { PackedPlan, packPlan } from '../transform/packed-plan.ts';
import { planTransform } from '../transform/transform.ts';
import { PlannedFile } from './planned-file.ts';

const text = 'export async function pay(amount) { return amount; }\nexport const total = (a) => a.b + 1;\n';

it('a file is the same after it has crossed threads, whatever else its plan shared memory with', () => {
  const bytes = packPlan({
    plan: planTransform(text, 'module', 'javascript'),
    language: 'javascript',
    unreadable: undefined,
  });
  const shared = new Uint8Array(bytes.length + 4_096);
  shared.set(bytes, 2_048);
  const plan = new PackedPlan(shared.subarray(2_048, 2_048 + bytes.length));
  const file = new PlannedFile('/service/pay.js', text, { plan }, 40);
  const packed = file.packed();
  const arrived = PlannedFile.from(structuredClone(packed, { transfer: [packed.plan.buffer] }));
  const facts = ({ path, text, firstSlot, language, functions, skipped, shifts, unreadable }: PlannedFile) => {
    return { path, text, firstSlot, language, functions, skipped, shifts, unreadable };
  };
  expect(facts(arrived)).toEqual(facts(file));
  expect(arrived.functions.map(({ name }) => name)).toEqual(['pay', 'total']);
  expect(packed.plan.buffer.byteLength).toBe(0);
});

it('a file that cannot be read says why, also in another thread', () => {
  const file = PlannedFile.unreadable('/service/x.js', 'typescript', 'it is too long');
  const arrived = PlannedFile.from(structuredClone(file.packed()));
  expect(arrived).toMatchObject({ path: '/service/x.js', text: '', firstSlot: 0, unreadable: 'it is too long' });
  expect(arrived.functions).toEqual([]);
  expect(arrived.language).toBe('typescript');
});
