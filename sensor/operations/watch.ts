import type { AskedTrail } from '../conditions/asked-trail.ts';
import { listenToChannels, subscribe } from '../control/channels.ts';
import { requireLazily } from '../load/commonjs.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import type { Below } from '../runtime/frames.ts';
import { type TracedCommand, tracedCommands } from './drivers/channels.ts';
import type { DrainedOperations, Operations, OperationsOptions } from './operations.ts';

/** Files whose exports are hooked, as soon as the program has loaded them; the sensor itself loads no driver. */
const driverFiles = {
  'better-sqlite3/lib/methods/wrappers.js': 'better-sqlite3',
  'pg/lib/client.js': 'pg',
  'pg-pool/index.js': 'pg-pool',
  'mysql2/lib/base/pool.js': 'mysql2-pool',
  'mongodb/lib/cmap/connection.js': 'mongodb',
  'mongodb/lib/mongo_client.js': 'mongodb-client',
  'mongodb/lib/operations/execute_operation.js': 'mongodb-operations',
  'knex/lib/client.js': 'knex-client',
  'knex/lib/execution/runner.js': 'knex-runner',
  'typeorm/driver/postgres/PostgresQueryRunner.js': 'typeorm-postgres',
  'typeorm/driver/mysql/MysqlQueryRunner.js': 'typeorm-mysql',
  'mongoose/lib/query.js': 'mongoose',
  'opossum/lib/circuit.js': 'opossum',
  'cockatiel/dist/CircuitBreakerPolicy.js': 'cockatiel',
} as const;
export type DriverFile = (typeof driverFiles)[keyof typeof driverFiles] | 'node:sqlite';

/** Of folders within each other the innermost: mongoose has a mongodb of its own. */
const inPackage =
  /^.*[\\/]node_modules[\\/]((?:better-sqlite3|pg|pg-pool|mysql2|mongodb|mongoose|knex|typeorm|opossum|cockatiel)[\\/][^:]{5,40}\.js)$/;

/** Of several versions of a package each is hooked. */
const mostModules = 20;

/**
 * Waits for the first query or call out of the service, in the least time at the start: what counts them is loaded then.
 */
export class OperationsWatch {
  readonly #options: () => OperationsOptions;
  readonly #guarded: (work: () => void) => void;
  readonly #files: LoadedFile[] = [];
  /** Drivers that were loaded while paused; there are few kinds of them. */
  readonly #waiting: [driver: DriverFile, exports: unknown][] = [];
  /** ES modules of packages that are hooked. */
  readonly #modules = new Set<string>();
  #operations: Operations | undefined;
  #isPaused = false;

  /** `guarded` runs what may fail in the sensor itself. */
  constructor(options: () => OperationsOptions, guarded: (work: () => void) => void) {
    this.#options = options;
    this.#guarded = guarded;
  }

  /** What was asked lately, once there was something. */
  get asked(): AskedTrail | undefined {
    return this.#operations?.asked;
  }

  /** Subscribes to what Node and drivers tell. */
  start(): void {
    const on = (name: string, tell: (operations: Operations, message: unknown, below: Below) => void) => {
      const listener = (message: unknown): void => {
        this.#guarded(() => tell(this.#loaded(), message, listener));
      };
      subscribe(name, listener);
    };
    on('http.client.request.created', (operations, message, below) => operations.httpIsMade(message, below));
    on('http.client.request.start', (operations, message, below) => operations.httpStarts(message, below));
    on('http.client.response.finish', (operations, message) => operations.httpAnswers(message));
    on('http.client.request.error', (operations, message) => operations.httpFails(message));
    on('undici:request:create', (operations, message, below) => operations.undiciStarts(message, below));
    on('undici:request:headers', (operations, message) => operations.httpAnswers(message));
    on('undici:request:error', (operations, message) => operations.httpFails(message));
    for (const name of tracedCommands) {
      on(`tracing:${name}:start`, (operations, context, below) =>
        operations.commandStarts(name as TracedCommand, context, below),
      );
      on(`tracing:${name}:asyncStart`, (operations, context) => operations.commandEnds(context));
    }
  }

  /** While paused nothing is heard of; drivers that are loaded meanwhile are hooked when it ends. */
  pause(paused: boolean): void {
    if (this.#isPaused === paused) return;
    this.#isPaused = paused;
    listenToChannels(!paused);
    this.#guarded(() => {
      this.#operations?.pause(paused);
      if (paused) return;
      for (const [driver, exports] of this.#waiting.splice(0)) this.#loaded().loaded(driver, exports);
    });
  }

  #found(driver: DriverFile, exports: () => unknown): void {
    if (this.#isPaused) this.#waiting.push([driver, exports()]);
    else this.#guarded(() => this.#loaded().loaded(driver, exports()));
  }

  /** A CommonJS file has run. */
  commonJs(path: string, exports: unknown): void {
    const file = inPackage.exec(path)?.[1]?.replaceAll('\\', '/');
    if (file === undefined || !Object.hasOwn(driverFiles, file)) return;
    const driver = driverFiles[file as keyof typeof driverFiles];
    this.#found(driver, () => exports);
  }

  /** An ES module of a package is being loaded: once it has run, its exports are what the program uses. */
  module(url: string): void {
    if (this.#modules.has(url) || this.#modules.size >= mostModules) return;
    if (inPackage.exec(url)?.[1] !== 'cockatiel/dist/CircuitBreakerPolicy.js') return;
    this.#modules.add(url);
    // It is the program's own module, which is asked for once it is on its way: not within the hook that loads it. Should it
    // fail, the program is told by its own import.
    setImmediate(() => {
      import(url).then(
        (exports: unknown) => this.#found('cockatiel', () => exports),
        () => undefined,
      );
    });
  }

  /** One of Node's own modules is about to be loaded. */
  builtin(url: string): void {
    if (url !== 'node:sqlite') return;
    // Past all hooks, this one too. It is there wherever hooks tell of builtin modules.
    this.#found(url, () => process.getBuiltinModule(url));
  }

  add(file: LoadedFile): void {
    const kept = file.withoutText();
    if (this.#operations) this.#operations.add(kept);
    else this.#files.push(kept);
  }

  /** What has ended since the last time; `last`: the process is ending. */
  drain(last: boolean): DrainedOperations | undefined {
    return this.#operations?.drain(last);
  }

  #loaded(): Operations {
    if (!this.#operations) {
      // The bundle of this folder that exports just this class.
      const part = requireLazily('./operations.cjs') as typeof import('./operations.ts');
      this.#operations = new part.Operations(this.#options());
      for (const file of this.#files.splice(0)) this.#operations.add(file);
    }
    return this.#operations;
  }
}
