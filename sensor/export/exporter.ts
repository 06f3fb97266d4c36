import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import { resourceAttributes } from '@runlens/protocol/telemetry';
import type { ExporterConfiguration } from '../configuration.ts';
import { debug, messageOf, warn } from '../log.ts';
import type { Resource } from '../resource.ts';
import type { Batch, FunctionIdentity } from './batch.ts';
import { CollectorClient, isLoopback, type Sending } from './client.ts';
import { DroppedLedger } from './dropped.ts';
import { encodeJson } from './json.ts';
import {
  type Inventory,
  type LoadedSource,
  type SensorReading,
  type Shipment,
  toMetrics,
  toShipments,
  type UnmeasuredFunction,
} from './metrics.ts';
import { encodeProtobuf } from './protobuf.ts';
import { BatchQueue } from './queue.ts';
import { type EncodedRequest, type PendingRequest, RequestIds } from './request.ts';
import type { LastRequests } from './send-last.ts';

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
/** For one request of the last flush, and for all of them: a program of 20,000 functions ends with a dozen. */
const lastFlushMilliseconds = { usual: 2_000, whenAway: 500, inAll: 10_000 };

/** Told with the count of points, by `runlens.reason`. */
const dropReasons = {
  refused: 'refused by the collector',
  partlyRefused: 'refused by the collector as part of a request',
  unsendable: 'could not be written',
  merged: 'added to a neighbouring interval while the collector was away; counts are kept',
} as const;

/** What is being sent: the first of `shipments`, or `current`, which then is one that is repeated. */
interface Round {
  shipments: Shipment[];
  current: { readonly sending: Sending; readonly request: PendingRequest } | undefined;
}

const gzipAsync = promisify(gzip);

