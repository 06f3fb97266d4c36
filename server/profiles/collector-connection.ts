/** The connection to the collector: finds it, asks who is there, listens to its stream, and comes back when it is lost. */
import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventEvent } from '@runlens/protocol/api/events';
import type { FindingEvent } from '@runlens/protocol/api/findings';
import type { CaptureEvent, ProbeEvent } from '@runlens/protocol/api/probes';
import { type ServicesResponse, servicesResponseSchema } from '@runlens/protocol/api/profile';
import { healthResponseSchema, type ProfilesEvent } from '@runlens/protocol/api/stream';
import { homeFiles } from '@runlens/protocol/home';
import type { CollectorState } from '@runlens/protocol/lsp';
import { BackOff } from './back-off.ts';
import { type AddressSettings, type CollectorEndpoint, findCollector, homeFolder } from './collector-address.ts';
import { CollectorClient } from './collector-client.ts';
import { readEvents } from './event-stream.ts';

export interface ConnectionHandlers {
  /** The state, or what is known of the services, changed. */
  readonly onChange: () => void;
  /** Connected anew, or events may have been missed: everything known may be old. */
  readonly onReset: () => void;
  readonly onProfiles: (event: ProfilesEvent) => void;
  readonly onProbe: (event: ProbeEvent) => void;
  readonly onCapture: (event: CaptureEvent) => void;
  readonly onFindings: (event: FindingEvent) => void;
  readonly onEvents: (event: EventEvent) => void;
  readonly log: (message: string) => void;
}

/** The services are asked for again after this, and when an event names one that is not known. */
const servicesMilliseconds = 30_000;
const leastServicesMilliseconds = 2_000;
/** A collector without a stream is asked again this often. */
const pollMilliseconds = 10_000;

