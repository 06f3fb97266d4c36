import type { Operation } from '../recorder.ts';
import type { Tools } from '../tools.ts';

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
const deepest = 4;
const mostKeys = 16;
const longest = 512;

/**
 * `mongodb`: `Connection.prototype.command`, where each command passes once. The driver's own monitoring tells commands
 * only where the program asked for it (`monitorCommands`). The promise is one that the driver itself waits for.
 */
export function hookMongodbConnection(exports: unknown, tools: Tools): void {
  const prototype: unknown = Reflect.get(Object(Reflect.get(Object(exports), 'Connection')), 'prototype');
  tools.wrap(prototype, 'command', (original) => {
    function command(this: unknown, ...args: unknown[]): unknown {
      const operation = tools.safely(() => begin(this, args));
      const result = Reflect.apply(original, this, args);
      if (operation && result instanceof Promise) {
        result.then(
          (answer) => tools.safely(() => tools.end(operation, { rows: rowsOf(answer) })),
          (error) => tools.safely(() => tools.failed(operation, error)),
        );
      }
      return result;
    }
    function begin(connection: unknown, [, asked]: readonly unknown[]): Operation | undefined {
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
      return tools.begin(shape, tools.asker(command, shape));
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
  if (Array.isArray(value)) {
    // A list of conditions has its shape; a list of values is one value.
    const [first] = value;
    return depth < deepest && isPlain(first) ? [withoutValues(first, depth + 1)] : '?';
  }
  if (!isPlain(value) || depth >= deepest) return '?';
  const shape: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value).slice(0, mostKeys)) {
    // A key that is no name may be a value: of a map by ids, for instance.
    shape[/^\$?[A-Za-z_][A-Za-z_.]{0,63}$/.test(key) ? key : '?'] = withoutValues(inner, depth + 1);
  }
  return shape;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function rowsOf(answer: unknown): number | undefined {
  const cursor: unknown = Reflect.get(Object(answer), 'cursor');
  // Where the driver reads answers piece by piece, the documents are not there yet.
  if (typeof cursor !== 'object' || cursor === null) return undefined;
  const batch: unknown = Reflect.get(cursor, 'firstBatch') ?? Reflect.get(cursor, 'nextBatch');
  return Array.isArray(batch) ? batch.length : undefined;
}
