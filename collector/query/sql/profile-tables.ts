/** Profiles as the tables of `protocol/api/query.ts`. */
import type { EntriesResponse, Profile } from '@runlens/protocol/api/profile';
import { type QueryTable, queryTables } from '@runlens/protocol/api/query';
import type { Cell, Table } from './messages.ts';

type Row<Name extends QueryTable> = Readonly<Record<(typeof queryTables)[Name][number], Cell | undefined>>;

export function tablesOf(profiles: readonly Profile[], entries: EntriesResponse['entries']): readonly Table[] {
  return [
    table('functions', profiles.map(functionRow)),
    table('versions', profiles.flatMap(versionRows)),
    table(
      'function_entries',
      profiles.flatMap((profile) =>
        profile.entries.map(({ name, calls, duration }) => ({
          ...placeOf(profile),
          entry: name,
          calls,
          p50: duration?.p50,
          p99: duration?.p99,
        })),
      ),
    ),
    table(
      'callers',
      profiles.flatMap((profile) =>
        profile.callers.map(({ function: caller, file, calls }) => ({
          ...placeOf(profile),
          caller,
          caller_file: file,
          calls,
        })),
      ),
    ),
    table(
      'queries',
      profiles.flatMap((profile) =>
        profile.queries.map(({ system, statement, calls, callsPerCall, totalSeconds, errors, repeats }) => ({
          ...placeOf(profile),
          ...{ system, statement, calls, errors },
          calls_per_call: callsPerCall,
          total: totalSeconds,
          repeats: repeats?.mean,
        })),
      ),
    ),
    table(
      'outgoing',
      profiles.flatMap((profile) =>
        profile.outgoing.map(({ target, calls, errors, totalSeconds }) => ({
          ...placeOf(profile),
          ...{ target, calls, errors },
          total: totalSeconds,
        })),
      ),
    ),
    table(
      'exceptions',
      profiles.flatMap((profile) =>
        profile.exceptions.map(({ type, message, cause, count, caughtHere, firstSeen, lastSeen, newIn }) => ({
          ...placeOf(profile),
          ...{ type, message, cause, count },
          caught_here: caughtHere,
          first_seen: firstSeen,
          last_seen: lastSeen,
          new_in: newIn,
        })),
      ),
    ),
    table(
      'entries',
      entries.map(({ service, environment, name, calls, callsPerMinute, errors, duration, lastSeen }) => ({
        ...{ service, environment, calls, errors },
        entry: name,
        calls_per_minute: callsPerMinute,
        p50: duration?.p50,
        p99: duration?.p99,
        total: duration?.total,
        last_seen: lastSeen,
      })),
    ),
  ];
}

const placeOf = ({ service, environment, file, function: name }: Profile) => ({
  service,
  environment,
  file,
  function: name,
});

function functionRow(profile: Profile): Row<'functions'> {
  const { line, calls, callsPerMinute, errors, errorRate, duration, timeShare, instances } = profile;
  return {
    ...placeOf(profile),
    ...{ line, calls, errors, instances },
    calls_per_minute: callsPerMinute,
    error_rate: errorRate,
    p50: duration?.p50,
    p90: duration?.p90,
    p95: duration?.p95,
    p99: duration?.p99,
    max: duration?.max,
    mean: duration?.mean,
    total: duration?.total,
    time_share: timeShare,
    measured_since: profile.measuredSince,
    last_seen: profile.lastSeen,
  };
}

function versionRows(profile: Profile): Row<'versions'>[] {
  return profile.versions.map(({ version, revision, calls, errors, duration, measuredSince, lastSeen }) => ({
    ...placeOf(profile),
    ...{ version, revision, calls, errors },
    p50: duration?.p50,
    p99: duration?.p99,
    total: duration?.total,
    measured_since: measuredSince,
    last_seen: lastSeen,
  }));
}

function table<Name extends QueryTable>(name: Name, rows: readonly Row<Name>[]): Table {
  const columns: readonly (typeof queryTables)[Name][number][] = queryTables[name];
  return { name, columns, rows: rows.map((row) => columns.map((column) => row[column] ?? null)) };
}
