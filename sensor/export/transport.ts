import http from 'node:http';
import type https from 'node:https';
import { requireLazily } from '../load/commonjs.ts';

/**
 * Node's module for a URL's protocol. That for `https:` brings TLS with it, which takes 4 MB in each thread: it is loaded only
 * where a collector is asked by it.
 */
export function transportOf(url: URL): Pick<typeof http, 'Agent' | 'request'> {
  // Node's own module of that name.
  return url.protocol === 'https:' ? (requireLazily('node:https') as typeof https) : http;
}
