/**
 * Entries (routes) are kept as if each were a function of one file of its service, so that what holds for functions
 * (tiers, retention, versions, merging) holds for them. Only a {@link Selection} of entries tells of them.
 */
import { LRUCache } from 'lru-cache';
import type { FunctionKey } from './profile-store.ts';

/** No path of a sender: their control characters are cleaned away. */
export const entriesFile = '\u0001entries';
/** Of one version of a service. */
export const mostEntries = 2_000;

const keys = new LRUCache<string, FunctionKey>({ max: 10_000 });

/** The key of an entry; equal ones are one object, by which the store knows them quickly. */
export function entryKey(name: string): FunctionKey {
  let key = keys.get(name);
  if (key === undefined) {
    key = { functionName: name, filePath: entriesFile, lineNumber: 0 };
    keys.set(name, key);
  }
  return key;
}
