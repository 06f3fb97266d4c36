import { expect, test } from 'vitest';
import { facts, fileVersion, plainText, profile, services } from '../testing.ts';
import { fileProfile } from './file-profile.ts';

const asked = { file: 'pricing/rules.ts' };

test('a file that no service loaded is told as that', async () => {
  const result = await fileProfile.call(asked, { facts: facts() });
  expect(result).toMatchObject({ kind: 'nothing', message: expect.stringMatching(/^No running service has loaded/) });
});

test('a file with nothing to measure is not a file that is not loaded', async () => {
  const result = await fileProfile.call(asked, { facts: facts({ files: [fileVersion()] }) });
  expect(result).toMatchObject({
    kind: 'nothing',
    message: '"pricing/rules.ts" is loaded in shop and has no function that can be measured.',
  });
});

test('no service is told before any file', async () => {
  const result = await fileProfile.call(asked, { facts: facts({ services: services() }) });
  expect(result).toMatchObject({ kind: 'nothing', message: expect.stringMatching(/^No service has reported/) });
});

test('functions come in the order of the file, what is not measured after them with the reason', async () => {
  const result = await fileProfile.call(asked, {
    facts: facts({
      profiles: [profile({ function: 'b', line: 30 }), profile({ function: 'a', line: 4 })],
      files: [fileVersion({ unmeasured: [{ function: 'c', line: 50, reason: 'too many functions in this file' }] })],
    }),
  });
  if (result.kind !== 'answer') throw new Error(result.message);
  const lines = result.text(plainText).split('\n');
  expect(lines[0]).toBe('pricing/rules.ts · last 15 min');
  expect(lines[2]).toMatch(/^ {3}4 {2}a /);
  expect(lines[3]).toMatch(/^ {2}30 {2}b /);
  expect(lines[4]).toBe('not measured: c (line 50): too many functions in this file');
});
