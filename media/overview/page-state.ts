/** What the overview page keeps while it is hidden, and over a reload of the window. */
import type { Measure } from './function-tree.ts';

export interface KeptState {
  readonly measure: Measure;
  /** Names of the folders, and the file, that lead to what is shown. */
  readonly path: readonly string[];
  readonly search: string;
}

/** Whatever was kept by this or another version of the page. */
export function readState(kept: unknown): KeptState {
  const { measure, path, search } = Object(kept) as Record<string, unknown>; // what is no object becomes an empty one
  return {
    measure: measure === 'calls' ? 'calls' : 'seconds',
    path: Array.isArray(path) ? path.filter((name) => typeof name === 'string') : [],
    search: typeof search === 'string' ? search : '',
  };
}
