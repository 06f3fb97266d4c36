import { firstPartyFilter } from '../load/first-party.ts';
import { debug, messageOf, warn } from '../log.ts';
import type { DrainedOperations } from '../operations/operations.ts';
import { Collection } from './collection.ts';
import type { Export, ExportOptions, ServiceSettings } from './export.ts';
import { Exporter } from './exporter.ts';
import { sendBeforeExit } from './last-flush.ts';
import { readResource } from './service-resource.ts';

/** What gathers and sends the numbers of a service, in whichever thread. */
export function startExporting(
  settings: ServiceSettings,
  now: () => number,
): { readonly collection: Collection; readonly exporter: Exporter } {
  const { configuration, root, ownFolder, start, sensorVersion } = settings;
  for (const problem of configuration.problems) warn(problem);
  const { include, exclude } = configuration;
  const isFirstParty = firstPartyFilter({ root, include, exclude, ownFolder });
  const collection = new Collection({ root, isFirstParty }, start);
  const exporter = new Exporter({
    configuration: configuration.exporter,
    resource: readResource(settings),
    sensorVersion,
    known: collection.known,
    now,
  });
  return { collection, exporter };
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
  #flushing = false;
  #ended = false;

  constructor(options: ExportOptions) {
    this.#options = options;
    this.#exporting = startExporting(options.settings, options.now);
  }

  async flush(): Promise<void> {
    if (this.#flushing || this.#ended) return;
    this.#flushing = true;
    try {
      this.#takeFiles();
      await this.#exporting.collection.identify();
      if (!this.#ended) this.#exporting.exporter.add(this.#drain(false));
    } catch (error) {
      warn(`an export failed: ${messageOf(error)}`);
    } finally {
      this.#flushing = false;
    }
  }

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
    for (const file of this.#options.files.splice(0)) this.#exporting.collection.add(file);
  }

  #drain(last: boolean): ReturnType<Collection['cut']> {
    const { runtime, operations, series, slowCalls, now } = this.#options;
    const { collection } = this.#exporting;
    this.#takeFiles();
    collection.addSlots(runtime.drain());
    addOperations(this.#exporting, operations(last));
    for (const part of series(last)) collection.addOperations(part);
    collection.addOperations(runtime.conditions(last));
    collection.addSlowCalls(slowCalls());
    return collection.cut(now());
  }
}
