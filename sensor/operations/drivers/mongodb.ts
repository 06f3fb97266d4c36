import type { Asker } from '../askers.ts';
import type { Operation } from '../recorder.ts';
import type { AnyFunction, Tools } from '../tools.ts';

/** What the driver asks for itself, when nobody of the program waits for it. */
const ownCommands = new Set([
  'hello',
  'ismaster',
  'isMaster',
  'ping',
  'endSessions',
  'saslStart',
  'saslContinue',
  'authenticate',
  'killCursors',
  'buildInfo',
]);
/** Keys of a command that say what is asked; the others are settings of the session. */
const toldKeys = ['filter', 'query', 'q', 'pipeline', 'sort', 'projection', 'updates', 'deletes', 'update', 'key'];
/** A name, with a short number at its end: `$set`, `address.line1`. */
const fieldName = /^\$?[A-Za-z_][A-Za-z_.]{0,63}\d{0,2}$/;
const deepest = 5;
const mostInner = 16;
const longest = 512;

/** Who asks by which session: each operation and each cursor has one, which goes with it to the connection. */
const askersOfSessions = new WeakMap<object, Asker>();

/**
 * `mongodb`: `executeOperation`, which all that the program can call reaches before anything is waited for. Later, where a
 * command passes, the stack leads back only to functions that `await`, and not to one that returns the driver's promise.
 */
export function hookMongodbOperations(exports: unknown, tools: Tools): void {
  tools.wrap(
    exports,
    'executeOperation',
    (original) =>
      function executeOperation(this: unknown, ...args: unknown[]): unknown {
        const asker = tools.safely(() => {
          const asked = Object(args[1]);
          // What is asked in detail is not known yet; this is enough to foresee who asks (askers.ts), and a stack for each
          // took half as long as the driver does for a query.
          const collection: unknown = Reflect.get(Object(Reflect.get(asked, 'ns')), 'collection');
          const kind = tools.shapes.command('mongodb', commandNameOf(asked), String(collection ?? ''), '');
          const asking = tools.asker(executeOperation, kind);
          const session: unknown = Reflect.get(asked, 'session');
          if (typeof session !== 'object' || session === null) return asking;
          // More of a cursor is fetched from within the driver: it is still for the one that made it.
          const before = askersOfSessions.get(session);
          if (asking.path.length === 0 && before) return before;
          askersOfSessions.set(session, asking);
          return asking;
        });
        return tools.carry(asker, () => Reflect.apply(original, this, args));
      },
  );
}

/** In older versions the class tells, `FindOperation`. */
function commandNameOf(operation: object): string {
  const name: unknown = Reflect.get(operation, 'commandName');
  return typeof name === 'string' ? name : operation.constructor.name;
}

/** `MongoClient.prototype.startSession`: an operation that was given no session makes one. */
export function hookMongodbClient(exports: unknown, tools: Tools): void {
  const prototype: unknown = Reflect.get(Object(Reflect.get(Object(exports), 'MongoClient')), 'prototype');
  tools.wrap(
    prototype,
    'startSession',
    (original) =>
      function startSession(this: unknown, ...args: unknown[]): unknown {
        const session: unknown = Reflect.apply(original, this, args);
        const asker = tools.carried;
        if (asker && typeof session === 'object' && session !== null) askersOfSessions.set(session, asker);
        return session;
      },
  );
}

/**
 * `Connection.prototype.command`, where each command passes once. The driver's own monitoring tells commands only where the
 * program asked for it (`monitorCommands`). It answers by a promise that the driver itself waits for (6 and newer), or to a
 * callback.
 */
