/** Answers `GET /api/v1/query`: makes the tables of a selection and window, and has the statement run over them. */
import type { SqlRequest, SqlResponse } from '@runlens/protocol/api/query';
import type { ProfileStore, Selection, Window } from '../../store/profile-store.ts';
import { entries, hot, mostDetailed, profiles } from '../queries.ts';
import { tablesOf } from './profile-tables.ts';
import type { QueryOutcome, QueryRunner } from './query-runner.ts';

/** Beyond these the functions with least time are left out. */
const mostFunctions = 50_000;
/** The most of which a ranking is told with details. */
const mostRanked = 1_000;
const mostEntries = 2_000;
/** Tables are kept for as long: who asks, asks again. */
const keptMilliseconds = 30_000;

interface Made {
  readonly asOf: number;
  readonly window: Window;
  readonly functions: number;
  readonly detailed: number;
}

export type SqlAnswer =
  | { readonly kind: 'answer'; readonly response: SqlResponse }
  | Exclude<QueryOutcome, { readonly kind: 'rows' }>;

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export class SqlQueries {
  readonly #runner: QueryRunner;
  readonly #made = new Map<string, Made>();

  constructor(runner: QueryRunner) {
    this.#runner = runner;
  }

  async answer(store: ProfileStore, request: SqlRequest, window: Window, now: number): Promise<SqlAnswer> {
    const { service, environment, version, since = '', until = '' } = request;
    const selection: Selection = { service, environment, version };
    const key = JSON.stringify([selection, since, until, Math.floor(now / keptMilliseconds)]);
    for (const [each, { asOf }] of this.#made) if (asOf < now - 2 * keptMilliseconds) this.#made.delete(each);
    if (store.functions(selection).length > mostDetailed) await store.prepare(window);
    const began = performance.now();
    const outcome = await this.#runner.run(
      { key, tables: () => this.#tables(store, key, selection, window, now) },
      request.sql,
      request.limit,
    );
    if (outcome.kind !== 'rows') return outcome;
    const made = this.#made.get(key) ?? { asOf: now, window, functions: 0, detailed: 0 };
    return {
      kind: 'answer',
      response: {
        window: { since: iso(made.window.since), until: iso(made.window.until) },
        columns: [...outcome.columns],
        rows: outcome.rows.map((row) => [...row]),
        truncated: outcome.truncated,
        asOf: iso(made.asOf),
        functions: made.functions,
        detailed: made.detailed,
        milliseconds: performance.now() - began,
      },
    };
  }

  close(): void {
    this.#runner.close();
  }

  #tables(store: ProfileStore, key: string, selection: Selection, window: Window, now: number) {
    const all = profiles(store, selection, window, mostFunctions);
    // Of many functions profiles are told without what they ask, throw and are called by; of the first ones it is asked for.
    const detailed =
      all.profiles.length <= mostDetailed ? all.profiles : hot(store, selection, window, 'time', mostRanked).functions;
    this.#made.set(key, { asOf: now, window, functions: all.profiles.length, detailed: detailed.length });
    return tablesOf(all.profiles, detailed, entries(store, selection, window, mostEntries).entries);
  }
}
