import { metrics } from '@runlens/protocol/telemetry';
import type { ControlState } from '../control/control.ts';
import { firstPartyFilter } from '../load/first-party.ts';
import { debug, messageOf, warn } from '../log.ts';
import type { DrainedOperations } from '../operations/operations.ts';
import type { Resource } from '../resource.ts';
import { Collection } from './collection.ts';
import type { Export, ExportOptions, ServiceSettings } from './export.ts';
import { Exporter } from './exporter.ts';
import { sendBeforeExit } from './last-flush.ts';
import { readResource } from './service-resource.ts';

/** What gathers and sends the numbers of a service, in whichever thread. */
export function startExporting(
  settings: ServiceSettings,
  now: () => number,
): { readonly collection: Collection; readonly exporter: Exporter; readonly resource: Resource } {
  const { configuration, root, ownFolder, start, sensorVersion } = settings;
  for (const problem of configuration.problems) warn(problem);
  const { include, exclude } = configuration;
  const isFirstParty = firstPartyFilter({ root, include, exclude, ownFolder });
  const collection = new Collection({ root, isFirstParty }, start);
  const resource = readResource(settings);
  const exporter = new Exporter({
    configuration: configuration.exporter,
    resource,
    sensorVersion,
    known: collection.known,
    now,
  });
  return { collection, exporter, resource };
}

export function addOperations(
  { collection, exporter }: { readonly collection: Collection; readonly exporter: Exporter },
  drained: DrainedOperations | undefined,
): void {
  if (!drained) return;
  collection.addOperations(drained.operations);
  for (const [reason, points] of drained.dropped) exporter.dropped(reason, points);
}

/**
 * Sends numbers from the thread that they are of: of a process that ends before its first interval does, of a worker
 * thread of the service, and where no thread can be started.
 */
export class Session implements Export {
  readonly #options: ExportOptions;
  readonly #exporting: ReturnType<typeof startExporting>;
  #flushing: Promise<void> | undefined;
  #toldStart = false;
  #ended = false;
  #isSettled = true;

  constructor(options: ExportOptions) {
    this.#options = options;
    this.#exporting = startExporting(options.settings, options.now);
  }

  /**
   * For a process that is stopped between two calls of its function: resolves when all was sent or could not be, or after
   * so many milliseconds; the rest goes with the next. Never rejects. The first time also tells that there was a start.
   */
  async flushWithin(milliseconds: number): Promise<void> {
    if (!this.#toldStart) {
      this.#toldStart = true;
      const start = { metric: metrics.coldStarts, slot: -1, within: -1, attributes: [], numbers: 1 } as const;
      this.#exporting.collection.addOperations([start]);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      // Not unref'd: sending does not keep a process alive.
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([this.#flushAndSend(), late]);
    clearTimeout(timer);
  }

  async #flushAndSend(): Promise<void> {
    // One that has begun may have passed what came last.
    await this.#flushing;
    await this.flush();
    await this.#exporting.exporter.settled();
  }

  flush(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    try {
      this.#takeFiles();
      await this.#exporting.collection.identify();
      if (!this.#ended) this.#exporting.exporter.add(this.#drain(false));
      this.#isSettled = true;
    } catch (error) {
      warn(`an export failed: ${messageOf(error)}`);
    }
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  pause(): void {
    this.#isSettled = false;
    void this.flush();
  }

  resume(at: number): void {
    if (this.#isSettled) this.#exporting.collection.startAt(at);
    this.#isSettled = true;
  }

  tell(state: ControlState): void {
    this.#exporting.exporter.tellSensor(() => ({
      at: this.#options.now(),
      level: state.level,
      cpuShare: undefined,
    }));
  }

  /** There is no channel, by which probes would have come. */
  tellProbes(): void {}

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      const last = this.#exporting.exporter.takeLast(this.#drain(true));
      if (last.requests.length === 0) return;
      const problem = sendBeforeExit(this.#options.settings.configuration.exporter, last);
      if (problem !== undefined) debug(`the last numbers could not be sent: ${problem}`);
    } catch (error) {
      debug(`the last export failed: ${messageOf(error)}`);
    }
  }

  #takeFiles(): void {
    this.#options.receive();
    for (const file of this.#options.files.splice(0)) {
      if (this.#options.originOf(file) !== 'runningThread') this.#exporting.collection.add(file);
    }
  }

  #drain(last: boolean): ReturnType<Collection['cut']> {
    const { runtime, operations, series, slowCalls, countedUntil } = this.#options;
    const { collection } = this.#exporting;
    this.#takeFiles();
    collection.addSlots(runtime.drain());
    addOperations(this.#exporting, operations(last));
    for (const part of series(last)) collection.addOperations(part);
    collection.addOperations(runtime.conditions(last));
    collection.addSlowCalls(slowCalls());
    return collection.cut(countedUntil());
  }
}
