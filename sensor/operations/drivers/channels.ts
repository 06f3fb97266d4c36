import type { Below } from '../../runtime/frames.ts';
import type { Asked, Shape } from '../recorder.ts';
import type { Tools } from '../tools.ts';

/**
 * Drivers that tell what they do by tracing channels of Node's: mysql2, ioredis, node-redis. Each tells a context object
 * at the start, while the function that asks is on the stack, and the same one when the answer is there.
 */
export const tracedCommands = ['mysql2:query', 'mysql2:execute', 'ioredis:command', 'node-redis:command'] as const;
export type TracedCommand = (typeof tracedCommands)[number];

export function commandStarts(name: TracedCommand, context: unknown, below: Below, tools: Tools): void {
  if (typeof context !== 'object' || context === null) return;
  const shape = name.startsWith('mysql2') ? mysqlShape(context, tools) : redisShape(context, tools);
  if (!shape) return;
  const asker = tools.askerWith(Reflect.get(context, 'values')) ?? tools.asker(below, shape);
  tools.remember(context, tools.begin(shape, asker, askedOf(name, context)));
}

/** Of Redis it is not looked at: most of what is asked there is what somebody has kept. */
function askedOf(name: TracedCommand, context: object): Asked | undefined {
  if (!name.startsWith('mysql2')) return undefined;
  const statement: unknown = Reflect.get(context, 'query');
  const text: unknown = typeof statement === 'string' ? statement : Reflect.get(Object(statement), 'sql');
  return typeof text === 'string' ? { text, values: Reflect.get(context, 'values') } : undefined;
}

/** Its callback begins, or its promise has settled. */
export function commandEnds(context: unknown, tools: Tools): void {
  const operation = tools.take(context);
  if (!operation) return;
  const error: unknown = Reflect.get(Object(context), 'error');
  if (error === undefined || error === null)
    tools.end(operation, { rows: rowsOf(Reflect.get(Object(context), 'result')) });
  else tools.failed(operation, error);
}

function mysqlShape(context: object, tools: Tools): Shape | undefined {
  const statement: unknown = Reflect.get(context, 'query');
  const text: unknown = typeof statement === 'string' ? statement : Reflect.get(Object(statement), 'sql');
  return typeof text === 'string' ? tools.shapes.sql('mysql', text, serverOf(context)) : undefined;
}

/** Of a command of Redis only its name is told: its keys and values are the program's. */
function redisShape(context: object, tools: Tools): Shape | undefined {
  const command: unknown = Reflect.get(context, 'command');
  if (typeof command !== 'string' || !/^[A-Za-z][A-Za-z0-9_.-]{0,40}$/.test(command)) return undefined;
  return tools.shapes.command('redis', command.toUpperCase(), '', '', serverOf(context));
}

function serverOf(context: object): string {
  const address: unknown = Reflect.get(context, 'serverAddress');
  return typeof address === 'string' ? address : '';
}

function rowsOf(result: unknown): number | undefined {
  return Array.isArray(result) && result.every((row) => typeof row === 'object') ? result.length : undefined;
}
