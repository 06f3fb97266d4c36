/** Server-sent events (WHATWG HTML, "Server-sent events"): tells clients what changed; they ask for the numbers. */
import type { ServerResponse } from 'node:http';
import type { EventEvent } from '@runlens/protocol/api/events';
import type { FindingEvent } from '@runlens/protocol/api/findings';
import type { CaptureEvent, ProbeEvent } from '@runlens/protocol/api/probes';
import { maxFilesInEvent, type ProfilesEvent, streamHeartbeatMilliseconds } from '@runlens/protocol/api/stream';
import { streamLimits } from '../defaults.ts';
import type { Batch } from '../store/profile-store.ts';

interface Change {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly files: Set<string>;
  newVersion: boolean;
}

export class StreamHub {
  /** With whose they are; undefined: the machine's own user's. */
  readonly #clients = new Map<ServerResponse, string | undefined>();
  readonly #changes = new Map<string, Change>();
  readonly #knownVersions: Set<string>;
  readonly #now: () => number;
  readonly #dropped: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #id = 0;

  constructor(options: { knownVersions: Iterable<Batch['instance']>; now: () => number; onDropped: () => void }) {
    this.#now = options.now;
    this.#dropped = options.onDropped;
    this.#knownVersions = new Set([...options.knownVersions].map(versionKey));
    // Starting from the clock keeps ids ascending over restarts.
    this.#id = options.now();
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), streamHeartbeatMilliseconds);
    this.#heartbeat.unref();
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** False when there are too many clients already, in all or of this user. */
  add(response: ServerResponse, user?: string): boolean {
    if (this.#clients.size >= streamLimits.clients) return false;
    const ofUser = user === undefined ? 0 : [...this.#clients.values()].filter((each) => each === user).length;
    if (ofUser >= streamLimits.clientsOfToken) return false;
    this.#clients.set(response, user);
    response.on('close', () => this.#clients.delete(response));
    // An event missed while away is not told again: a client asks for what it shows when it comes (back).
    response.write(`retry: 2000\nid: ${this.#id}\n: welcome\n\n`);
    return true;
  }

  /** Gathers what changed and tells it once. Call when it can be read. */
  changed(batches: readonly Batch[]): void {
    for (const batch of batches) {
      if (batch.deltas.length + batch.sources.length + batch.unmeasured.length === 0) continue;
      const { service, environment, version } = batch.instance;
      const key = versionKey(batch.instance);
      let change = this.#changes.get(key);
      if (change === undefined) {
        change = { service, environment, version, files: new Set(), newVersion: false };
        this.#changes.set(key, change);
      }
      if (!this.#knownVersions.has(key)) {
        this.#knownVersions.add(key);
        change.newVersion = true;
      }
      const { files } = change;
      for (const { filePath } of batch.sources) if (files.size <= maxFilesInEvent) files.add(filePath);
      for (const { key: fn } of batch.deltas) {
        if (files.size > maxFilesInEvent) break;
        files.add(fn.filePath);
      }
    }
    if (this.#changes.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#tell(), streamLimits.gatherMilliseconds);
    this.#timer.unref();
  }

  /** Tells at once: probes, captures, findings, and groups of events, of which there are few. */
  tell(
    event: 'probe' | 'capture' | 'finding' | 'event',
    data: ProbeEvent | CaptureEvent | FindingEvent | EventEvent,
  ): void {
    this.#id += 1;
    this.#write(`event: ${event}\nid: ${this.#id}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  close(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#timer);
    for (const client of this.#clients.keys()) client.end();
    this.#clients.clear();
  }

  #tell(): void {
    this.#timer = undefined;
    const event: ProfilesEvent = {
      at: new Date(this.#now()).toISOString(),
      changes: [...this.#changes.values()].map(({ service, environment, version, files, newVersion }) => ({
        service,
        environment,
        version,
        ...(files.size > maxFilesInEvent ? {} : { files: [...files] }),
        ...(newVersion ? { newVersion } : {}),
      })),
    };
    this.#changes.clear();
    this.#id += 1;
    this.#write(`event: profiles\nid: ${this.#id}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  #write(text: string): void {
    for (const client of this.#clients.keys()) {
      if (client.writableLength > streamLimits.bytesWaiting) {
        this.#clients.delete(client);
        this.#dropped();
        client.destroy();
      } else client.write(text);
    }
  }
}

const versionKey = ({
  service,
  environment,
  version,
}: Pick<Batch['instance'], 'service' | 'environment' | 'version'>) => JSON.stringify([service, environment, version]);
