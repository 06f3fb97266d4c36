/** Builders of changes for tests. */
import type { Profile } from '@runlens/protocol';
import { type AddedOperation, type ChangedFunction, type Deployed, placeKey, type ReadChange } from './change.ts';

export const added = (overrides: Partial<AddedOperation> = {}): AddedOperation => ({
  text: 'stock.availableOf',
  line: 14,
  inLoop: false,
  conditional: false,
  movedIntoLoop: false,
  reaches: [{ kind: 'database', operations: 1, conditional: 0, inLoop: false }],
  ...overrides,
});

export const changed = (overrides: Partial<ChangedFunction> = {}): ChangedFunction => ({
  file: 'pricing/rules.ts',
  function: 'price',
  line: 13,
  change: 'changed',
  before: { file: 'pricing/rules.ts', function: 'price', line: 12 },
  added: [],
  lost: [],
  ...overrides,
});

/** A change whose functions before it are what runs, unless `mapping` says otherwise. */
export function readChange(
  functions: readonly ChangedFunction[],
  options: { readonly mapping?: 'byName' | 'changed'; readonly repository?: string } = {},
): ReadChange {
  const deployedAs = (profile: Profile): Deployed =>
    options.mapping === 'changed'
      ? { kind: 'changed', version: 'v42', profile }
      : { kind: 'profile', mapping: options.mapping ?? 'exact', profile };
  return {
    kind: 'change',
    base: 'main (0123456)',
    head: 'working tree',
    functions,
    files: new Set(functions.map(({ file }) => file)).size,
    unread: [],
    ...(options.repository === undefined ? {} : { repository: options.repository }),
    deployed: async (_file, { profiles }, { service, environment }) =>
      new Map(
        profiles
          .filter((each) => each.service === service && each.environment === environment)
          .map((each) => [placeKey(each), deployedAs(each)]),
      ),
  };
}
