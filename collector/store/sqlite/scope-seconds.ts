/** Estimated seconds of all functions by version (scope), of rows of a table. */
import type { Catalog } from '../catalog.ts';
import { entriesFile } from '../entries.ts';
import { estimatedSeconds } from '../estimated-seconds.ts';
import type { RowTable } from '../row-table.ts';

/** Adds to `into`, by the id of the scope. Functions that are forgotten count nowhere. */
export function addScopeSeconds(table: RowTable, catalog: Catalog, into: Map<number, number>): void {
  for (let row = 0; row < table.size; row += 1) {
    const samples = table.samples[row] ?? 0;
    const fn = samples > 0 ? catalog.functionsById.get(table.functions[row] ?? 0) : undefined;
    if (fn === undefined || fn.source.file === entriesFile) continue;
    const { id } = fn.source.scope;
    const seconds = estimatedSeconds({ calls: table.calls[row] ?? 0, seconds: table.seconds[row] ?? 0, samples });
    into.set(id, (into.get(id) ?? 0) + seconds);
  }
}
