import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { mostWatched, ResourceWatch } from './resource-watch.ts';

/** For what never comes. */
const patience = { timeout: 20_000 };

let watch: ResourceWatch | undefined;
afterEach(() => watch?.close());

function watching(versionOf: (uri: string) => Promise<string>): string[] {
  const changed: string[] = [];
  watch = new ResourceWatch({ versionOf, onChange: (uri) => changed.push(uri), everyMilliseconds: 5 });
  return changed;
}

test('a change is told once, and what stays the same is not', async () => {
  const versions = new Map([
    ['a', 'cv-1'],
    ['b', 'cv-1'],
  ]);
  const versionOf = vi.fn(async (uri: string) => versions.get(uri) ?? '');
  const changed = watching(versionOf);
  watch?.add('a');
  watch?.add('b');
  await vi.waitFor(() => expect(versionOf).toHaveBeenCalledWith('b', expect.anything()), patience);
  await delay(30);
  expect(changed).toEqual([]);
  versions.set('a', 'cv-2');
  await vi.waitFor(() => expect(changed).toEqual(['a']), patience);
  await delay(30);
  expect(changed).toEqual(['a']);
});

test('what cannot be told now is no change, and is compared with what was told before', async () => {
  let answer = async (): Promise<string> => 'cv-1';
  const versionOf = vi.fn(() => answer());
  const changed = watching(versionOf);
  watch?.add('a');
  await vi.waitFor(() => expect(versionOf).toHaveBeenCalled(), patience);
  await delay(10);
  answer = async () => {
    throw new Error('away');
  };
  await delay(20);
  answer = async () => 'cv-1';
  await delay(20);
  expect(changed).toEqual([]);
  answer = async () => 'cv-2';
  await vi.waitFor(() => expect(changed).toEqual(['a']), patience);
});

test('who listens no more is not told, and nobody is asked', async () => {
  let version = 0;
  const versionOf = vi.fn(async () => `cv-${version++}`);
  const changed = watching(versionOf);
  watch?.add('a');
  await vi.waitFor(() => expect(changed.length).toBeGreaterThan(0), patience);
  watch?.remove('a');
  await delay(10);
  const [told, asked] = [changed.length, versionOf.mock.calls.length];
  await delay(30);
  expect([changed.length, versionOf.mock.calls.length]).toEqual([told, asked]);
  watch?.close();
  expect(watch?.add('a')).toBe(false);
});

test('a listener has a limited number of resources, and a slow answer is waited for before the next is asked', async () => {
  let [running, most] = [0, 0];
  watching(async () => {
    running += 1;
    most = Math.max(most, running);
    await delay(1);
    running -= 1;
    return 'cv-1';
  });
  for (let i = 0; i < mostWatched; i += 1) expect(watch?.add(`r${i}`)).toBe(true);
  expect(watch?.add('one more')).toBe(false);
  expect(watch?.add('r0')).toBe(true);
  await delay(50);
  expect(most).toBe(1);
});

test('what happens before the first look is told, and looked at before the others', async () => {
  const asked: string[] = [];
  const { promise: first, resolve: answerFirst } = Promise.withResolvers<string>();
  const changed: string[] = [];
  watch = new ResourceWatch({
    versionOf: async (uri) => {
      asked.push(uri);
      return asked.length === 1 ? await first : 'cv-1';
    },
    onChange: (uri) => changed.push(uri),
    everyMilliseconds: 3_600_000,
  });
  for (const uri of ['a', 'b', 'c']) watch.add(uri);
  watch.look('c');
  watch.look('nobody listens to it');
  answerFirst('cv-1');
  await vi.waitFor(() => expect(changed).toEqual(['c']), patience);
  expect(asked.slice(0, 2)).toEqual(['a', 'c']);
});