/** Sends batches and the inventory to the collector: in order, one request at a time, until it has taken them. */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #client: CollectorClient;
  readonly #ids: RequestIds;
  readonly #dropped: DroppedLedger;
  readonly #queue = new BatchQueue((points) => this.#dropped.add(dropReasons.merged, points));
  /** A request that the collector may have taken: nothing newer is sent before it is settled. */
  #unsettled: PendingRequest | undefined;
  /** How much of `known` the collector was told. */
  #told = { functions: 0, sources: 0, unmeasured: 0 };
  #toldAllAt = 0;
  #lastAcceptedAt = 0;
  #failures = 0;
  #notBefore = 0;
  #round: Round | undefined;
  /** The last round, also when it is over. */
  #sending: Promise<void> = Promise.resolve();
  #retryTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #reading: () => SensorReading | undefined = () => undefined;
  #toldLevel: SensorReading['level'] = 'full';

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#client = new CollectorClient(options.configuration);
    this.#ids = new RequestIds(options.resource.get(resourceAttributes.serviceInstanceId) ?? '');
    this.#dropped = new DroppedLedger(options.now());
  }

  /** Something was not measured: told with the next numbers. */
  dropped(reason: string, points: number): void {
    this.#dropped.add(reason, points);
  }

  /** From now on what the sensor does and costs travels with the numbers. */
  tellSensor(reading: () => SensorReading): void {
    this.#reading = reading;
  }

  /** Takes the numbers of one interval and sends what there is, unless the collector asked for patience. */
  add(batch: Batch): void {
    this.#queue.add(batch);
    this.#sendIfMay();
  }

  /** Resolves when all there is was sent, or some of it could not be. Never rejects. */
  async settled(): Promise<void> {
    await this.#sending;
    // What came while a round was under way.
    if (this.#queue.length > 0) this.#sendIfMay();
    await this.#sending;
  }

  #sendIfMay(): void {
    if (!this.#round && !this.#closed && this.#options.now() >= this.#notBefore) this.#sending = this.#send();
  }

  /** Sends the sign of life that is due where no interval ends. */
  beat(): void {
    if (this.#options.now() >= this.#notBefore) void this.#send();
  }

  /**
   * The process is ending: gives all that is left to send, and for how long that may be waited: two seconds, less when the
   * collector was away before. A request that the operating system already has is not sent again. To be called once, as
   * the last of all.
   */
  takeLast(batch: Batch): LastRequests {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    const { current, shipments = [] } = this.#round ?? {};
    const handedOver = current?.sending.handedOver() === true;
    if (!handedOver) current?.sending.abandon();
    const isRepeated = current !== undefined && current.request === this.#unsettled;
    const unsettled = isRepeated && handedOver ? undefined : this.#unsettled;
    const unsent = current && handedOver && !isRepeated ? shipments.slice(1) : shipments;
    this.#putBack(unsent);
    this.#queue.add(batch);
    const again = unsent.flatMap(({ inventory }) => (inventory ? [inventory] : []));
    const left = [
      ...again.map((inventory): Shipment => ({ batches: [], inventory, points: 0 })),
      ...this.#takeShipments(),
    ];
    const dropped = this.#dropped.take(this.#options.now());
    if (dropped) left.push({ batches: [], inventory: undefined, dropped, points: 0 });
    const requests: EncodedRequest[] = unsettled ? [unsettled] : [];
    for (const shipment of left) {
      const body = this.#encode(shipment);
      requests.push({ body: this.#options.configuration.gzip ? gzipSync(body) : body, id: this.#ids.next() });
    }
    const { usual, whenAway, inAll } = lastFlushMilliseconds;
    const each = this.#failures > 0 ? whenAway : usual;
    return {
      requests,
      eachMilliseconds: each,
      limitMilliseconds: Math.min(inAll, each * Math.max(1, requests.length)),
    };
  }

  /** One round: what may have arrived before, then all that there is, until something fails. */
  async #send(): Promise<void> {
    if (this.#round || this.#closed) return;
    const round: Round = { shipments: [], current: undefined };
    this.#round = round;
    try {
      if (!this.#unsettled || (await this.#post(round, this.#unsettled)) === 'settled') {
        round.shipments = this.#takeShipments();
        while (await this.#sendFirst(round)) round.shipments.shift();
      }
    } catch (error) {
      warn(`numbers could not be sent: ${messageOf(error)}`);
      this.#dropped.add(dropReasons.unsendable, round.shipments.shift()?.points ?? 0);
    }
    if (this.#closed) return;
    this.#round = undefined;
    this.#putBack(round.shipments);
  }

  #takeShipments(): Shipment[] {
    const [first, ...rest] = toShipments(this.#queue.takeAll(), this.#takeInventory(), mostPointsPerRequest);
    const sensor = this.#reading();
    // What was dropped travels with numbers: a collector that takes none need not be asked for its sake.
    if (!first) {
      return sensor && sensor.level !== this.#toldLevel
        ? [{ batches: [], inventory: undefined, sensor, points: 0 }]
        : [];
    }
    return [{ ...first, dropped: this.#dropped.take(this.#options.now()), sensor }, ...rest];
  }

  #putBack(shipments: readonly Shipment[]): void {
    this.#queue.putBack(shipments.flatMap(({ batches }) => batches));
    for (const { dropped } of shipments) if (dropped) this.#dropped.putBack(dropped);
  }

  /** Whether the first shipment is out of the queue's care, and another may be sent. */
  async #sendFirst(round: Round): Promise<boolean> {
    const [shipment] = round.shipments;
    if (!shipment) return false;
    const plain = this.#encode(shipment);
    const body = this.#options.configuration.gzip ? await gzipAsync(plain) : plain;
    // The process began to end meanwhile: then this shipment is sent by the last flush.
    if (this.#closed) return false;
    const { points, dropped, sensor } = shipment;
    const request = { body, id: this.#ids.next(), points, dropped, level: sensor?.level };
    const result = await this.#post(round, request);
    if (result !== 'unsettled') return result === 'settled';
    this.#unsettled = request;
    round.shipments.shift();
    return false;
  }

  /**
   * Sends one request. Settled: the collector has taken or refused it. Unsettled: it may have been taken, and must be
   * sent again as it is. Unsent: it never left.
   */
  async #post(round: Round, request: PendingRequest): Promise<'settled' | 'unsettled' | 'unsent'> {
    const sending = this.#client.post(request);
    round.current = { sending, request };
    const outcome = await sending.outcome;
    // The last flush has taken care of it.
    if (this.#closed) return 'unsent';
    round.current = undefined;
    if (outcome.kind === 'retry') {
      this.#waitAfterFailure(outcome.reason, outcome.afterMilliseconds);
      return outcome.mayHaveArrived ? 'unsettled' : 'unsent';
    }
    this.#unsettled = undefined;
    const { url } = this.#options.configuration;
    if (outcome.kind === 'refused') {
      warn(
        `the collector at ${url} refuses the numbers of this service: ${outcome.reason}; they are dropped`,
        'refused',
      );
      this.#dropped.add(`${dropReasons.refused}: ${outcome.reason}`, request.points);
      if (request.dropped) this.#dropped.putBack(request.dropped);
      return 'settled';
    }
    if (this.#failures > 0) debug(`the collector at ${url} is back`);
    if (outcome.partial) {
      warn(`the collector did not take everything: ${outcome.partial.message}`, 'partial');
      this.#dropped.add(dropReasons.partlyRefused, outcome.partial.rejectedPoints);
    }
    this.#failures = 0;
    if (request.level !== undefined) this.#toldLevel = request.level;
    this.#lastAcceptedAt = this.#options.now();
    return 'settled';
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
    this.#retryTimer = setTimeout(() => {
      if (!this.#round) this.#sending = this.#send();
    }, wait);
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
