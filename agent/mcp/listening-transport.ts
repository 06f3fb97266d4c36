/** A lasting connection by which a client can listen to resources: see `listeners.ts`. All messages pass as they are. */
import type { JSONRPCMessage, MessageExtraInfo, Transport, TransportSendOptions } from '@modelcontextprotocol/server';
import { cancelledRequestOf, Listeners, listenRequestOf, refusedListening } from './listeners.ts';
import type { ResourceWatchOptions } from './resource-watch.ts';

export class ListeningTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  readonly #inner: Transport;
  readonly #listeners: Listeners;

  constructor(inner: Transport, watch: ResourceWatchOptions) {
    this.#inner = inner;
    this.#listeners = new Listeners(watch);
    inner.onmessage = (message: JSONRPCMessage, extra?: MessageExtraInfo) => this.#take(message, extra);
    inner.onerror = (error) => this.onerror?.(error);
    inner.onclose = () => {
      this.#listeners.close();
      this.onclose?.();
    };
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    return this.#inner.send(message, options);
  }

  close(): Promise<void> {
    this.#listeners.close();
    return this.#inner.close();
  }

  #take(message: JSONRPCMessage, extra: MessageExtraInfo | undefined): void {
    const cancelled = cancelledRequestOf(message);
    if (cancelled !== undefined) this.#listeners.remove(cancelled);
    const listening = listenRequestOf(message);
    const refused = listening && this.#listeners.add(listening);
    if (listening && refused !== undefined) {
      // A client that has gone is no fault; its connection ends by itself.
      void this.#inner.send(refusedListening(listening.id, refused)).catch(() => undefined);
      return;
    }
    this.onmessage?.(message, extra);
  }
}
