/** The custom messages of events between the extension and the language server, each declared once; see `lsp.ts`. */
import type { EventEvent, ProductionEvent } from './api/events.ts';
import type { Location, Message } from './lsp.ts';

const message = <Params, Result = void>(method: `runlens/events/${string}`): Message<Params, Result> => ({ method });

export interface EventItem {
  readonly event: ProductionEvent;
  /** Where the functions that it concerns are in the workspace, in their order; null: they are not there. */
  readonly locations: readonly (Location | null)[];
}

export interface EventsAnswer {
  /** What fires first. */
  readonly items: readonly EventItem[];
  /** Why there are none, or not those of now. */
  readonly problem: string | null;
}

export const eventsLsp = {
  /** server → client: ask again. With what changed, in the selection; empty: all may have. */
  changed: message<Pick<EventEvent, 'changes'>>('runlens/events/changed'),
  /** Those of the selected service and environment, and those of which nobody knows the service. */
  list: message<null, EventsAnswer>('runlens/events/list'),
} as const;
