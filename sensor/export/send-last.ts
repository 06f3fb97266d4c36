import http from 'node:http';
import https from 'node:https';
import type { ExporterConfiguration } from '../configuration.ts';
import { headersOf, requestOptions } from './client.ts';
import type { EncodedRequest } from './request.ts';

/** What is left to send when the process ends, and how long the process may wait for it. */
export interface LastRequests {
  readonly requests: readonly EncodedRequest[];
  readonly limitMilliseconds: number;
}

/** Sends them over a connection of their own. Whether the collector took all of them. */
export async function sendLast(
  configuration: ExporterConfiguration,
  { requests, limitMilliseconds }: LastRequests,
): Promise<boolean> {
  const url = new URL(configuration.url);
  const agent = new (url.protocol === 'https:' ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
  const post = ({ body, id }: EncodedRequest): Promise<boolean> =>
    new Promise((resolve) => {
      const options = {
        method: 'POST',
        agent,
        _defaultAgent: agent,
        headers: headersOf(configuration, body.byteLength, id),
      };
      const request = new http.ClientRequest(Object.assign(requestOptions(url), options));
      request.setTimeout(limitMilliseconds, () => request.destroy());
      request.on('error', () => resolve(false));
      request.on('response', (response) => {
        response.resume();
        response.on('close', () => resolve((response.statusCode ?? 500) < 300));
      });
      request.end(body);
    });
  let sent = true;
  // Each by itself: what one collector refuses does not stand in the way of the rest.
  for (const request of requests) sent = (await post(request)) && sent;
  agent.destroy();
  return sent;
}
