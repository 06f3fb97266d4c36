/**
 * The tables. Times are whole units of their tier since 1970 (`minute.t` counts minutes), so that a row is small:
 * about 60 bytes. `(t, fn)` as the key makes a new minute an append at the end of the tree; `(fn, t)` would touch every
 * page each minute.
 */
import type { DatabaseSync } from 'node:sqlite';

const tier = (name: string): string => `
  CREATE TABLE ${name} (
    t INTEGER NOT NULL, fn INTEGER NOT NULL, calls INTEGER NOT NULL, errors INTEGER NOT NULL, seconds REAL NOT NULL,
    max REAL NOT NULL, samples INTEGER NOT NULL, h BLOB, PRIMARY KEY (t, fn)
  ) WITHOUT ROWID;`;

/** Step n brings a store of version n to version n + 1. Only ever append. */
const migrations: readonly string[] = [
  `CREATE TABLE scope (
     id INTEGER PRIMARY KEY, service TEXT NOT NULL, environment TEXT NOT NULL, version TEXT NOT NULL, revision TEXT,
     repository TEXT, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, instances TEXT NOT NULL
   );
   CREATE TABLE source (
     id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, file TEXT NOT NULL, blob TEXT NOT NULL,
     first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, unmeasured TEXT NOT NULL
   );
   CREATE TABLE fn (
     id INTEGER PRIMARY KEY, source INTEGER NOT NULL, name TEXT NOT NULL, line INTEGER NOT NULL,
     measured_since INTEGER NOT NULL, last_call INTEGER NOT NULL
   );
   CREATE TABLE journal (id INTEGER PRIMARY KEY, entry BLOB NOT NULL);
   ${tier('minute')}${tier('hour')}${tier('day')}
   CREATE TABLE detail (
     t INTEGER NOT NULL, fn INTEGER NOT NULL, kind INTEGER NOT NULL, label TEXT NOT NULL, count INTEGER NOT NULL,
     last_seen INTEGER NOT NULL, PRIMARY KEY (t, fn, kind, label)
   ) WITHOUT ROWID;`,
  `CREATE TABLE received (
     sender TEXT PRIMARY KEY, batches TEXT NOT NULL, last_seen INTEGER NOT NULL
   ) WITHOUT ROWID;`,
  // Seconds that all functions of a version took in a unit: what a share of time is of, without reading them all.
  ['minute', 'hour', 'day']
    .map(
      (tier) => `
        CREATE TABLE ${tier}_seconds (
          t INTEGER NOT NULL, scope INTEGER NOT NULL, seconds REAL NOT NULL, PRIMARY KEY (t, scope)
        ) WITHOUT ROWID;
        INSERT INTO ${tier}_seconds
          SELECT t, source.scope, sum(CASE WHEN calls > 0 THEN seconds / samples * calls ELSE seconds END)
          FROM ${tier} JOIN fn ON fn.id = ${tier}.fn JOIN source ON source.id = fn.source
          WHERE samples > 0 GROUP BY t, source.scope;`,
    )
    .join(''),
  'ALTER TABLE detail ADD COLUMN seconds REAL NOT NULL DEFAULT 0;',
  // Kinds of errors: when each was seen first and last, which the hours of `detail` tell only by reading all of them.
  `CREATE TABLE thrown (
     fn INTEGER NOT NULL, label TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, PRIMARY KEY (fn, label)
   ) WITHOUT ROWID;`,
  // Durations by condition and by entry, and the slowest calls.
  `ALTER TABLE detail ADD COLUMN max REAL NOT NULL DEFAULT 0;
   ALTER TABLE detail ADD COLUMN h BLOB;
   CREATE TABLE exemplar (
     t INTEGER NOT NULL, fn INTEGER NOT NULL, time REAL NOT NULL, seconds REAL NOT NULL, entry TEXT NOT NULL,
     conditions TEXT NOT NULL, trace TEXT NOT NULL, span TEXT NOT NULL, PRIMARY KEY (fn, t, time, seconds)
   ) WITHOUT ROWID;
   CREATE INDEX exemplar_t ON exemplar (t);`,
  // What its request asked meanwhile; NULL: not known.
  `ALTER TABLE exemplar ADD COLUMN queries INTEGER;
   ALTER TABLE exemplar ADD COLUMN asked TEXT NOT NULL DEFAULT '';`,
  `${tier('ten_minutes')}
   INSERT INTO ten_minutes SELECT t / 10, fn, calls, errors, seconds, max, samples, h FROM minute WHERE true
     ON CONFLICT (t, fn) DO UPDATE SET
       calls = calls + excluded.calls, errors = errors + excluded.errors, seconds = seconds + excluded.seconds,
       max = max(max, excluded.max), samples = samples + excluded.samples, h = merge_histograms(h, excluded.h);
   CREATE TABLE ten_minutes_seconds (
     t INTEGER NOT NULL, scope INTEGER NOT NULL, seconds REAL NOT NULL, PRIMARY KEY (t, scope)
   ) WITHOUT ROWID;
   INSERT INTO ten_minutes_seconds SELECT t / 10, scope, sum(seconds) FROM minute_seconds GROUP BY t / 10, scope;`,
];

export const schemaVersion = migrations.length;

export class NewerStoreError extends Error {
  override readonly name = 'NewerStoreError';
}

/** Makes or migrates the tables, all in one transaction. Throws {@link NewerStoreError} for a store of a later Runlens. */
export function migrate(database: DatabaseSync, steps: readonly string[] = migrations): void {
  const row = database.prepare('PRAGMA user_version').get();
  const version = Number(row?.user_version ?? 0);
  if (version > steps.length) {
    throw new NewerStoreError(
      `the store has version ${version}, this Runlens knows up to ${steps.length}: update Runlens, or give another data folder`,
    );
  }
  if (version === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
