import { routeShape } from '../operations/route-shape.ts';

/** What is read of Node's requests; whatever else they are. */
export interface HttpMessage {
  readonly method?: unknown;
  readonly url?: unknown;
  readonly socket?: { readonly destroyed?: unknown } | null;
}

/** One HTTP request that is being answered, or one job or message that is being worked on. */
export interface RequestAtHand {
  /** Node's request, until it has been answered; none for a job. */
  message: HttpMessage | undefined;
  /** Of an HTTP request; empty for a job. */
  readonly method: string;
  /** As it came: only ever read as a pattern. */
  readonly url: string;
  /** The route as the framework wrote it; of a job its kind and what it is called. */
  pattern: string | undefined;
  /** What a framework found in the path for the parameters of what the route is mounted at, and their names. */
  mounted: Map<string, string> | undefined;
  ended: boolean;
  /** Nothing is at this address, so it is no entry. */
  isLost: boolean;
}

/** `POST /orders/:id`; nothing as long as the route is not known, unless `isLast`: then the path is told by its shape. */
export function entryName(request: RequestAtHand, isLast: boolean): string | undefined {
  if (request.pattern !== undefined) {
    return request.method === '' ? request.pattern : `${request.method} ${request.pattern}`;
  }
  if (request.isLost || !(request.ended || isLast)) return undefined;
  return `${request.method} ${routeShape(request.url)}`;
}
