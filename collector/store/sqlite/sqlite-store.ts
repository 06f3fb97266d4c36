/**
 * The embedded store: SQLite in WAL mode, and the last quarter of an hour in memory.
 *
 * Data goes three steps. *Group commit*: what arrives within some milliseconds becomes one journal entry, a blob of a
 * few hundred kilobytes for 20,000 functions; with its commit it is durable and acknowledged. *Memory*: the same rows
 * are added to what queries of the last quarter of an hour read, and to what waits. *Fold*: each minute what waits is
 * added to the tables of its minute, ten minutes, hour and day and the journal is emptied, in one transaction, so that a crash at any moment
 * neither loses nor doubles a call. All tiers always hold everything that was folded: a late point simply goes to its
 * own minute, hour and day, and no roll-up ever scans.
 *
 * The writer works in short steps on the main thread, and lets others run between the slices of a fold.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type Retention, storeTimes } from '../../defaults.ts';
import {
  Catalog,
  type CatalogFunction,
  type CatalogInstance,
  type CatalogLimits,
  type CatalogScope,
  type CatalogSource,
} from '../catalog.ts';
import { emptyBlob, mergedBlobs } from '../histogram-blob.ts';
import {
  type Batch,
  detailKinds,
  type FunctionKey,
  type MeasuredFunction,
  type ProfileStore,
  type Ranking,
  type Reading,
  type Refusals,
  type Scope,
  type Selection,
  type Source,
  type StepNumbers,
  StorageFullError,
  type StoreFigures,
  type Window,
} from '../profile-store.ts';
import { fineMilliseconds, minuteMilliseconds, Recent, recentMilliseconds, tableAt } from '../recent.ts';
import { RowTable } from '../row-table.ts';
import { addExemplars, type MinuteExemplars, type Slowest } from '../slowest.ts';
import { CatalogSaver, loadCatalog } from './catalog-tables.ts';
import { decodeEntry, encodeEntry, type FineTables, type PendingDetail } from './journal-entry.ts';
import { openDatabase } from './open-database.ts';
import { SqliteReadings } from './readings.ts';
import { ReceivedBatches } from './received-batches.ts';
import { Retirement } from './retirement.ts';
import { isDamage, isFull } from './set-aside.ts';
import { writeTiers } from './tier-writer.ts';
import { dayMilliseconds, hourMilliseconds } from './tiers.ts';

export interface SqliteStoreOptions {
  readonly folder: string;
  readonly now: () => number;
  readonly retention: Retention;
  readonly limits: CatalogLimits;
  /** For tests: the most pages the store may have, so that it is full beyond. */
  readonly maxPages?: number | undefined;
  readonly groupCommitMilliseconds?: number | undefined;
}

interface Group {
  readonly tables: FineTables;
  readonly details: Map<string, PendingDetail>;
  readonly slowest: Slowest;
  readonly services: Set<string>;
  /** Of the requests in it, as far as they have one. */
  readonly ids: string[];
  rows: number;
  announced: boolean;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What was committed to the journal and is not in the tiers yet. */
export interface Waiting {
  readonly minutes: Map<number, RowTable>;
  readonly details: Map<string, PendingDetail>;
  readonly slowest: Slowest;
}
const emptyWaiting = (): Waiting => ({ minutes: new Map(), details: new Map(), slowest: new Map() });

type HexTotalsRow = [
  fn: number,
  calls: number,
  errors: number,
  seconds: number,
  max: number,
  samples: number,
  h: string,
];

/** How long it is remembered what a sender has sent, after its last request. */
const rememberedMilliseconds = dayMilliseconds;

export class SqliteStore implements ProfileStore {
  readonly movedAside: string | undefined;
  readonly #options: SqliteStoreOptions;
  readonly #lock: DatabaseSync;
  readonly #writer: DatabaseSync;
  readonly #reader: DatabaseSync;
  readonly #catalog: Catalog;
  readonly #saver: CatalogSaver;
  readonly #recent: Recent;
  readonly #readings: SqliteReadings;
  readonly #retirement: Retirement;
  readonly #insertEntry;
  readonly #received: ReceivedBatches;
  /** Requests that are not committed yet. */
  readonly #underWay = new Map<string, Promise<Refusals>>();
  readonly #generations = new Map<string, number>();
  #generation = 0;
  #waiting = emptyWaiting();
  #folding: Waiting | undefined;
  #group: Group | undefined;
  #groupTimer: NodeJS.Timeout | undefined;
  /** The end of the queue of writers: one at a time. */
  #writing: Promise<unknown> = Promise.resolve();
  #journalId = 0;
  #writeProblem: string | undefined;
  #closed = false;
  #foldQueued = false;
  #commits = 0;
  #commitMilliseconds = 0;
  #folds = 0;
  #foldMilliseconds = 0;

