import { connect, type Socket } from 'node:net';

/** A request that is sent, and the status that must answer it. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
}

interface Prepared {
  readonly bytes: Buffer;
  readonly status: number;
}

/**
 * Load for one service over connections that stay open. A few microseconds a request, so that the service and not the
 * load is what is waited for; and it sends at the moment that it is told to, where load generators that keep a rate by
 * seconds send a second's requests at once, and so measure a queue of their own making.
 */
export class HttpLoad {
  readonly #requests: readonly Prepared[];
  readonly #connections: readonly Connection[];
  #next = 0;
  #last = 0;
  /** Answers so far. */
  answered = 0;
  #sending = false;
  #failure: Error | undefined;
  #whenIdle: (() => void) | undefined;
  #busy = 0;

  private constructor(sockets: readonly Socket[], requests: readonly Prepared[]) {
    this.#requests = requests;
    this.#connections = sockets.map(
      (socket) => new Connection(socket, (connection, status) => this.#onAnswer(connection, status)),
    );
    for (const socket of sockets) socket.on('close', () => this.#fail('the service closed a connection'));
  }

  static async open(url: string, requests: readonly LoadRequest[], connections = 16): Promise<HttpLoad> {
    const { hostname, port } = new URL(url);
    const sockets = await Promise.all(Array.from({ length: connections }, () => openSocket(hostname, Number(port))));
    return new HttpLoad(
      sockets,
      requests.map((request) => prepare(request)),
    );
  }

  /** Keeps every connection busy for so long, then waits for the last answers. Throws on an answer that is wrong. */
  async busyFor(milliseconds: number): Promise<void> {
    this.#sending = true;
    const idle = this.#idle();
    for (const connection of this.#connections) this.#send(connection);
    setTimeout(() => {
      this.#sending = false;
    }, milliseconds);
    let isOver = false;
    // Were this thread asleep at an answer, the service would pay for waking it: 5 of 40 µs a request, and the more the
    // slower the service is.
    const stayAwake = (): void => {
      if (!isOver) setImmediate(stayAwake);
    };
    stayAwake();
    try {
      await idle;
    } finally {
      isOver = true;
    }
  }

  /**
   * Sends requests at random moments, so many a second (a Poisson process), whether or not the ones before are answered.
   * Gives the time of each from its sending, in milliseconds.
   */
  async atRate(requestsPerSecond: number, milliseconds: number, random: () => number): Promise<readonly number[]> {
    const times: number[] = [];
    const gap = () => (-Math.log(1 - random() / 2 ** 32) * 1_000) / requestsPerSecond;
    const end = performance.now() + milliseconds;
    for (let due = performance.now() + gap(); due < end; due += gap()) {
      // Timers are no finer than a millisecond.
      while (performance.now() < due) await immediately();
      let connection = this.#idleConnection();
      while (!connection && !this.#failure) {
        await immediately();
        connection = this.#idleConnection();
      }
      if (this.#failure || !connection) throw this.#failure;
      this.#send(connection, (time) => times.push(time));
    }
    if (this.#busy > 0) await this.#idle();
    return times;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** They take turns: one that is never used would be closed by the service. */
  #idleConnection(): Connection | undefined {
    const all = this.#connections;
    for (let step = 1; step <= all.length; step += 1) {
      const connection = all[(this.#last + step) % all.length];
      if (!connection || connection.isBusy) continue;
      this.#last = (this.#last + step) % all.length;
      return connection;
    }
    return undefined;
  }

  #send(connection: Connection, onTime?: (milliseconds: number) => void): void {
    const request = this.#requests[this.#next % this.#requests.length];
    if (!request) throw new Error('there is no request to send');
    this.#next += 1;
    this.#busy += 1;
    connection.send(request, onTime);
  }

  #onAnswer(connection: Connection, status: number): void {
    this.answered += 1;
    this.#busy -= 1;
    if (status !== connection.expected) this.#fail(`the service answered ${status} instead of ${connection.expected}`);
    else if (this.#sending) this.#send(connection);
    else if (this.#busy === 0) this.#whenIdle?.();
  }

  #fail(message: string): void {
    this.#failure ??= new Error(message);
    this.#sending = false;
    this.#whenIdle?.();
  }

  async #idle(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      timer = setTimeout(() => this.#fail('the service did not answer in 30 s'), 30_000);
    });
    clearTimeout(timer);
    this.#whenIdle = undefined;
    if (this.#failure) throw this.#failure;
  }
}

/** One request at a time; answers carry a `content-length`. */
class Connection {
  readonly #socket: Socket;
  readonly #onAnswer: (connection: Connection, status: number) => void;
  #onTime: ((milliseconds: number) => void) | undefined;
  #sentAt = 0;
  #text = '';
  isBusy = false;
  expected = 0;

  constructor(socket: Socket, onAnswer: (connection: Connection, status: number) => void) {
    this.#socket = socket;
    this.#onAnswer = onAnswer;
    // One character a byte, so that lengths are those of the wire.
    socket.setEncoding('latin1');
    socket.on('data', (text) => this.#onText(String(text)));
    // Told by `close`, which follows.
    socket.on('error', () => {});
  }

  send({ bytes, status }: Prepared, onTime: ((milliseconds: number) => void) | undefined): void {
    this.isBusy = true;
    this.expected = status;
    this.#onTime = onTime;
    this.#sentAt = performance.now();
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #onText(text: string): void {
    this.#text = this.#text === '' ? text : this.#text + text;
    const head = this.#text.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#text)?.[1];
    if (length === undefined || this.#text.length < head + 4 + Number(length)) return;
    const status = Number(this.#text.slice(9, 12));
    this.#text = '';
    this.isBusy = false;
    this.#onTime?.(performance.now() - this.#sentAt);
    this.#onAnswer(this, status);
  }
}

function prepare({ method, path, body, status }: LoadRequest): Prepared {
  const text = body === undefined ? '' : JSON.stringify(body);
  const about = text === '' ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
  return { bytes: Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${about}\r\n${text}`), status };
}

function openSocket(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

const immediately = () => new Promise<void>((resolve) => setImmediate(resolve));
