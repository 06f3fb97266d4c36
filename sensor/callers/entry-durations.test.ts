import { attributes } from '@runlens/protocol/telemetry';
import { describe, expect, it } from 'vitest';
import { EntryDurations } from './entry-durations.ts';

const routes = Array.from({ length: 200 }, (_, i) => ({ name: `GET /${i}`, slot: -1 }));

describe('durations of entries', () => {
  it('are of so many entries of a function, and of so many in all, however many there are', () => {
    const durations = new EntryDurations();
    for (let slot = 0; slot < 300; slot += 1) {
      for (const route of routes) durations.add(slot, route, 0.01, 1);
    }
    const told = durations.cut(true);
    expect(told.filter(({ slot }) => slot === 0)).toHaveLength(32);
    expect(told).toHaveLength(5_000);
    // There is room again.
    for (const route of routes) durations.add(299, route, 0.01, 1);
    expect(durations.cut(true)).toHaveLength(32);
  });

  it('are told for whom they are of, and not where that is not known', () => {
    const durations = new EntryDurations();
    durations.add(4, { name: '', slot: -1 }, 9, 1);
    durations.add(4, { name: 'timer', slot: 7 }, 0.5, 20);
    expect(durations.cut(true)).toMatchObject([
      { slot: 4, within: -1, attributes: [[attributes.entry, 'timer']], entrySlot: 7, numbers: { sum: 10, max: 0.5 } },
    ]);
  });
});
