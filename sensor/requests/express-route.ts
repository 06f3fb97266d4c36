import { routeShape } from '../operations/route-shape.ts';
import { field } from './field.ts';
import type { RequestAtHand } from './request-at-hand.ts';

const longestPattern = 255;
const mostMounted = 20;

/** Learns the route from Express's request, as it is when one of its layers is called. */
export function noteRoute(request: RequestAtHand, message: object): void {
  if (request.pattern !== undefined) return;
  const base = field(message, 'baseUrl');
  const isMounted = typeof base === 'string' && base !== '';
  const route = field(message, 'route');
  if (route !== undefined) {
    const path = field(route, 'path');
    const mountedAt = isMounted ? mountPattern(base, request.mounted) : '';
    request.pattern = `${mountedAt}${path === '/' && mountedAt !== '' ? '' : String(path)}`.slice(0, longestPattern);
  } else if (isMounted) {
    for (const [name, value] of Object.entries(Object(field(message, 'params')))) {
      request.mounted ??= new Map();
      if (typeof value === 'string' && request.mounted.size < mostMounted) request.mounted.set(value, name);
    }
  }
}

/** What a router is mounted at is only known as it came: what was a parameter of it gets its name back. */
function mountPattern(base: string, mounted: ReadonlyMap<string, string> | undefined): string {
  const named = base.split('/').map((segment) => {
    const name = mounted?.get(segment) ?? mounted?.get(decoded(segment));
    return name === undefined ? segment : `:${name}`;
  });
  return named.map((segment) => (segment.startsWith(':') ? segment : routeShape(segment).slice(1))).join('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
