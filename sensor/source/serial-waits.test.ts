import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LoadedFile } from '../load/loaded-file.ts';
import { PlannedFile } from '../load/planned-file.ts';
import { PackedPlan, packPlan } from '../transform/packed-plan.ts';
import { planTransform } from '../transform/transform.ts';
import { SerialWaits } from './serial-waits.ts';

const folder = mkdtempSync(join(tmpdir(), 'runlens-waits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = `export const sync = () => 1;
export async function page(user) {
  const profile = await profileOf(user);
  const orders = await ordersOf(user);
  return { profile, orders };
}
`;
const path = join(folder, 'page.js');

/** As it was loaded; the slot of \`sync\` is 40, that of \`page\` 41. */
function loaded(): LoadedFile {
  const plan = planTransform(text, 'module', 'javascript');
  const bytes = packPlan({ plan, language: 'javascript', unreadable: undefined });
  return new PlannedFile(path, text, { plan: new PackedPlan(bytes) }, 40);
}

const took = (max: number) => ({ histogram: { zeroCount: 0, indexes: [], counts: [] }, sum: max, min: max, max });
const lineOf = ({ line }: { readonly line: number }): number => line;

describe('waits one after the other', () => {
  it('are told of a function that takes long, once its text was looked at', () => {
    writeFileSync(path, text);
    const waits = new SerialWaits();
    waits.add(loaded());
    expect(waits.of(41, took(0.05), lineOf)).toBeUndefined();
    waits.lookAtOne();
    expect(waits.of(41, took(0.05), lineOf)).toBe('3 profileOf, 4 ordersOf');
    expect(waits.of(40, took(0.05), lineOf)).toBeUndefined();
  });

  it('are not looked for where calls are quick', () => {
    writeFileSync(path, text);
    const waits = new SerialWaits();
    waits.add(loaded());
    waits.of(41, took(0.001), lineOf);
    waits.lookAtOne();
    expect(waits.of(41, took(0.001), lineOf)).toBeUndefined();
  });

  it.each([
    ['is not there', () => rmSync(path, { force: true })],
    ['is another one', () => writeFileSync(path, `// A line more.\n${text}`)],
    ['cannot be parsed', () => writeFileSync(path, 'export async function page( { await await')],
    ['is very long', () => writeFileSync(path, `${text}//${' '.repeat(2 << 20)}`)],
  ])('are not told where the text %s', (_, change) => {
    writeFileSync(path, text);
    const waits = new SerialWaits();
    waits.add(loaded());
    waits.of(41, took(0.05), lineOf);
    change();
    waits.lookAtOne();
    expect(waits.of(41, took(0.05), lineOf)).toBeUndefined();
  });
});
