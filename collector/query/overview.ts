/** All functions of a service with few numbers each: from the ranking, so that no histogram is read. */
import type { OverviewRequest, OverviewResponse } from '@runlens/protocol/api/overview';
import type { MeasuredFunction, ProfileStore, Window } from '../store/profile-store.ts';
import { leading } from './leading.ts';
import { newestFirst } from './profile.ts';

/** Call `store.prepare(window)` before. */
export function overview(store: ProfileStore, request: OverviewRequest, window: Window): OverviewResponse {
  const { service, environment, version, limit } = request;
  const ranking = store.rank({ service, environment, version }, window);
  const truncated = ranking.cells > limit;
  const wanted = truncated ? new Set(leading(ranking, ranking.seconds, limit).map(({ group }) => group)) : undefined;
  const newest = new Map<number, MeasuredFunction>();
  for (const [i, fn] of ranking.functions.entries()) {
    if (wanted !== undefined && !wanted.has(fn.group)) continue;
    const cell = ranking.cellOf[i] ?? 0;
    const known = newest.get(cell);
    if (known === undefined || newestFirst({ fn }, { fn: known }) < 0) newest.set(cell, fn);
  }
  const places = new Map<string, number>();
  const functions: OverviewResponse['functions'] = { name: [], file: [], line: [], calls: [], errors: [], seconds: [] };
  for (const [cell, fn] of newest) {
    const path = fn.source.file;
    let file = places.get(path);
    if (file === undefined) {
      file = places.size;
      places.set(path, file);
    }
    functions.name.push(fn.name);
    functions.file.push(file);
    functions.line.push(fn.line);
    functions.calls.push(ranking.calls[cell] ?? 0);
    functions.errors.push(ranking.errors[cell] ?? 0);
    functions.seconds.push(toSevenDigits(ranking.seconds[cell] ?? 0));
  }
  return {
    service,
    environment,
    window: { since: new Date(window.since).toISOString(), until: new Date(window.until).toISOString() },
    files: [...places.keys()],
    functions,
    measuredFunctions: ranking.cells,
    truncated,
  };
}

const toSevenDigits = (value: number): number => Number(value.toPrecision(7));
