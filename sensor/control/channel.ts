import type http from 'node:http';
import type {
  Acknowledgement,
  ControlCommand,
  SensorHello,
  SensorReport,
  SensorState,
} from '@runlens/protocol/control';
import { controlHeader, controlLimits, controlPaths, controlVersion } from '@runlens/protocol/control-names';
import type { ProbeReport } from '@runlens/protocol/probes/messages';
import type { ExporterConfiguration } from '../configuration.ts';
import { isLoopback, requestOptions, retryAfter } from '../export/client.ts';
import { transportOf } from '../export/transport.ts';
import { debug } from '../log.ts';
import { type ReceivedMessage, readMessage } from './command.ts';
import { Lines } from './lines.ts';
import type { ProbesCommand } from './read-probes.ts';
import { type ConnectionEnd, waitBeforeNext } from './reconnection.ts';

export interface ChannelOptions {
  readonly configuration: ExporterConfiguration;
  /** Who speaks. */
  readonly self: Omit<SensorHello, 'version' | 'commands' | 'state'>;
  readonly state: () => SensorState;
  readonly onSwitch: (command: { readonly id: string; readonly on: boolean }) => void;
  /** Kinds of commands that are carried out here. */
  readonly commands: readonly ControlCommand['kind'][];
  readonly onProbes: (command: ProbesCommand) => void;
  /** The collector can be spoken to, or cannot any more. */
  readonly onConnection: (isOpen: boolean) => void;
  /** What has changed of probes since the last report. */
  readonly probeReports: () => readonly ProbeReport[];
}

const mostAcknowledgements = 100;
/** Without a heartbeat for so long the connection is dead, whatever TCP believes. */
const silenceMilliseconds = 3 * controlLimits.heartbeatMilliseconds;

/** Where the channel is, beside where metrics are posted to; undefined where that is no path of OTLP's. */
function beside(metricsUrl: string, path: string): URL | undefined {
  const url = new URL(metricsUrl);
  if (!url.pathname.endsWith('/v1/metrics')) return undefined;
  url.pathname = url.pathname.replace(/v1\/metrics$/, path);
  return url;
}

/**
 * The sensor's end of the channel: holds one answer of the collector open, hands on what it commands, reports what
 * became of it. A collector that is away, old, slow or broken is asked again later, quietly; nothing here keeps a process
 * alive or is worth a warning. One report at a time is on its way; one that cannot be sent is dropped, since the next
 * connection begins by the state.
 */
