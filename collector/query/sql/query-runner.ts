/** Runs SQL of others in a process that is killed when it takes too long, and started anew when it is needed again. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FromQueryProcess, Table, ToQueryProcess } from './messages.ts';
import { residentBytes } from './resident-memory.ts';
import { refusal } from './statement.ts';

export interface QueryLimits {
  readonly runMilliseconds: number;
  /** Resident memory of the process, where the system tells it; a statement may take more for as long as a look lasts. */
  readonly memoryBytes: number;
  /** To start the process and hand over tables. */
  readonly loadMilliseconds: number;
  /** Without a question for so long, the process ends. */
  readonly idleMilliseconds: number;
  /** Waiting at once; one runs at a time. */
  readonly waiting: number;
  /** Of one answer. */
  readonly bytes: number;
  readonly cellCharacters: number;
  /** Sets of tables held at once. */
  readonly sets: number;
}

/** In that time a statement takes some 20 MB. */
const lookMilliseconds = 50;

export const queryLimits: QueryLimits = {
  runMilliseconds: 2_000,
  // Of which Node is some 50 MB, its heap 192 at most while tables are handed over, and three sets of tables 120.
  memoryBytes: 512 * 2 ** 20,
  loadMilliseconds: 15_000,
  idleMilliseconds: 120_000,
  waiting: 8,
  bytes: 512 * 1024,
  cellCharacters: 2_000,
  sets: 3,
};

export type QueryOutcome =
  | {
      readonly kind: 'rows';
      readonly columns: readonly string[];
      readonly rows: Extract<FromQueryProcess, { kind: 'rows' }>['rows'];
      readonly truncated: boolean;
    }
  /** It is the statement's fault; the reason says what to write instead. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'busy'; readonly reason: string };

/** Tables under a name; made only when the process does not hold them. */
export interface TableSet {
  readonly key: string;
  readonly tables: () => Promise<readonly Table[]>;
}

export class QueryRunner {
  readonly #limits: QueryLimits;
  #child: ChildProcess | undefined;
  /** What the process holds, used last at the end. */
  #held: string[] = [];
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #id = 0;
  #closed = false;

  constructor(limits: QueryLimits = queryLimits) {
    this.#limits = limits;
  }

  /** The process's id while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Rejects only when the process cannot be started. */
  async run(set: TableSet, sql: string, rows: number): Promise<QueryOutcome> {
    const reason = refusal(sql);
    if (reason !== undefined) return { kind: 'refused', reason };
    if (this.#waiting >= this.#limits.waiting) {
      return { kind: 'busy', reason: 'Too many statements wait already: try again in some seconds.' };
    }
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#runNow(set, sql, rows));
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }

  close(): void {
    this.#closed = true;
    this.#kill();
  }

  async #runNow(set: TableSet, sql: string, rows: number): Promise<QueryOutcome> {
    if (this.#closed) return { kind: 'busy', reason: 'The collector is stopping.' };
    clearTimeout(this.#idle);
    const { runMilliseconds, loadMilliseconds, bytes, cellCharacters, sets, idleMilliseconds } = this.#limits;
    const child = this.#start();
    if (!this.#held.includes(set.key)) {
      const loaded = await this.#ask(
        child,
        { kind: 'load', key: set.key, tables: await set.tables() },
        loadMilliseconds,
      );
      if (typeof loaded === 'string') throw new Error(`the tables for a query could not be handed over: ${loaded}`);
    }
    this.#held = [...this.#held.filter((key) => key !== set.key), set.key];
    const oldest = this.#held.length > sets ? this.#held.shift() : undefined;
    if (oldest !== undefined) child.send({ kind: 'drop', key: oldest } satisfies ToQueryProcess);
    this.#id += 1;
    const id = this.#id;
    const answer = await this.#ask(
      child,
      { kind: 'run', id, key: set.key, sql, rows, bytes, cellCharacters },
      runMilliseconds,
    );
    this.#idle = setTimeout(() => this.#kill(), idleMilliseconds);
    this.#idle.unref();
    if (answer === 'late') {
      return {
        kind: 'refused',
        reason: `It took longer than ${runMilliseconds / 1_000} s and was stopped: join less, or filter earlier.`,
      };
    }
    if (answer === 'gone') {
      return { kind: 'refused', reason: 'It needed too much memory and was stopped: ask for less at once.' };
    }
    if (answer.kind === 'loaded' || answer.id !== id) return { kind: 'busy', reason: 'Ask again.' };
    if (answer.kind === 'refused') return { kind: 'refused', reason: answer.reason };
    const { columns, rows: found, truncated } = answer;
    return { kind: 'rows', columns, rows: found, truncated };
  }

  /** A process that is late, or too large, is killed. */
  #ask(
    child: ChildProcess,
    message: ToQueryProcess,
    milliseconds: number,
  ): Promise<FromQueryProcess | 'late' | 'gone'> {
    const { promise, resolve } = Promise.withResolvers<FromQueryProcess | 'late' | 'gone'>();
    const onMessage = (answer: FromQueryProcess): void => resolve(answer);
    const onGone = (): void => {
      this.#forget(child);
      resolve('gone');
    };
    const timer = setTimeout(() => {
      this.#kill();
      resolve('late');
    }, milliseconds);
    const look = setInterval(() => {
      if (child.pid === undefined || (residentBytes(child.pid) ?? 0) <= this.#limits.memoryBytes) return;
      this.#kill();
      resolve('gone');
    }, lookMilliseconds);
    child.once('message', onMessage).once('exit', onGone).once('error', onGone);
    child.send(message, (error) => {
      if (error) onGone();
    });
    return promise.finally(() => {
      clearTimeout(timer);
      clearInterval(look);
      child.off('message', onMessage).off('exit', onGone).off('error', onGone);
    });
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const entry = entryFile();
    const child = fork(entry, [], {
      // Nothing of the collector's environment, and no right to files, processes and add-ons beside its own text. SQLite
      // opens files past that, which is why its statements are restricted.
      env: process.platform === 'win32' ? { SYSTEMROOT: process.env.SYSTEMROOT } : {},
      execArgv: ['--permission', `--allow-fs-read=${entry}`, '--max-old-space-size=192', '--no-warnings'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('exit', () => this.#forget(child));
    child.on('error', () => this.#forget(child));
    // It must not keep the collector alive.
    child.unref();
    child.channel?.unref();
    this.#child = child;
    this.#held = [];
    return child;
  }

  #kill(): void {
    clearTimeout(this.#idle);
    const child = this.#child;
    if (child === undefined) return;
    this.#forget(child);
    child.kill('SIGKILL');
  }

  #forget(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#held = [];
  }
}

/** Beside the bundle as it is shipped, and beside this file in the sources. Throws when it is not there. */
function entryFile(): string {
  const found = ['./query-process.mjs', './query-process.ts']
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('query-process.mjs is missing beside runlens.mjs: install Runlens again.');
  return found;
}
