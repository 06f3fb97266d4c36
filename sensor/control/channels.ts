import * as diagnosticsChannel from 'node:diagnostics_channel';

type Listener = (message: unknown, name: string | symbol) => void;

/** Bounded by the sensor's own text: each is one line of it. */
const subscriptions: { readonly name: string; readonly listener: Listener }[] = [];
let listening = true;

/** As that of `node:diagnostics_channel`, but it ends while the sensor is switched off: then nobody publishes anything. */
export function subscribe(name: string, listener: Listener): void {
  subscriptions.push({ name, listener });
  if (listening) diagnosticsChannel.subscribe(name, listener);
}

/** Ends all subscriptions of this bundle, or begins them again. */
export function listenToChannels(wanted: boolean): void {
  if (listening === wanted) return;
  listening = wanted;
  for (const { name, listener } of subscriptions) {
    if (wanted) diagnosticsChannel.subscribe(name, listener);
    else diagnosticsChannel.unsubscribe(name, listener);
  }
}
