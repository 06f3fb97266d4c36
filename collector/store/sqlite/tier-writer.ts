/** Writes what was folded into the tables of all tiers. */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Catalog } from '../catalog.ts';
import { detailKinds, exemplarsKept } from '../profile-store.ts';
import type { RowTable } from '../row-table.ts';
import type { MinuteExemplars } from '../slowest.ts';
import { addScopeSeconds } from './scope-seconds.ts';
import type { Waiting } from './sqlite-store.ts';
import { tiers } from './tiers.ts';

/** Rows written before other work gets its turn: about 10 ms. */
const sliceRows = 1_000;
const thrownKind = detailKinds.indexOf('thrown');

/** Within the transaction that the caller has begun on `writer`; lets others run between slices. */
export async function writeTiers(writer: DatabaseSync, catalog: Catalog, folding: Waiting): Promise<void> {
  for (const tier of tiers) {
    const upsert = writer.prepare(
      `INSERT INTO ${tier.table} VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (t, fn) DO UPDATE SET
         calls = calls + excluded.calls, errors = errors + excluded.errors, seconds = seconds + excluded.seconds,
         max = max(max, excluded.max), samples = samples + excluded.samples, h = merge_histograms(h, excluded.h)`,
    );
    const upsertSeconds = writer.prepare(
      `INSERT INTO ${tier.table}_seconds VALUES (?, ?, ?)
       ON CONFLICT (t, scope) DO UPDATE SET seconds = seconds + excluded.seconds`,
    );
    let slice = 0;
    for (const [t, table] of tier.tables(folding.minutes)) {
      const seconds = new Map<number, number>();
      addScopeSeconds(table, catalog, seconds);
      for (const [scope, each] of seconds) upsertSeconds.run(t, scope, each);
      // Ascending ids keep the pages of a minute together: at random each row would look for its page anew.
      for (const row of rowsByFunction(table)) {
        upsert.run(
          t,
          table.functions[row] ?? 0,
          table.calls[row] ?? 0,
          table.errors[row] ?? 0,
          table.seconds[row] ?? 0,
          table.maxSeconds[row] ?? 0,
          table.samples[row] ?? 0,
          (table.lengths[row] ?? 0) === 0 ? null : table.histogram(row),
        );
        if (++slice % sliceRows === 0) await nextTurn();
      }
    }
  }
  const detail = writer.prepare(
    `INSERT INTO detail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       count = count + excluded.count, seconds = seconds + excluded.seconds, last_seen = max(last_seen, excluded.last_seen),
       max = max(max, excluded.max), h = merge_histograms(h, excluded.h)`,
  );
  const thrown = writer.prepare(
    `INSERT INTO thrown VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`,
  );
  for (const each of folding.details.values()) {
    if (each.kind === thrownKind) thrown.run(each.functionId, each.label, each.firstSeen, each.lastSeen);
    const { hour, functionId, kind, label, count, lastSeen, seconds, maxSeconds, histogram } = each;
    const h = histogram.length === 0 ? null : histogram;
    detail.run(hour, functionId, kind, label, count, lastSeen, seconds, maxSeconds, h);
  }
  writeSlowest(writer, folding.slowest.values());
}

/** Of a minute that has some already the slowest of both stay. */
function writeSlowest(writer: DatabaseSync, slowest: Iterable<MinuteExemplars>): void {
  const insert = writer.prepare('INSERT OR REPLACE INTO exemplar VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const trim = writer.prepare(
    `DELETE FROM exemplar WHERE t = ?1 AND fn = ?2 AND (time, seconds) NOT IN (
       SELECT time, seconds FROM exemplar WHERE t = ?1 AND fn = ?2 ORDER BY seconds DESC, time DESC LIMIT ${exemplarsKept})`,
  );
  for (const { minute, functionId, exemplars } of slowest) {
    for (const { time, seconds, entry, conditions, traceId, spanId, queries } of exemplars) {
      const asked = [queries?.count ?? null, queries?.summary ?? ''] as const;
      insert.run(minute, functionId, time, seconds, entry, conditions.join(','), traceId, spanId, ...asked);
    }
    trim.run(minute, functionId);
  }
}

function rowsByFunction(table: RowTable): Uint32Array {
  const rows = new Uint32Array(table.size);
  for (let i = 0; i < rows.length; i += 1) rows[i] = i;
  return rows.sort((one, other) => (table.functions[one] ?? 0) - (table.functions[other] ?? 0));
}
