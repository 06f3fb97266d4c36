import { expect, test } from 'vitest';
import { oldNodeSentence } from './node-version.ts';

test.each(['18.20.0', '20.20.2', '22.12.0'])('Node %s is told to be too old, with what to do', (version) => {
  expect(oldNodeSentence(version)).toMatch(
    /needs Node 22\.13 or newer and this is Node .*: start it with a newer Node/,
  );
});

test.each(['22.13.0', '22.23.3', '24.0.0', '30.1.2'])('Node %s is new enough', (version) => {
  expect(oldNodeSentence(version)).toBeUndefined();
});