export function hookMongodbConnection(exports: unknown, tools: Tools): void {
  const prototype: unknown = Reflect.get(Object(Reflect.get(Object(exports), 'Connection')), 'prototype');
  tools.wrap(prototype, 'command', (original) => {
    // What is fourth is the class of the answer, then.
    const isAsync = Object.prototype.toString.call(original) === '[object AsyncFunction]';
    function command(this: unknown, ...args: unknown[]): unknown {
      const operation = tools.safely(() => begin(this, args));
      if (!operation) return Reflect.apply(original, this, args);
      const callback = args[3];
      const given =
        !isAsync && typeof callback === 'function' ? [...args.slice(0, 3), ending(callback, operation)] : args;
      const result = Reflect.apply(original, this, given);
      if (result instanceof Promise) {
        result.then(
          (answer) => answered(operation, answer),
          (error) => tools.safely(() => tools.failed(operation, error)),
        );
      }
      return result;
    }
    function begin(connection: unknown, [, asked, options]: readonly unknown[]): Operation | undefined {
      if (typeof asked !== 'object' || asked === null) return undefined;
      const [name] = Object.keys(asked);
      if (name === undefined || ownCommands.has(name)) return undefined;
      const target: unknown = name === 'getMore' ? Reflect.get(asked, 'collection') : Reflect.get(asked, name);
      const address: unknown = Reflect.get(Object(connection), 'address');
      const server = typeof address === 'string' ? address.replace(/:\d+$/, '') : '';
      const shape = tools.shapes.command(
        'mongodb',
        name,
        typeof target === 'string' ? target : '',
        commandText(asked),
        server,
      );
      const session: unknown = Reflect.get(Object(options), 'session');
      const known = typeof session === 'object' && session !== null ? askersOfSessions.get(session) : undefined;
      return tools.begin(shape, known && known.path.length > 0 ? known : tools.asker(command, shape));
    }
    function ending(callback: object, operation: Operation): AnyFunction {
      return function (this: unknown, ...results) {
        const [error, answer] = results;
        if (error) tools.safely(() => tools.failed(operation, error));
        else answered(operation, answer);
        return Reflect.apply(callback as AnyFunction, this, results);
      };
    }
    function answered(operation: Operation, answer: unknown): void {
      tools.safely(() => {
        const failure = writeErrorOf(answer);
        if (failure === undefined) tools.end(operation, { rows: rowsOf(answer) });
        else tools.failed(operation, failure);
      });
    }
    return command;
  });
}

/** The fields that a command asks for, with `?` for each value: `{"filter":{"email":"?"}}`. */
export function commandText(command: object): string {
  const told: Record<string, unknown> = {};
  for (const key of toldKeys) {
    const value: unknown = Reflect.get(command, key);
    if (typeof value === 'object' && value !== null) told[key] = withoutValues(value, 0);
  }
  return Object.keys(told).length === 0 ? '' : JSON.stringify(told).slice(0, longest);
}

function withoutValues(value: unknown, depth: number): unknown {
  if (depth >= deepest) return '?';
  if (Array.isArray(value)) {
    // A list of conditions, or of the stages of a pipeline, has its shapes; a list of values is one value.
    if (!isPlain(value[0])) return '?';
    const shapes = new Map<string, unknown>();
    for (const inner of value.slice(0, mostInner)) {
      const shape = withoutValues(inner, depth + 1);
      shapes.set(JSON.stringify(shape), shape);
    }
    return [...shapes.values()];
  }
  // The driver itself makes a map of what is sorted by.
  const entries = value instanceof Map ? [...value] : isPlain(value) ? Object.entries(value) : undefined;
  if (!entries) return '?';
  const shape: Record<string, unknown> = {};
  for (const [key, inner] of entries.slice(0, mostInner)) {
    // A key that is no name may be a value: of a map by ids, for instance.
    shape[fieldName.test(String(key)) ? String(key) : '?'] = withoutValues(inner, depth + 1);
  }
  return shape;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** BSON's numbers of types, by which the driver's answers are read where they are not parsed yet. */
const bson = { object: 3, array: 4 } as const;

/** Documents that came with an answer: those of a cursor. */
function rowsOf(answer: unknown): number | undefined {
  const cursor = fieldOf(answer, 'cursor', bson.object);
  const batch = fieldOf(cursor, 'firstBatch', bson.array) ?? fieldOf(cursor, 'nextBatch', bson.array);
  if (Array.isArray(batch)) return batch.length;
  const size: unknown = Reflect.get(Object(batch), 'size');
  const count: unknown = typeof size === 'function' ? Reflect.apply(size, batch, []) : undefined;
  return typeof count === 'number' ? count : undefined;
}

/** What was not written is told in an answer that is none of failure: as an object with a `code`. */
function writeErrorOf(answer: unknown): object | undefined {
  const errors = fieldOf(answer, 'writeErrors', bson.array);
  const first: unknown = Array.isArray(errors) ? errors[0] : entryOf(errors, 0, bson.object);
  const error = first ?? fieldOf(answer, 'writeConcernError', bson.object);
  if (typeof error !== 'object' || error === null) return undefined;
  const read: unknown = Reflect.get(error, 'getNumber');
  const code: unknown = typeof read === 'function' ? Reflect.apply(read, error, ['code']) : Reflect.get(error, 'code');
  return { code };
}

function fieldOf(document: unknown, name: string, type: number): unknown {
  if (typeof document !== 'object' || document === null) return undefined;
  return typeof Reflect.get(document, 'getNumber') === 'function'
    ? entryOf(document, name, type)
    : Reflect.get(document, name);
}

/** Of a document or list that the driver parses on demand (6.8 and newer). */
function entryOf(document: unknown, key: string | number, type: number): unknown {
  const read: unknown = Reflect.get(Object(document), 'get');
  return typeof read === 'function' ? Reflect.apply(read, document, [key, type]) : undefined;
}
