import { describe, expect, it } from 'vitest';
import { notTold } from './not-told.ts';
import type { InstanceState } from './state.ts';

const instance = (of: Partial<InstanceState>): InstanceState => ({
  instance: 'one',
  state: 'armed',
  reached: 0,
  hits: 0,
  skipped: 0,
  failures: 0,
  cost: 0,
  at: '2026-01-02T03:04:05.000Z',
  ...of,
});

describe('what is not told', () => {
  it('is nothing where no instance is there', () => {
    expect(notTold({ instances: [] })).toEqual({ skipped: 0, dropped: 0 });
  });

  it('is added up, also where an older sensor does not count what it lost', () => {
    const instances = [instance({ skipped: 3, dropped: 2 }), instance({ skipped: 4 })];
    expect(notTold({ instances })).toEqual({ skipped: 7, dropped: 2 });
  });
});