  /** Opens or makes the store and reads back what a crash left in the journal. Throws as `openDatabase` does. */
  constructor(options: SqliteStoreOptions) {
    this.#options = options;
    const now = options.now();
    const opened = openDatabase(options.folder, now, options.maxPages);
    this.#lock = opened.lock;
    this.#writer = opened.writer;
    this.#reader = opened.reader;
    this.movedAside = opened.movedAside;
    this.#catalog = new Catalog(options.limits);
    loadCatalog(this.#writer, this.#catalog);
    this.#saver = new CatalogSaver(this.#writer, this.#catalog);
    this.#insertEntry = this.#writer.prepare('INSERT INTO journal (id, entry) VALUES (?, ?)');
    this.#received = new ReceivedBatches(this.#writer);
    this.#recent = new Recent(now - recentMilliseconds - minuteMilliseconds);
    this.#readings = new SqliteReadings({
      reader: this.#reader,
      catalog: this.#catalog,
      recent: this.#recent,
      retention: options.retention,
      now: options.now,
      waiting: () => (this.#folding === undefined ? [this.#waiting] : [this.#folding, this.#waiting]),
    });
    this.#retirement = new Retirement({
      writer: this.#writer,
      retention: options.retention,
      transaction: (work) => this.#transaction(work),
      isClosed: () => this.#closed,
    });
    this.#loadRecent(now);
    this.#replayJournal(now);
  }

  append(batches: readonly Batch[], id?: string): Promise<Refusals> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    const group = this.#openGroup();
    const refusals = new Map<string, number>();
    for (const batch of batches) this.#add(batch, group, refusals);
    const done = group.done.then(() => refusals);
    if (id !== undefined) {
      group.ids.push(id);
      this.#underWay.set(id, done);
      const settled = () => this.#underWay.delete(id);
      done.then(settled, settled);
    }
    return done;
  }

  appended(id: string): Promise<Refusals> | undefined {
    return this.#underWay.get(id) ?? (this.#received.has(id) ? Promise.resolve(new Map()) : undefined);
  }

  functions(selection: Selection): readonly MeasuredFunction[] {
    return this.#catalog.select(selection);
  }

  read(functions: readonly MeasuredFunction[], window: Window): Reading {
    return this.#readings.read(functions, window);
  }

  rank(selection: Selection, window: Window): Ranking {
    return this.#readings.rank(selection, window);
  }

  steps(functions: readonly MeasuredFunction[], window: Window, milliseconds: number): readonly StepNumbers[] {
    return this.#readings.steps(functions, window, milliseconds);
  }

  prepare(window: Window): Promise<void> {
    return this.#readings.prepare(window);
  }

  serviceSeconds(selection: Selection, window: Window): number {
    return this.#readings.serviceSeconds(selection, window);
  }

  scopes(): readonly Scope[] {
    return [...this.#catalog.scopes.values()];
  }

  sources(selection: Selection): readonly Source[] {
    return [...this.#catalog.selectSources(selection)];
  }

  generation(service: string | undefined): number {
    return service === undefined ? this.#generation : (this.#generations.get(service) ?? 0);
  }

  problems(): readonly string[] {
    const problems: string[] = [];
    if (this.#writeProblem !== undefined) problems.push(this.#writeProblem);
    if (this.movedAside !== undefined) {
      problems.push(
        `the store was damaged and was moved to ${this.movedAside}; a new one was begun. Nothing was deleted: remove that folder when you do not need it`,
      );
    }
    return problems;
  }

  figures(): StoreFigures {
    const pages = Number(this.#reader.prepare('PRAGMA page_count').get()?.page_count ?? 0);
    const pageSize = Number(this.#reader.prepare('PRAGMA page_size').get()?.page_size ?? 0);
    return {
      bytes: pages * pageSize,
      functions: this.#catalog.functionsById.size,
      rowsWaiting: rowsOf(this.#waiting) + (this.#folding === undefined ? 0 : rowsOf(this.#folding)),
      commits: this.#commits,
      commitSeconds: this.#commitMilliseconds / 1_000,
      folds: this.#folds,
      foldSeconds: this.#foldMilliseconds / 1_000,
    };
  }

  async maintain(): Promise<void> {
    this.#recent.age(this.#options.now());
    await this.#exclusively(() => this.#fold());
    await this.#exclusively(() => this.#retire());
  }

  /** Commits and folds what is there, then lets go of the files. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#readings.close();
    clearTimeout(this.#groupTimer);
    try {
      await this.#commitGroup();
      await this.#exclusively(() => this.#fold());
    } finally {
      await this.#writing;
      this.#reader.close();
      this.#writer.close();
      this.#lock.close();
    }
  }

  #openGroup(): Group {
    if (this.#group !== undefined) return this.#group;
    let resolve: () => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    const promise = new Promise<void>((fulfil, fail) => {
      resolve = fulfil;
      reject = fail;
    });
    const group: Group = {
      tables: new Map(),
      details: new Map(),
      slowest: new Map(),
      services: new Set(),
      ids: [],
      rows: 0,
      announced: false,
      done: promise,
      resolve,
      reject,
    };
    this.#group = group;
    this.#groupTimer = setTimeout(() => {
      // The group's own promise tells of a failure.
      void this.#commitGroup().catch(() => undefined);
    }, this.#options.groupCommitMilliseconds ?? storeTimes.groupCommitMilliseconds);
    return group;
  }

  #add(batch: Batch, group: Group, refusals: Map<string, number>): void {
    const { instance: of, arrival } = batch;
    const refuse = (reason: string, points: number) => {
      if (points > 0) refusals.set(reason, (refusals.get(reason) ?? 0) + points);
    };
    const points = batch.deltas.length + batch.details.length + batch.exemplars.length;
    const found = this.#catalog.scope(of, arrival);
    if (found === undefined) {
      refuse(`more than ${this.#options.limits.scopes} versions of services are kept already`, points);
      return;
    }
    const { scope } = found;
    const instance = this.#catalog.instance(scope, of.instance, {
      from: batch.deltas.reduce((first, { start }) => Math.min(first, start), arrival),
      arrival,
      // Only sensors tell which text of a file runs.
      ofSensor: batch.sources.length > 0,
    });
    group.services.add(scope.service);
    for (const { filePath, blob } of batch.sources) {
      const known = instance.sources.get(filePath);
      if (known?.blob === blob) continue;
      const source = this.#catalog.source(scope, filePath, blob, arrival);
      // Sensors tell this once: it must be on disk with this group's commit.
      this.#catalog.newSources.add(source);
      instance.sources.set(filePath, source);
    }
    for (const { key, reason } of batch.unmeasured) {
      const source = this.#sourceOf(scope, instance, key.filePath, arrival);
      const id = `${key.functionName}:${key.lineNumber}`;
      if (source.unmeasured.get(id)?.reason === reason) continue;
      if (source.unmeasured.size >= this.#options.limits.functionsOfScope) continue;
      source.unmeasured.set(id, { function: key.functionName, line: key.lineNumber, reason });
      this.#catalog.newSources.add(source);
    }
    const oldest = arrival - this.#options.retention.hoursMilliseconds;
    let tooOld = 0;
    let tooMany = 0;
    let span = -1;
    let table: RowTable | undefined;
    let source: CatalogSource | undefined;
    for (const delta of batch.deltas) {
      if (delta.time < oldest) {
        tooOld += 1;
        continue;
      }
      // Functions of a file come one after the other.
      if (source === undefined || delta.key.filePath !== source.file) {
        source = this.#sourceOf(scope, instance, delta.key.filePath, delta.time);
      }
      const fn = this.#functionOf(source, delta.key, delta.start);
      if (fn === undefined) {
        tooMany += 1;
        continue;
      }
      // What there is to measure is told before the first numbers, which are of the time before.
      if (delta.start < fn.measuredSince) this.#catalog.measuredFrom(fn, delta.start);
      if (delta.calls > 0) this.#catalog.called(fn, delta.time);
      if (delta.calls === 0 && delta.errors === 0 && delta.samples === 0) continue;
      // A stretch that ends on the boundary belongs to the span before it.
      const at = Math.floor((delta.time - 1) / fineMilliseconds);
      if (at !== span || table === undefined) {
        span = at;
        table = tableAt(group.tables, at);
      }
      table.add(fn.id, delta);
      group.rows += 1;
    }
    for (const detail of batch.details) {
      if (detail.time < oldest) {
        tooOld += 1;
        continue;
      }
      const fn = this.#functionOf(
        this.#sourceOf(scope, instance, detail.key.filePath, detail.time),
        detail.key,
        detail.time,
      );
      if (fn === undefined) {
        tooMany += 1;
        continue;
      }
      addDetail(group.details, {
        hour: Math.floor((detail.time - 1) / hourMilliseconds),
        functionId: fn.id,
        kind: detailKinds.indexOf(detail.kind),
        label: detail.label,
        count: detail.count,
        firstSeen: Math.round(detail.time),
        lastSeen: Math.round(detail.time),
        seconds: detail.seconds ?? 0,
        maxSeconds: detail.maxSeconds ?? 0,
        // Its own: what readers of requests give is a view of a larger piece.
        histogram: detail.histogram?.slice() ?? emptyBlob,
      });
    }
    for (const { key, exemplar } of batch.exemplars) {
      if (exemplar.time < oldest) {
        tooOld += 1;
        continue;
      }
      const from = this.#sourceOf(scope, instance, key.filePath, exemplar.time);
      const fn = this.#functionOf(from, key, exemplar.time);
      if (fn === undefined) {
        tooMany += 1;
        continue;
      }
      const minute = Math.floor(exemplar.time / minuteMilliseconds);
      addExemplars(group.slowest, { minute, functionId: fn.id, exemplars: [exemplar] });
    }
    refuse('older than anything that is kept', tooOld);
    refuse('more functions or routes than are kept of one service', tooMany);
  }

  #sourceOf(scope: CatalogScope, instance: CatalogInstance, file: string, now: number): CatalogSource {
    let source = instance.sources.get(file);
    if (source === undefined) {
      source = this.#catalog.source(scope, file, '', now);
      instance.sources.set(file, source);
    } else if (now - source.lastSeen > fineMilliseconds) {
      source.lastSeen = now;
      this.#catalog.dirtySources.add(source);
    }
    return source;
  }

  #functionOf(source: CatalogSource, key: FunctionKey, measuredSince: number): CatalogFunction | undefined {
    if (isOf(key.found, source)) return key.found;
    const fn = this.#catalog.function(source, key.functionName, key.lineNumber, measuredSince);
    key.found = fn;
    return fn;
  }

  #commitGroup(): Promise<void> {
    const group = this.#group;
    if (group === undefined) return Promise.resolve();
    this.#group = undefined;
    return this.#exclusively(() => {
      const started = performance.now();
      let received: ReturnType<ReceivedBatches['save']>;
      try {
        received = this.#transaction(() => {
          this.#saver.saveNew();
          if (group.tables.size + group.details.size + group.slowest.size > 0) {
            const entry = encodeEntry(group.tables, [...group.details.values()], [...group.slowest.values()]);
            this.#insertEntry.run(this.#journalId + 1, entry);
          }
          return this.#received.save(group.ids, this.#options.now());
        });
      } catch (error) {
        group.reject(error);
        return;
      }
      this.#journalId += 1;
      this.#saver.savedNew();
      this.#received.saved(received);
      this.#take(group.tables, group.details.values(), group.slowest.values());
      this.#generation += 1;
      for (const service of group.services) this.#generations.set(service, this.#generation);
      this.#commits += 1;
      this.#commitMilliseconds += performance.now() - started;
      group.resolve();
      if (rowsOf(this.#waiting) > storeTimes.foldRows && !this.#foldQueued) {
        this.#foldQueued = true;
        // A failed fold shows in `problems()` and is tried again.
        void this.#exclusively(() => this.#fold()).catch(() => undefined);
      }
    });
  }

  /** Adds what is in the journal to what queries read and to what waits for the fold. */
  #take(tables: FineTables, details: Iterable<PendingDetail>, slowest: Iterable<MinuteExemplars>): void {
    const now = this.#options.now();
    for (const [span, table] of tables) {
      this.#recent.addFine(span, table, now);
      tableAt(this.#waiting.minutes, Math.floor((span * fineMilliseconds) / minuteMilliseconds)).merge(table);
    }
    for (const detail of details) addDetail(this.#waiting.details, detail);
    for (const each of slowest) addExemplars(this.#waiting.slowest, each);
  }

  async #fold(): Promise<void> {
    this.#foldQueued = false;
    const { dirtyFunctions, dirtyScopes, dirtySources } = this.#catalog;
    const folding = this.#waiting;
    const through = this.#journalId;
    const beside = folding.details.size + folding.slowest.size;
    if (rowsOf(folding) + beside + dirtyFunctions.size + dirtyScopes.size + dirtySources.size === 0) return;
    const started = performance.now();
    this.#folding = folding;
    this.#waiting = emptyWaiting();
    try {
      await this.#writeTiers(folding, through);
      this.#folds += 1;
      this.#readings.folded(folding);
      this.#writeProblem = undefined;
    } catch (error) {
      // Back to waiting: it is still in the journal, and is tried again with the next fold.
      const newer = this.#waiting;
      this.#waiting = folding;
      for (const [minute, table] of newer.minutes) tableAt(this.#waiting.minutes, minute).merge(table);
      for (const detail of newer.details.values()) addDetail(this.#waiting.details, detail);
      for (const each of newer.slowest.values()) addExemplars(this.#waiting.slowest, each);
      throw error;
    } finally {
      this.#folding = undefined;
      this.#foldMilliseconds += performance.now() - started;
    }
  }

  async #writeTiers(folding: Waiting, through: number): Promise<void> {
    const writer = this.#writer;
    writer.exec('BEGIN IMMEDIATE');
    try {
      await writeTiers(writer, this.#catalog, folding);
      writer.prepare('DELETE FROM journal WHERE id <= ?').run(through);
      this.#saver.saveNew();
      this.#saver.saveDirty();
      writer.exec('COMMIT');
    } catch (error) {
      this.#rollback();
      throw this.#understood(error);
    }
    this.#saver.savedNew();
    this.#saver.savedDirty();
  }

  async #retire(): Promise<void> {
    const now = this.#options.now();
    await this.#retirement.retire(now);
    this.#transaction(() => this.#received.retire(now - rememberedMilliseconds));
    this.#retireSources(now - this.#options.retention.hoursMilliseconds);
  }

  #retireSources(before: number): void {
    const gone = [...this.#catalog.sourcesById.values()].filter((source) => source.lastSeen < before);
    if (gone.length === 0) return;
    this.#transaction(() => {
      const functions = this.#writer.prepare('DELETE FROM fn WHERE source = ?');
      const source = this.#writer.prepare('DELETE FROM source WHERE id = ?');
      const thrown = this.#writer.prepare('DELETE FROM thrown WHERE fn IN (SELECT id FROM fn WHERE source = ?)');
      for (const each of gone) {
        thrown.run(each.id);
        functions.run(each.id);
        source.run(each.id);
      }
      this.#writer.exec('DELETE FROM scope WHERE id NOT IN (SELECT scope FROM source)');
    });
    for (const source of gone) {
      this.#catalog.removeSource(source);
      if (source.scope.sources.size === 0) this.#catalog.removeScope(source.scope);
    }
  }

  #loadRecent(now: number): void {
    const from = Math.floor((now - recentMilliseconds) / minuteMilliseconds) - 1;
    // As text, since a blob a row would be an allocation outside the heap each: 340,000 of them left 60 MB of holes.
    const statement = this.#reader.prepare(
      'SELECT fn, calls, errors, seconds, max, samples, hex(h) FROM minute WHERE t = ? ORDER BY fn',
    );
    statement.setReturnArrays(true);
    let bytes = Buffer.alloc(4_096);
    for (let minute = from; minute <= Math.floor(now / minuteMilliseconds); minute += 1) {
      const table = new RowTable();
      for (const row of statement.iterate(minute)) {
        // setReturnArrays makes a row an array of the selected columns, which the types of node:sqlite do not say.
        const [fn, calls, errors, seconds, max, samples, h] = row as unknown as HexTotalsRow;
        if (h.length > bytes.length * 2) bytes = Buffer.alloc(h.length);
        table.addParts(fn, calls, errors, seconds, max, samples, bytes, 0, bytes.write(h, 'hex'));
      }
      if (table.size === 0) continue;
      table.trim();
      this.#recent.setMinute(minute, table);
    }
  }

  #replayJournal(now: number): void {
    for (const row of this.#reader.prepare('SELECT id, entry FROM journal ORDER BY id').iterate()) {
      if (!(row.entry instanceof Uint8Array)) continue;
      const { tables, details, slowest } = decodeEntry(row.entry);
      for (const [span, table] of tables) {
        const end = Math.min(now, (span + 1) * fineMilliseconds);
        for (let i = 0; i < table.size; i += 1) {
          const fn = this.#catalog.functionsById.get(table.functions[i] ?? 0);
          if (fn !== undefined && (table.calls[i] ?? 0) > 0) this.#catalog.called(fn, end);
        }
      }
      this.#take(tables, details, slowest);
      this.#journalId = Number(row.id);
    }
  }

  /** One writer at a time, in order. */
  #exclusively<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const turn = this.#writing.then(work);
    this.#writing = turn.catch(() => undefined);
    return turn;
  }

  #transaction<Result>(work: () => Result): Result {
    try {
      this.#writer.exec('BEGIN IMMEDIATE');
      const result = work();
      this.#writer.exec('COMMIT');
      this.#writeProblem = undefined;
      return result;
    } catch (error) {
      this.#rollback();
      throw this.#understood(error);
    }
  }

  #rollback(): void {
    // A full disk makes SQLite roll back by itself; then there is nothing to roll back here.
    if (this.#writer.isTransaction) this.#writer.exec('ROLLBACK');
  }

  #understood(error: unknown): unknown {
    const { folder } = this.#options;
    if (isFull(error)) {
      this.#writeProblem = `the disk of ${folder} is full or cannot be written (${error instanceof Error ? error.message : error}): free some space; nothing that was acknowledged is lost, and writing goes on by itself`;
      return new StorageFullError(this.#writeProblem);
    }
    if (isDamage(error)) {
      this.#writeProblem = `the store in ${folder} is damaged (${error instanceof Error ? error.message : error}): restart the collector, which sets it aside and begins a new one`;
    } else {
      this.#writeProblem = `the store in ${folder} cannot be written: ${error instanceof Error ? error.message : error}`;
    }
    return error;
  }
}

const isOf = (fn: MeasuredFunction | undefined, source: CatalogSource): fn is CatalogFunction => fn?.source === source;

function rowsOf(waiting: Waiting): number {
  let rows = 0;
  for (const table of waiting.minutes.values()) rows += table.size;
  return rows;
}

function addDetail(details: Map<string, PendingDetail>, detail: PendingDetail): void {
  const key = `${detail.hour}|${detail.functionId}|${detail.kind}|${detail.label}`;
  const known = details.get(key);
  if (known === undefined) details.set(key, { ...detail });
  else {
    known.count += detail.count;
    known.seconds += detail.seconds;
    known.maxSeconds = Math.max(known.maxSeconds, detail.maxSeconds);
    if (detail.histogram.length > 0) known.histogram = mergedBlobs(known.histogram, detail.histogram);
    known.firstSeen = Math.min(known.firstSeen, detail.firstSeen);
    known.lastSeen = Math.max(known.lastSeen, detail.lastSeen);
  }
}