export class ControlChannel {
  readonly #options: ChannelOptions;
  readonly #connectUrl: URL | undefined;
  readonly #reportUrl: URL | undefined;
  readonly #place: 'loopback' | 'remote';
  readonly #reportAgent: http.Agent;
  readonly #capturesUrl: URL | undefined;
  readonly #capturesAgent: http.Agent;
  #sending: http.ClientRequest | undefined;
  #request: http.ClientRequest | undefined;
  #reporting: http.ClientRequest | undefined;
  #connection: string | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #acknowledgements: Acknowledgement[] = [];
  #hasMore = false;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    const { url } = options.configuration;
    this.#connectUrl = beside(url, controlPaths.connect);
    this.#reportUrl = beside(url, controlPaths.report);
    this.#place = isLoopback(url) ? 'loopback' : 'remote';
    const { Agent } = transportOf(new URL(url));
    this.#reportAgent = new Agent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.#capturesUrl = beside(url, controlPaths.captures);
    this.#capturesAgent = new Agent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
  }

  connect(): void {
    if (this.#closed || this.#request || !this.#connectUrl) return;
    const { self, state, configuration, commands } = this.#options;
    const hello: SensorHello = { version: controlVersion, ...self, commands: [...commands], state: state() };
    const request = this.#post(this.#connectUrl, hello, false);
    this.#request = request;
    let end: ConnectionEnd = { kind: 'failed' };
    let timer: NodeJS.Timeout | undefined;
    const over = (): void => {
      if (this.#request !== request) return;
      clearTimeout(timer);
      request.destroy();
      this.#request = undefined;
      this.#over(end);
    };
    const waitAtMost = (milliseconds: number): void => {
      clearTimeout(timer);
      timer = setTimeout(over, milliseconds);
      timer.unref();
    };
    waitAtMost(configuration.timeoutMilliseconds);
    request.on('error', over);
    request.on('close', over);
    request.on('response', (response) => {
      response.on('error', over);
      response.on('close', over);
      const status = response.statusCode ?? 500;
      if (status !== 200 || !(response.headers['content-type'] ?? '').includes('ndjson')) {
        const retryAfterMilliseconds = retryAfter(response.headers['retry-after'], Date.now());
        end = { kind: 'answered', status: status === 200 ? 404 : status, retryAfterMilliseconds };
        over();
        return;
      }
      waitAtMost(silenceMilliseconds);
      const lines = new Lines(controlLimits.bytes);
      response.on('data', (chunk: Buffer) => {
        if (this.#request !== request) return;
        waitAtMost(silenceMilliseconds);
        for (const line of lines.add(chunk)) {
          const message = readMessage(line);
          if (message?.kind === 'welcome') end = { kind: 'ended' };
          if (message) this.#take(message);
        }
        if (lines.isTooLong) over();
      });
    });
  }

  /** The state has changed, or a command was carried out. */
  report(acknowledgement?: Acknowledgement): void {
    if (acknowledgement && this.#acknowledgements.length < mostAcknowledgements) {
      this.#acknowledgements.push(acknowledgement);
    }
    this.#hasMore = true;
    this.#sendReport();
  }

  /** Sends what probes have captured, the text of captures as JSON; gives whether that could be begun. */
  sendCaptures(captures: readonly string[], done: (isTaken: boolean) => void): boolean {
    if (this.#closed || !this.#capturesUrl || this.#connection === undefined) return false;
    const body = `{"connection":${JSON.stringify(this.#connection)},"captures":[${captures.join(',')}]}`;
    let status = 0;
    const request = this.#postText(this.#capturesUrl, body, this.#capturesAgent);
    this.#sending = request;
    const timer = setTimeout(() => request.destroy(), this.#options.configuration.timeoutMilliseconds);
    timer.unref();
    request.on('response', (response) => {
      status = response.statusCode ?? 0;
      response.resume();
    });
    request.on('error', (error) => debug(`captures could not be sent: ${error.message}`));
    request.on('close', () => {
      clearTimeout(timer);
      if (this.#sending === request) this.#sending = undefined;
      // What it refuses it will refuse again.
      done(status >= 200 && status < 500 && status !== 404 && status !== 408 && status !== 429);
    });
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#sending?.destroy();
    this.#capturesAgent.destroy();
    clearTimeout(this.#timer);
    this.#request?.destroy();
    this.#reporting?.destroy();
    this.#reportAgent.destroy();
  }

  #take(message: ReceivedMessage): void {
    switch (message.kind) {
      case 'welcome':
        this.#connection = message.connection;
        this.#failures = 0;
        this.#acknowledgements = [];
        debug('the collector can speak to this sensor');
        this.#options.onConnection(true);
        // What has changed since the hello.
        this.#sendReport();
        return;
      case 'heartbeat':
        return;
      case 'switch':
        this.#options.onSwitch(message);
        return;
      case 'probes':
        if (this.#options.commands.includes('probes')) this.#options.onProbes(message);
        else this.report({ id: message.id, outcome: 'unsupported', reason: 'this sensor takes no probes' });
        return;
      case 'unreadable':
        this.report({ id: message.id, outcome: 'refused', reason: 'this sensor cannot read these probes' });
        return;
      case 'unsupported':
        this.report({ id: message.id, outcome: 'unsupported', reason: 'this sensor does not know such a command' });
        return;
    }
  }

  #over(end: ConnectionEnd): void {
    const wasOpen = this.#connection !== undefined;
    this.#connection = undefined;
    if (this.#closed) return;
    if (wasOpen) this.#options.onConnection(false);
    this.#failures += 1;
    const wait = waitBeforeNext(end, this.#failures, this.#place, Math.random);
    debug(`the control channel is closed (${end.kind}); tried again in ${Math.round(wait)} ms`);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), wait);
    this.#timer.unref();
  }

  #sendReport(): void {
    if (this.#reporting || this.#closed || !this.#hasMore || !this.#reportUrl || this.#connection === undefined) return;
    this.#hasMore = false;
    const probes = this.#options.probeReports();
    const report: SensorReport = {
      connection: this.#connection,
      state: this.#options.state(),
      acknowledgements: this.#acknowledgements,
      ...(probes.length === 0 ? {} : { probes: [...probes] }),
    };
    this.#acknowledgements = [];
    const request = this.#post(this.#reportUrl, report, this.#reportAgent);
    this.#reporting = request;
    const timer = setTimeout(() => request.destroy(), this.#options.configuration.timeoutMilliseconds);
    timer.unref();
    request.on('response', (response) => response.resume());
    request.on('error', (error) => debug(`a report could not be sent: ${error.message}`));
    request.on('close', () => {
      clearTimeout(timer);
      if (this.#reporting !== request) return;
      this.#reporting = undefined;
      this.#sendReport();
    });
  }

  /** `agent` false: a connection of its own. */
  #post(url: URL, document: object, agent: http.Agent | false): http.ClientRequest {
    return this.#postText(url, JSON.stringify(document), agent);
  }

  #postText(url: URL, text: string, agent: http.Agent | false): http.ClientRequest {
    const body = Buffer.from(text);
    const request = transportOf(url).request({
      ...requestOptions(url),
      method: 'POST',
      agent,
      headers: {
        ...this.#options.configuration.headers,
        [controlHeader]: String(controlVersion),
        'content-type': 'application/json',
        'content-length': body.byteLength,
        'user-agent': 'runlens-sensor',
      },
    });
    request.on('socket', (socket) => socket.unref());
    request.end(body);
    return request;
  }
}
