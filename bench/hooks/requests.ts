/**
 * Ways of following requests, in a service that measures nothing else; a message with `mode` changes from one to another
 * while it runs.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Requests } from '@runlens/sensor/requests/requests';

interface Mode {
  on(): void;
  off(): void;
}

const nothing = (): void => {};
const listening = (listeners: Readonly<Record<string, (message: unknown) => void>>): Mode => ({
  on: () => {
    for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener);
  },
  off: () => {
    for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener);
  },
});

const start = 'http.server.request.start';
const finish = 'http.server.response.finish';
const handler = 'tracing:fastify.request.handler:start';
const storage = new AsyncLocalStorage<unknown>();
const entering = (message: unknown): void => storage.enterWith(message);

const modes: Readonly<Record<string, () => Mode>> = {
  nothing: () => ({ on: nothing, off: nothing }),
  'nothing again': () => ({ on: nothing, off: nothing }),
  "Node's two channels, heard": () => listening({ [start]: nothing, [finish]: nothing }),
  "fastify's channel, heard": () => listening({ [handler]: nothing }),
  'a storage entered': () => listening({ [start]: entering }),
  'all three': () => listening({ [start]: entering, [finish]: nothing, [handler]: nothing }),
  'followed by the sensor': () => new Requests(),
  'followed by the sensor, across await': () => new Requests(true),
  'followed by the sensor, not across await': () => new Requests(false),
};
const made = new Map<string, Mode>();
let current: Mode | undefined;

process.on('message', (message) => {
  const name: unknown = Reflect.get(Object(message), 'mode');
  if (typeof name !== 'string') return;
  current?.off();
  current = made.get(name) ?? modes[name]?.();
  if (!current) throw new Error(`no mode ${name}`);
  made.set(name, current);
  current.on();
});
