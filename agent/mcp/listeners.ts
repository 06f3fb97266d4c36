/**
 * `subscriptions/listen` of the protocol of 2026-07-28, which has neither sessions nor `resources/subscribe`: a request that stays
 * open, and by which the client is told of changes. The official library carries it; which resources somebody listens to it tells
 * nobody, so that is read from the request here.
 */
import { CLIENT_INFO_META_KEY } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { mostWatched, ResourceWatch, type ResourceWatchOptions } from './resource-watch.ts';
import { checkListened } from './resources.ts';

const idSchema = z.union([z.string(), z.number()]);
const listenSchema = z.object({
  method: z.literal('subscriptions/listen'),
  id: idSchema,
  params: z.object({
    notifications: z.object({ resourceSubscriptions: z.array(z.string()).min(1) }),
    _meta: z.looseObject({ [CLIENT_INFO_META_KEY]: z.object({ name: z.string() }).optional() }).optional(),
  }),
});
const cancelledSchema = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: idSchema }),
});

type RequestId = z.output<typeof idSchema>;
export interface ListenRequest {
  readonly id: RequestId;
  readonly uris: readonly string[];
  /** What the client calls itself. */
  readonly client: string | undefined;
}

/** Undefined: it is another message, or names no resource. */
export function listenRequestOf(message: unknown): ListenRequest | undefined {
  const request = listenSchema.safeParse(message).data;
  if (request === undefined) return undefined;
  const { notifications, _meta } = request.params;
  const uris = [...new Set(notifications.resourceSubscriptions)];
  return { id: request.id, uris, client: _meta?.[CLIENT_INFO_META_KEY]?.name };
}

/** Which request the client no longer waits for. */
export const cancelledRequestOf = (message: unknown): RequestId | undefined =>
  cancelledSchema.safeParse(message).data?.params.requestId;

/** Of one connection or stream: to what it listens, by which requests. */
export class Listeners {
  readonly #watch: ResourceWatch;
  readonly #open = new Map<RequestId, readonly string[]>();

  constructor(options: ResourceWatchOptions) {
    this.#watch = new ResourceWatch(options);
  }

  /** Returns why it is refused; undefined: what it names is looked at from now on. */
  add({ id, uris }: Pick<ListenRequest, 'id' | 'uris'>): string | undefined {
    try {
      for (const uri of uris) checkListened(uri);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const others = [...this.#open].filter(([other]) => other !== id).flatMap(([, listened]) => listened);
    if (new Set([...others, ...uris]).size > mostWatched) {
      return `At most ${mostWatched} resources are listened to at once: end another subscription, or name fewer.`;
    }
    this.remove(id);
    this.#open.set(id, uris);
    for (const uri of uris) this.#watch.add(uri);
    return undefined;
  }

  remove(id: RequestId): void {
    const uris = this.#open.get(id);
    if (!uris) return;
    this.#open.delete(id);
    const still = new Set([...this.#open.values()].flat());
    for (const uri of uris) if (!still.has(uri)) this.#watch.remove(uri);
  }

  /** Something has happened of which the resource may tell: it is looked at now. */
  look(uri: string): void {
    this.#watch.look(uri);
  }

  close(): void {
    this.#open.clear();
    this.#watch.close();
  }
}

/** As the protocol tells it to the one who asked. */
export const refusedListening = (id: RequestId, message: string) => ({
  jsonrpc: '2.0' as const,
  id,
  error: { code: -32_602, message },
});
