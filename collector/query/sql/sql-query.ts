/** Answers `GET /api/v1/query`: makes the tables of a selection and window, and has the statement run over them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Profile } from '@runlens/protocol/api/profile';
import type { SqlRequest, SqlResponse } from '@runlens/protocol/api/query';
import type { ProfileStore, Selection, Window } from '../../store/profile-store.ts';
import { entries, mostDetailed, profiles } from '../queries.ts';
import { tablesOf } from './profile-tables.ts';
import type { QueryOutcome, QueryRunner } from './query-runner.ts';

/** Files beyond these are left out, and that is told. */
const mostFunctions = 50_000;
const gatherMilliseconds = 10_000;
const mostEntries = 2_000;
/** Tables are kept for as long: who asks, asks again. */
const keptMilliseconds = 30_000;

interface Made {
  readonly asOf: number;
  readonly window: Window;
  readonly functions: number;
  readonly filesLeftOut: number;
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
    const began = performance.now();
    const outcome = await this.#runner.run(
      { key, tables: () => this.#tables(store, key, selection, window, now) },
      request.sql,
      request.limit,
    );
    if (outcome.kind !== 'rows') return outcome;
    const made = this.#made.get(key) ?? { asOf: now, window, functions: 0, filesLeftOut: 0 };
    return {
      kind: 'answer',
      response: {
        window: { since: iso(made.window.since), until: iso(made.window.until) },
        columns: [...outcome.columns],
        rows: outcome.rows.map((row) => [...row]),
        truncated: outcome.truncated,
        asOf: iso(made.asOf),
        functions: made.functions,
        filesLeftOut: made.filesLeftOut,
        milliseconds: performance.now() - began,
      },
    };
  }

  close(): void {
    this.#runner.close();
  }

  /** A file at a time, and others are let run between: all of 20,000 functions at once would hold up the collector for seconds. */
  async #tables(store: ProfileStore, key: string, selection: Selection, window: Window, now: number) {
    const measured = store.functions(selection);
    const files = measured.length <= mostDetailed ? [undefined] : new Set(measured.map(({ source }) => source.file));
    const until = performance.now() + gatherMilliseconds;
    const all: Profile[] = [];
    let left = 0;
    for (const file of files) {
      if (all.length >= mostFunctions || performance.now() > until) left += 1;
      else all.push(...profiles(store, { ...selection, file }, window).profiles);
      await nextTurn();
    }
    this.#made.set(key, { asOf: now, window, functions: all.length, filesLeftOut: left });
    return tablesOf(all, entries(store, selection, window, mostEntries).entries);
  }
}
