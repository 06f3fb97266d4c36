import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { ExporterConfiguration } from '../configuration.ts';
import { debug, messageOf, warn } from '../log.ts';
import type { Resource } from '../resource.ts';
import type { Batch, FunctionIdentity } from './batch.ts';
import { CollectorClient, type Sending } from './client.ts';
import { encodeJson } from './json.ts';
import { sendBeforeExit } from './last-flush.ts';
import {
  type Inventory,
  type LoadedSource,
  type Shipment,
  toMetrics,
  toShipments,
  type UnmeasuredFunction,
} from './metrics.ts';
import { encodeProtobuf } from './protobuf.ts';
import { BatchQueue } from './queue.ts';

/** What there is to measure; only ever grows. */
export interface Known {
  readonly functions: readonly FunctionIdentity[];
  readonly sources: readonly LoadedSource[];
  readonly unmeasured: readonly UnmeasuredFunction[];
}

export interface ExporterOptions {
  readonly configuration: ExporterConfiguration;
  readonly resource: Resource;
  readonly sensorVersion: string;
  readonly known: Known;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const mostPointsPerRequest = 5_000;
const firstRetryMilliseconds = 1_000;
/** A collector on this machine costs nothing to ask again; one elsewhere may be in trouble. */
const longestRetryMilliseconds = { loopback: 5_000, remote: 60_000 };
/** Everything known is told again this often, for a collector that lost what it had. */
const announceAgainMilliseconds = 600_000;
/** A service in which nothing happens says that it is there. */
const heartbeatMilliseconds = 30_000;
const lastFlushMilliseconds = { usual: 2_000, whenAway: 500 };

const gzipAsync = promisify(gzip);

/** Sends batches and the inventory to the collector: in order, one request at a time, until it has taken them. */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #client: CollectorClient;
  readonly #queue = new BatchQueue();
  /** How much of `known` the collector was told. */
  #told = { functions: 0, sources: 0, unmeasured: 0 };
  #toldAllAt = 0;
  #lastAcceptedAt = 0;
  #failures = 0;
  #notBefore = 0;
  #sending: { shipments: Shipment[]; current: Sending | undefined } | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#client = new CollectorClient(options.configuration);
  }

  /** Takes the numbers of one interval and sends what there is, unless the collector asked for patience. */
  add(batch: Batch): void {
    this.#queue.add(batch);
    if (this.#options.now() >= this.#notBefore) void this.#send();
  }

  /**
   * The process is ending: sends all that is left and waits for it, at most two seconds, less when the collector was
   * away before. A request that the operating system already has is not sent again.
   */
  sendAllBeforeExit(batch: Batch): void {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    const { current, shipments = [] } = this.#sending ?? {};
    const unsent = current?.handedOver() ? shipments.slice(1) : shipments;
    if (current && !current.handedOver()) current.abandon();
    this.#queue.putBack(unsent.flatMap(({ batches }) => batches));
    this.#queue.add(batch);
    const again = unsent.flatMap(({ inventory }) => (inventory ? [inventory] : []));
    const left = [
      ...again.map((inventory): Shipment => ({ batches: [], inventory })),
      ...toShipments(this.#queue.takeAll(), this.#takeInventory(), mostPointsPerRequest),
    ];
    if (left.length === 0) return;
    const bodies = left.map((shipment) => {
      const body = this.#encode(shipment);
      return this.#options.configuration.gzip ? gzipSync(body) : body;
    });
    const limit = this.#failures > 0 ? lastFlushMilliseconds.whenAway : lastFlushMilliseconds.usual;
    const problem = sendBeforeExit(this.#options.configuration, bodies, limit);
    if (problem !== undefined) debug(`the last numbers could not be sent: ${problem}`);
  }

  async #send(): Promise<void> {
    if (this.#sending || this.#closed) return;
    const shipments = toShipments(this.#queue.takeAll(), this.#takeInventory(), mostPointsPerRequest);
    if (shipments.length === 0) return;
    const sending = { shipments, current: undefined as Sending | undefined };
    this.#sending = sending;
    try {
      while (sending.shipments.length > 0 && (await this.#sendFirst(sending))) sending.shipments.shift();
    } catch (error) {
      warn(`numbers could not be sent: ${messageOf(error)}`);
      sending.shipments.shift();
    }
    if (this.#closed) return;
    this.#sending = undefined;
    this.#queue.putBack(sending.shipments.flatMap(({ batches }) => batches));
  }

  /** Whether the first shipment is done with, accepted or refused for good. */
  async #sendFirst(sending: { shipments: Shipment[]; current: Sending | undefined }): Promise<boolean> {
    const [shipment] = sending.shipments;
    if (!shipment) return false;
    const body = this.#encode(shipment);
    const bytes = this.#options.configuration.gzip ? await gzipAsync(body) : body;
    // The process began to end meanwhile: then this shipment is sent by the last flush.
    if (this.#closed) return false;
    sending.current = this.#client.post(bytes);
    const outcome = await sending.current.outcome;
    if (this.#closed) return false;
    sending.current = undefined;
    const { url } = this.#options.configuration;
    switch (outcome.kind) {
      case 'accepted':
        if (this.#failures > 0) debug(`the collector at ${url} is back`);
        if (outcome.partial) warn(`the collector did not take everything: ${outcome.partial.message}`, 'partial');
        this.#failures = 0;
        this.#lastAcceptedAt = this.#options.now();
        return true;
      case 'refused':
        warn(
          `the collector at ${url} refuses the numbers of this service: ${outcome.reason}; they are dropped`,
          'refused',
        );
        return true;
      case 'retry':
        this.#waitAfterFailure(outcome.reason, outcome.afterMilliseconds);
        return false;
    }
  }

  #waitAfterFailure(reason: string, askedFor: number | undefined): void {
    this.#failures += 1;
    // Who was away may have forgotten: everything is told again.
    this.#told = { functions: 0, sources: 0, unmeasured: 0 };
    const { url } = this.#options.configuration;
    debug(`the collector at ${url} cannot be reached (${reason}); numbers are kept`);
    const longest = isLoopback(url) ? longestRetryMilliseconds.loopback : longestRetryMilliseconds.remote;
    const doubled = Math.min(longest, firstRetryMilliseconds * 2 ** Math.min(this.#failures - 1, 16));
    const wait = askedFor ?? doubled * (0.5 + Math.random() / 2);
    this.#notBefore = this.#options.now() + wait;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#send(), wait);
    this.#retryTimer.unref();
  }

  /** What the collector does not know yet, all of it when it is time again, or the sign of life of an idle service. */
  #takeInventory(): Inventory | undefined {
    const at = this.#options.now();
    const { known } = this.#options;
    if (at - this.#toldAllAt >= announceAgainMilliseconds) {
      this.#told = { functions: 0, sources: 0, unmeasured: 0 };
      this.#toldAllAt = at;
    }
    const inventory = {
      at,
      functions: known.functions.slice(this.#told.functions),
      sources: known.sources.slice(this.#told.sources),
      unmeasured: known.unmeasured.slice(this.#told.unmeasured),
    };
    this.#told = {
      functions: known.functions.length,
      sources: known.sources.length,
      unmeasured: known.unmeasured.length,
    };
    const something = inventory.functions.length + inventory.sources.length + inventory.unmeasured.length > 0;
    if (something) return inventory;
    const idle = this.#queue.length === 0 && at - this.#lastAcceptedAt >= heartbeatMilliseconds;
    return idle && known.sources.length > 0 ? { ...inventory, sources: known.sources.slice(0, 1) } : undefined;
  }

  #encode(shipment: Shipment): Uint8Array {
    const { configuration, resource, sensorVersion } = this.#options;
    const encode = configuration.encoding === 'json' ? encodeJson : encodeProtobuf;
    return encode(resource, { name: '@runlens/sensor', version: sensorVersion }, toMetrics(shipment));
  }
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
