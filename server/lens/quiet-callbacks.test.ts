import { describe, expect, it } from 'vitest';
import { type LensCandidate, quietCallbacks } from './quiet-callbacks.ts';

const at = (name: string, startLine: number, endLine: number, given: Partial<LensCandidate> = {}): LensCandidate => ({
  name,
  startLine,
  endLine,
  heat: 1,
  fails: false,
  ...given,
});

describe('callbacks without a lens', () => {
  const shown = (functions: readonly LensCandidate[], callbacks: 'all' | 'multiline' | 'none' = 'multiline') => {
    const quiet = quietCallbacks(functions, callbacks);
    return functions.filter((_, index) => !quiet.has(index)).map(({ name }) => name);
  };
  const total = at('total', 0, 8);
  const line = at('total.map(#1)', 2, 2);
  const block = at('total.forEach(#2)', 4, 6);

  it('a callback on one line has none, one of several lines has', () => {
    expect(shown([total, line, block])).toEqual(['total', 'total.forEach(#2)']);
  });

  it('one that is hot or fails has a lens on one line, too', () => {
    expect(shown([total, { ...line, heat: 3 }])).toEqual(['total', 'total.map(#1)']);
    expect(shown([total, { ...line, fails: true }])).toEqual(['total', 'total.map(#1)']);
    expect(shown([total, { ...line, heat: 2 }])).toEqual(['total']);
    expect(shown([total, { ...line, heat: null }])).toEqual(['total']);
  });

  it('a callback that starts on the line of another function leaves the line to it', () => {
    expect(shown([at('total', 0, 8), at('total.reduce(#1)', 0, 7)])).toEqual(['total']);
    expect(shown([at('use(#1)', 0, 8), at('use(#1).map(#1)', 0, 7)])).toEqual(['use(#1)']);
    expect(shown([at('total', 0, 8), at('total.reduce(#1)', 0, 7, { fails: true })])).toHaveLength(2);
  });

  it('a function with a name is always shown, on one line or beside another', () => {
    expect(shown([at('a', 0, 0), at('b', 0, 0)])).toEqual(['a', 'b']);
    expect(shown([at('a', 0, 0), at('b', 0, 0)], 'none')).toEqual(['a', 'b']);
  });

  it('a function within a callback has a name of its own', () => {
    expect(shown([at('on(#1).reply', 3, 3)])).toEqual(['on(#1).reply']);
  });

  it('all or none, as the setting says', () => {
    expect(shown([total, line, block], 'all')).toHaveLength(3);
    expect(shown([total, { ...line, heat: 4, fails: true }, block], 'none')).toEqual(['total']);
  });
});
