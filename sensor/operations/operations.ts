import type { AskedTrail } from '../conditions/asked-trail.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { debug, messageOf } from '../log.ts';
import type { Requests } from '../requests/requests.ts';
import { type Below, Frames, type FramesOptions } from '../runtime/frames.ts';
import { Askers } from './askers.ts';
import { Breakers } from './breakers.ts';
import { CaptureBudget } from './capture-budget.ts';
import { hookBetterSqlite3 } from './drivers/better-sqlite3.ts';
import { hookCockatiel, hookOpossum } from './drivers/breakers.ts';
import { commandEnds, commandStarts, type TracedCommand } from './drivers/channels.ts';
import { hookKnexClient, hookKnexRunner } from './drivers/knex.ts';
import { hookMongodbClient, hookMongodbConnection, hookMongodbOperations } from './drivers/mongodb.ts';
import { hookMongooseQuery } from './drivers/mongoose.ts';
import { hookNodeSqlite } from './drivers/node-sqlite.ts';
import { carryThroughPool, hookPgClient, hookPgPool } from './drivers/pg.ts';
import { hookTypeormRunner } from './drivers/typeorm.ts';
import { httpAnswers, httpFails, httpIsMade, httpStarts, undiciStarts } from './http.ts';
import { type OperationDelta, Recorder } from './recorder.ts';
import { followRequests } from './requests.ts';
import { Shapes } from './shapes.ts';
import { Tools } from './tools.ts';
import type { DriverFile } from './watch.ts';

/** Captured before the program can replace it. */
const { random } = Math;

export interface OperationsOptions extends FramesOptions {
  /** The number of a slot's newest call. */
  readonly callsOf: (slot: number) => number;
  readonly now: () => number;
  readonly requests: Requests;
}

export interface DrainedOperations {
  readonly operations: readonly OperationDelta[];
  /** Operations that were not counted, by a sentence that says why. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** What the service asks of databases and other services, and which of its functions asks. */
export class Operations {
  readonly #frames: Frames;
  readonly #recorder: Recorder;
  readonly #shapes = new Shapes();
  readonly #tools: Tools;
  readonly #breakers = new Breakers();
  #failures = 0;
  #followsRequests = false;
  readonly #requests: Requests;
  #isPaused = false;

  constructor(options: OperationsOptions) {
    this.#frames = new Frames(options);
    this.#requests = options.requests;
    this.#recorder = new Recorder({
      ...options,
      mayRest: (slot) => this.#frames.mayRest(slot),
      requestAtHand: () => options.requests.atHand(),
    });
    const askers = new Askers({
      capture: (below, limit) => this.#frames.capture(below, limit),
      callsOf: options.callsOf,
      captures: new CaptureBudget(options.now),
      random,
    });
    this.#tools = new Tools(askers, this.#recorder, this.#shapes, (error) => {
      this.#failures += 1;
      debug(`a hook of a driver failed: ${messageOf(error)}`);
    });
  }

  /** What was asked lately, and for which request. */
  get asked(): AskedTrail {
    return this.#recorder.asked;
  }

  add(file: LoadedFile): void {
    this.#frames.add(file);
  }

  /** A file of a driver was loaded: its exports are what the program will use. */
  loaded(driver: DriverFile, exports: unknown): void {
    const tools = this.#tools;
    this.#followRequests();
    tools.safely(() => {
      switch (driver) {
        case 'node:sqlite':
          hookNodeSqlite(exports, tools);
          return;
        case 'better-sqlite3':
          hookBetterSqlite3(exports, tools);
          return;
        case 'pg':
          hookPgClient(exports, tools);
          return;
        case 'pg-pool':
          hookPgPool(exports, tools);
          return;
        case 'mysql2-pool':
          carryThroughPool(Reflect.get(Object(exports), 'prototype'), ['query', 'execute'], 'getConnection', tools);
          return;
        case 'mongodb':
          hookMongodbConnection(exports, tools);
          return;
        case 'mongodb-client':
          hookMongodbClient(exports, tools);
          return;
        case 'mongodb-operations':
          hookMongodbOperations(exports, tools);
          return;
        case 'knex-client':
          hookKnexClient(exports, tools);
          return;
        case 'knex-runner':
          hookKnexRunner(exports, tools);
          return;
        case 'typeorm-postgres':
          hookTypeormRunner(exports, 'PostgresQueryRunner', tools);
          return;
        case 'typeorm-mysql':
          hookTypeormRunner(exports, 'MysqlQueryRunner', tools);
          return;
        case 'opossum':
          hookOpossum(exports, tools, this.#breakers);
          return;
        case 'cockatiel':
          hookCockatiel(exports, tools, this.#breakers);
          return;
        case 'mongoose':
          hookMongooseQuery(exports, tools);
          return;
      }
    });
  }

  commandStarts(name: TracedCommand, context: unknown, below: Below): void {
    this.#followRequests();
    this.#tools.safely(() => commandStarts(name, context, below, this.#tools));
  }

  commandEnds(context: unknown): void {
    this.#tools.safely(() => commandEnds(context, this.#tools));
  }

  httpIsMade(message: unknown, below: Below): void {
    this.#tools.safely(() => httpIsMade(message, below, this.#tools));
  }

  httpStarts(message: unknown, below: Below): void {
    this.#tools.safely(() => httpStarts(message, below, this.#tools));
  }

  undiciStarts(message: unknown, below: Below): void {
    this.#tools.safely(() => undiciStarts(message, below, this.#tools));
  }

  httpAnswers(message: unknown): void {
    this.#tools.safely(() => httpAnswers(message, this.#tools));
  }

  httpFails(message: unknown): void {
    this.#tools.safely(() => httpFails(message, this.#tools));
  }

  /** While paused nothing is told of, and drivers work as if nobody watched them. */
  pause(paused: boolean): void {
    if (this.#isPaused === paused) return;
    this.#isPaused = paused;
    this.#tools.pause(paused);
    if (!paused) this.#recorder.forgetRunning();
  }

  /** `last`: the process is ending. */
  drain(last: boolean): DrainedOperations {
    const { operations, dropped } = this.#recorder.drain(last || this.#isPaused);
    this.#shapes.settle();
    const reasons = new Map<string, number>();
    if (dropped > 0) reasons.set('queries and calls out: too many different ones', dropped);
    if (this.#failures > 0) reasons.set('queries and calls out: a driver could not be observed', this.#failures);
    this.#failures = 0;
    return { operations: [...operations, ...this.#breakers.drain()], dropped: reasons };
  }

  /** A service that asks no database need not have its requests followed. */
  #followRequests(): void {
    if (this.#followsRequests) return;
    this.#followsRequests = true;
    this.#tools.safely(() => followRequests(this.#recorder.repeats, this.#requests));
  }
}
