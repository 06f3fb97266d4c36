/**
 * The other end of MongoDB's wire protocol for its real driver: OP_MSG and the handshake by OP_QUERY, as in the
 * specification of the wire protocol. It is no MongoDB (none can be installed by a package manager here): it keeps
 * documents in memory, finds them by equal fields, and keeps the log that a test counts against.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { BSON } from 'mongodb';

type Document = Record<string, unknown>;

const opReply = 1;
const opQuery = 2004;
const opMessage = 2013;
const headerBytes = 16;
const mostMessageBytes = 48_000_000;
const duplicateKey = 11_000;
const badValue = 2;
/** What a driver asks for itself. */
const ownCommands = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions']);

export class MongodbPeer implements AsyncDisposable {
  /** Each command that was received, in order, but for the driver's own: `find products`. */
  readonly log: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #collections = new Map<string, Document[]>();
  readonly #cursors = new Map<bigint, { readonly namespace: string; rest: Document[] }>();
  #lastCursor = 0n;
  #lastReply = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(): Promise<MongodbPeer> {
    const peer = new MongodbPeer();
    await new Promise<void>((resolve, reject) => {
      peer.#server.once('error', reject);
      peer.#server.listen(0, '127.0.0.1', resolve);
    });
    return peer;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the peer does not listen');
    return `mongodb://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4) {
        const length = received.readInt32LE(0);
        if (length < headerBytes || length > mostMessageBytes) {
          socket.destroy(new Error(`a message of ${length} bytes`));
          return;
        }
        if (received.length < length) return;
        this.#receive(socket, received.subarray(0, length));
        received = received.subarray(length);
      }
    });
  }

  #receive(socket: Socket, message: Buffer): void {
    const id = message.readInt32LE(4);
    const operation = message.readInt32LE(12);
    if (operation === opQuery) {
      const text = message.indexOf(0, headerBytes + 4);
      const answer = this.#answer(read(message, text + 9));
      const head = Buffer.alloc(20);
      head.writeInt32LE(8, 0);
      head.writeInt32LE(1, 16);
      socket.write(this.#message(opReply, id, [head, BSON.serialize(answer)]));
      return;
    }
    if (operation !== opMessage) {
      socket.destroy(new Error(`operation ${operation} is not known to the peer`));
      return;
    }
    const answer = this.#answer(sectionsOf(message));
    if (answer['dropConnection'] === true) {
      socket.destroy();
      return;
    }
    socket.write(this.#message(opMessage, id, [Buffer.alloc(5), BSON.serialize(answer)]));
  }

  #message(operation: number, answered: number, parts: readonly Uint8Array[]): Buffer {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(headerBytes);
    this.#lastReply += 1;
    head.writeInt32LE(headerBytes + body.length, 0);
    head.writeInt32LE(this.#lastReply, 4);
    head.writeInt32LE(answered, 8);
    head.writeInt32LE(operation, 12);
    return Buffer.concat([head, body]);
  }

  #answer(command: Document): Document {
    const [name = ''] = Object.keys(command);
    const target = name === 'getMore' ? command['collection'] : command[name];
    if (!ownCommands.has(name)) this.log.push(`${name} ${typeof target === 'string' ? target : ''}`.trim());
    const collection = this.#collection(String(target));
    switch (name) {
      case 'hello':
      case 'ismaster':
      case 'isMaster':
        return hello();
      case 'insert':
        return insert(collection, documents(command['documents']));
      case 'find':
        return this.#found(command, collection);
      case 'aggregate':
        return this.#cursor(command, collection);
      case 'getMore':
        return this.#more(command);
      case 'update': {
        const [update] = documents(command['updates']);
        const found = matching(collection, update?.['q']);
        for (const document of found) Object.assign(document, Object(Object(update?.['u'])['$set']));
        return { n: found.length, nModified: found.length, ok: 1 };
      }
      case 'delete': {
        const [deleted] = documents(command['deletes']);
        const found = new Set(matching(collection, deleted?.['q']));
        this.#collections.set(
          String(target),
          collection.filter((document) => !found.has(document)),
        );
        return { n: found.size, ok: 1 };
      }
      case 'dropConnection':
        return { dropConnection: true };
      default:
        return ownCommands.has(name)
          ? { ok: 1 }
          : { ok: 0, code: 59, codeName: 'CommandNotFound', errmsg: `no such command: '${name}'` };
    }
  }

  #collection(name: string): Document[] {
    let collection = this.#collections.get(name);
    if (!collection) {
      collection = [];
      this.#collections.set(name, collection);
    }
    return collection;
  }

  #found(command: Document, collection: readonly Document[]): Document {
    const filter = Object(command['filter']);
    const wrong = Object.keys(filter).find((key) => key.startsWith('$'));
    if (wrong !== undefined)
      return { ok: 0, code: badValue, codeName: 'BadValue', errmsg: `unknown operator: ${wrong}` };
    const limit = Number(command['limit'] ?? 0);
    const found = matching(collection, filter);
    return this.#cursor(command, limit > 0 ? found.slice(0, limit) : found);
  }

  #cursor(command: Document, found: readonly Document[]): Document {
    const [name = ''] = Object.keys(command);
    const namespace = `${command['$db']}.${command[name]}`;
    const asked = command['batchSize'] ?? Object(command['cursor'])['batchSize'] ?? 101;
    const batch = found.slice(0, Number(asked));
    const rest = found.slice(batch.length);
    let id = 0n;
    if (rest.length > 0) {
      this.#lastCursor += 1n;
      id = this.#lastCursor;
      this.#cursors.set(id, { namespace, rest });
    }
    return { cursor: { id: BSON.Long.fromBigInt(id), ns: namespace, firstBatch: batch }, ok: 1 };
  }

  #more(command: Document): Document {
    const id = BigInt(String(command['getMore']));
    const cursor = this.#cursors.get(id);
    if (!cursor) return { ok: 0, code: 43, codeName: 'CursorNotFound', errmsg: `cursor id ${id} not found` };
    const batch = cursor.rest.splice(0, Number(command['batchSize'] ?? 101));
    if (cursor.rest.length === 0) this.#cursors.delete(id);
    const next = cursor.rest.length === 0 ? 0n : id;
    return { cursor: { id: BSON.Long.fromBigInt(next), ns: cursor.namespace, nextBatch: batch }, ok: 1 };
  }
}

/** A body, and what follows it as sequences of documents. */
function sectionsOf(message: Buffer): Document {
  const hasChecksum = (message.readUInt32LE(headerBytes) & 1) !== 0;
  const end = message.length - (hasChecksum ? 4 : 0);
  let at = headerBytes + 4;
  let body: Document = {};
  const sequences: Document = {};
  while (at < end) {
    const kind = message.readUInt8(at);
    const size = message.readInt32LE(at + 1);
    if (kind === 0) body = read(message, at + 1);
    else {
      const name = message.toString('utf8', at + 5, message.indexOf(0, at + 5));
      const all: Document[] = [];
      let inner = at + 5 + Buffer.byteLength(name) + 1;
      while (inner < at + 1 + size) {
        all.push(read(message, inner));
        inner += message.readInt32LE(inner);
      }
      sequences[name] = all;
    }
    at += 1 + size;
  }
  return { ...body, ...sequences };
}

const read = (message: Buffer, at: number): Document =>
  BSON.deserialize(message.subarray(at, at + message.readInt32LE(at)));

function hello(): Document {
  return {
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: mostMessageBytes,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
    ok: 1,
  };
}

function insert(collection: Document[], added: readonly Document[]): Document {
  const writeErrors: Document[] = [];
  added.forEach((document, index) => {
    if (collection.some(({ _id }) => same(_id, document._id))) {
      writeErrors.push({ index, code: duplicateKey, errmsg: `E11000 duplicate key: ${JSON.stringify(document)}` });
    } else collection.push(document);
  });
  const n = added.length - writeErrors.length;
  return writeErrors.length > 0 ? { n, writeErrors, ok: 1 } : { n, ok: 1 };
}

function matching(collection: readonly Document[], filter: unknown): Document[] {
  return collection.filter((document) =>
    Object.entries(Object(filter)).every(([key, wanted]) => {
      const list: unknown = Object(wanted).$in;
      return Array.isArray(list) ? list.some((one) => same(one, document[key])) : same(wanted, document[key]);
    }),
  );
}

const same = (one: unknown, other: unknown): boolean =>
  BSON.EJSON.stringify({ one }) === BSON.EJSON.stringify({ one: other });
const documents = (value: unknown): Document[] => (Array.isArray(value) ? value : []);
