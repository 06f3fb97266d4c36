import { describe, expect, it } from 'vitest';
import { entryKey } from '../store/entries.ts';
import { emptyBlob } from '../store/histogram-blob.ts';
import type { Batch } from '../store/profile-store.ts';
import { withUndetailed } from './undetailed.ts';

const delta = { start: 0, time: 5, errors: 0, seconds: 0, maxSeconds: 0, samples: 0, histogram: emptyBlob };
const key = { functionName: 'find', filePath: 'src/shop.ts', lineNumber: 3 };
const batch: Batch = {
  instance: {
    ...{ service: 'shop', environment: 'production', version: '1', instance: 'a' },
    ...{ revision: undefined, repository: undefined },
  },
  ...{ arrival: 5, sources: [], unmeasured: [], exemplars: [], details: [] },
  deltas: [
    { ...delta, key, calls: 7 },
    { ...delta, key: { ...key, functionName: 'rests' }, calls: 0 },
    { ...delta, key: entryKey('GET /'), calls: 7 },
  ],
};

describe('calls of a time of which no details are told', () => {
  it.each(['no-details', 'counts-only', 'files-off'] as const)('are marked at %s', (level) => {
    const [marked] = withUndetailed([batch], () => level);
    expect(marked?.details).toEqual([{ key, time: 5, kind: 'undetailed', label: '', count: 7 }]);
  });
  it.each(['full', 'fewer-samples', undefined] as const)('are none at %s', (level) => {
    expect(withUndetailed([batch], () => level)).toEqual([batch]);
  });
});
