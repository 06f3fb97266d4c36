/** Builders for the tests of what is remembered. */
import { now } from '../testing.ts';
import type { FunctionStanding, Memory, MemoryKeeper } from './memory.ts';

export function memory(overrides: Partial<Memory> = {}): Memory {
  return {
    id: 'm-0123456789',
    kind: 'decision',
    title: 'Prices are rounded once',
    text: 'Rounding each line lost cents.\n\nTried: integers; the tax service answers in floats.',
    agent: 'tester',
    session: 's-1',
    at: new Date(now - 3_600_000).toISOString(),
    functions: [],
    services: [],
    events: [],
    evidence: [],
    open: [],
    ...overrides,
  };
}

/** Holds them for a test: nothing is written to a disk. */
export function keeperOf(
  memories: readonly Memory[],
  standing: FunctionStanding = { kind: 'unknown', what: 'no repository' },
): MemoryKeeper {
  return {
    asker: { agent: 'tester', session: 's-2' },
    read: async () => ({ kind: 'shelf', memories, unread: [] }),
    add: async ({ functions: _, replaces: __, ...each }) => ({
      ...{ kind: 'added', file: '.runlens/memory/one.md', hidden: 0 },
      memory: memory(each),
    }),
    remove: async (id) => {
      const found = memories.find((each) => each.id === id);
      return found
        ? { kind: 'removed', memory: found, file: '.runlens/memory/one.md' }
        : { kind: 'failed', message: `There is no memory ${id}.` };
    },
    standing: async ({ functions }) => functions.map(() => standing),
    touched: async () => [],
  };
}