export class CollectorConnection {
  readonly #handlers: ConnectionHandlers;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #stop = new AbortController();
  readonly #backOff = new BackOff(500, 30_000);
  #settings: AddressSettings;
  #wake = new AbortController();
  #client: CollectorClient | undefined;
  #state: CollectorState = { kind: 'none', message: 'Runlens has not looked for a collector yet.' };
  #services: ServicesResponse['services'] = [];
  #servicesAt = 0;
  #servicesPending = false;
  #lastSeen: number | null = null;
  #lastEventId: string | undefined;
  #watcher: FSWatcher | undefined;
  #loop: Promise<void> | undefined;
  #markSettled: () => void = () => undefined;
  readonly #settled = new Promise<void>((resolve) => {
    this.#markSettled = resolve;
  });

  constructor(settings: AddressSettings, environment: NodeJS.ProcessEnv, handlers: ConnectionHandlers) {
    this.#settings = settings;
    this.#environment = environment;
    this.#handlers = handlers;
  }

  get state(): CollectorState {
    return this.#state;
  }

  get services(): ServicesResponse['services'] {
    return this.#services;
  }

  /** The client to ask with; undefined when not connected. */
  get client(): CollectorClient | undefined {
    return this.#state.kind === 'connected' ? this.#client : undefined;
  }

  /** Resolves when the first attempt to connect has come to an end, one way or the other. */
  settled(): Promise<void> {
    return this.#settled;
  }

  start(): void {
    this.#watchHome();
    this.#loop = this.#run();
  }

  /** Takes other settings, and looks for the collector anew. */
  configure(settings: AddressSettings): void {
    this.#settings = settings;
    this.#watchHome();
    this.reconnect();
  }

  /** Looks for the collector now. */
  reconnect(): void {
    this.#backOff.reset();
    this.#wake.abort();
  }

  /** Told by whoever asked and was refused for the token: it may have been made anew. */
  unauthorized(): void {
    if (this.#state.kind === 'connected') this.#wake.abort();
  }

  /** Told by whoever could not reach the collector while it seemed connected. */
  unreachable(): void {
    if (this.#state.kind === 'connected') this.#wake.abort();
  }

  async dispose(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    this.#markSettled();
    this.#watcher?.close();
    await this.#loop;
    this.#client?.dispose();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#wake = new AbortController();
      const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
      try {
        const endpoint = await findCollector(this.#settings, this.#environment);
        if (endpoint) await this.#talk(endpoint, signal);
        else {
          this.#setState({
            kind: 'none',
            message: `No collector is known: none runs on this machine (${homeFolder(this.#settings, this.#environment)}), and no setting names one.`,
          });
        }
      } catch (error) {
        this.#handlers.log(`The connection to the collector failed: ${String(error)}`);
      }
      await wait(this.#backOff.next(), undefined, { signal }).catch(() => undefined);
    }
  }

  async #talk(endpoint: CollectorEndpoint, signal: AbortSignal): Promise<void> {
    const { url } = endpoint;
    this.#client?.dispose();
    const client = new CollectorClient(endpoint);
    this.#client = client;
    if (this.#state.kind === 'none' || this.#state.url !== url) this.#setState({ kind: 'connecting', url });
    const health = await client.get('/health', healthResponseSchema, { signal });
    if (health.kind !== 'ok') {
      if (health.kind === 'cancelled' || health.kind === 'notModified') return;
      this.#setAway(url, health.message);
      return;
    }
    if (!(await this.#askServices(client, signal))) return;
    this.#lastSeen = Date.now();
    this.#setState({ kind: 'connected', url, version: health.value.version });
    this.#handlers.onReset();
    const connectedAt = Date.now();
    await this.#listen(client, signal);
    // A collector that drops every connection at once is not hammered.
    if (Date.now() - connectedAt > 5_000) this.#backOff.reset();
  }

  async #listen(client: CollectorClient, signal: AbortSignal): Promise<void> {
    const stream = await client.open('/api/v1/stream', signal, this.#lastEventId);
    if (stream.kind === 'ok') {
      await readEvents(stream.value, {
        onProfiles: (event) => {
          this.#lastSeen = Date.now();
          this.#noticeServices(client, event, signal);
          this.#handlers.onProfiles(event);
        },
        onProbe: (event) => this.#handlers.onProbe(event),
        onCapture: (event) => this.#handlers.onCapture(event),
        onFindings: (event) => this.#handlers.onFindings(event),
        onEvents: (event) => this.#handlers.onEvents(event),
        onId: (id) => {
          this.#lastEventId = id;
        },
      });
      return;
    }
    if (stream.kind !== 'refused') return;
    this.#handlers.log(`${stream.message} Runlens asks every ${pollMilliseconds / 1000} s instead.`);
    await wait(pollMilliseconds, undefined, { signal }).catch(() => undefined);
  }

  /** False when the connection cannot be used. */
  async #askServices(client: CollectorClient, signal: AbortSignal): Promise<boolean> {
    const answer = await client.get('/api/v1/services', servicesResponseSchema, { signal });
    switch (answer.kind) {
      case 'ok':
        this.#services = answer.value.services;
        this.#servicesAt = Date.now();
        this.#handlers.onChange();
        return true;
      case 'unauthorized':
        this.#setState({
          kind: 'unauthorized',
          url: client.endpoint.url,
          message:
            client.endpoint.token === undefined
              ? `The collector at ${client.endpoint.url} asks for a token, and none was found (${client.endpoint.tokenSource}). Set runlens.collector.token, or start the collector with the same Runlens home.`
              : `The collector at ${client.endpoint.url} does not accept the token of ${client.endpoint.tokenSource}. If it was started with another Runlens home, set that home, or set its token.`,
        });
        return false;
      case 'cancelled':
      case 'notModified':
        return false;
      default:
        this.#setAway(client.endpoint.url, answer.message);
        return false;
    }
  }

  #noticeServices(client: CollectorClient, event: ProfilesEvent, signal: AbortSignal): void {
    const known = event.changes.every((change) =>
      this.#services.some(
        (service) =>
          service.name === change.service &&
          service.environments.some(
            (environment) =>
              environment.name === change.environment &&
              environment.versions.some(({ version }) => version === change.version),
          ),
      ),
    );
    const age = Date.now() - this.#servicesAt;
    if (this.#servicesPending || age < (known ? servicesMilliseconds : leastServicesMilliseconds)) return;
    this.#servicesPending = true;
    void this.#askServices(client, signal).finally(() => {
      this.#servicesPending = false;
    });
  }

  #setAway(url: string, message: string): void {
    const lastSeen = this.#lastSeen === null ? null : new Date(this.#lastSeen).toISOString();
    this.#setState({ kind: 'away', url, lastSeen, message });
  }

  #setState(state: CollectorState): void {
    const same = JSON.stringify(state) === JSON.stringify(this.#state);
    this.#state = state;
    if (state.kind !== 'connecting') this.#markSettled();
    if (same) return;
    this.#handlers.log(`collector: ${state.kind}${'message' in state ? `: ${state.message}` : ''}`);
    this.#handlers.onChange();
  }

  /** A collector that starts or is started anew is found at once. */
  #watchHome(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    try {
      this.#watcher = watch(homeFolder(this.#settings, this.#environment), (_, name) => {
        const concerns = name === homeFiles.collector || name === homeFiles.token;
        if (concerns && this.#state.kind !== 'connected') this.reconnect();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No such folder yet: the waits between attempts are the watch.
    }
  }
}
