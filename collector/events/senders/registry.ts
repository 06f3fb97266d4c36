/** Every sender. A new one is one file here, one line below, and its name in `protocol/api/events.ts`. */
import type { EventSender } from '@runlens/protocol/api/events';
import { generic } from './generic.ts';
import type { Sender } from './sender.ts';

export const senders: ReadonlyMap<EventSender, Sender> = new Map([generic].map((sender) => [sender.name, sender]));
