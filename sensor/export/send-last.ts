import http from 'node:http';
import type { ExporterConfiguration } from '../configuration.ts';
import { headersOf, requestOptions } from './client.ts';
import type { EncodedRequest } from './request.ts';
import { transportOf } from './transport.ts';

/** What is left to send when the process ends, and how long the process may wait for it. */
export interface LastRequests {
  readonly requests: readonly EncodedRequest[];
  /** For one of them: a collector that takes longer is not asked for the others. */
  readonly eachMilliseconds: number;
  /** For all of them. */
  readonly limitMilliseconds: number;
}

/**
 * Sends them over a connection of their own. Whether the collector took all of them. A process with much to tell may wait
 * for as long as it is taken; one whose collector is silent, no longer than for one request.
 */
export async function sendLast(
  configuration: ExporterConfiguration,
  { requests, eachMilliseconds }: LastRequests,
): Promise<boolean> {
  const url = new URL(configuration.url);
  const agent = new (transportOf(url).Agent)({ keepAlive: true, maxSockets: 1 });
  const post = ({ body, id }: EncodedRequest): Promise<'taken' | 'refused' | 'silent'> =>
    new Promise((resolve) => {
      const options = {
        method: 'POST',
        agent,
        _defaultAgent: agent,
        headers: headersOf(configuration, body.byteLength, id),
      };
      const request = new http.ClientRequest(Object.assign(requestOptions(url), options));
      request.setTimeout(eachMilliseconds, () => request.destroy());
      request.on('error', () => resolve('silent'));
      request.on('response', (response) => {
        response.resume();
        response.on('close', () => resolve((response.statusCode ?? 500) < 300 ? 'taken' : 'refused'));
      });
      request.end(body);
    });
  let sent = true;
  for (const request of requests) {
    const outcome = await post(request);
    // What one collector refuses does not stand in the way of the rest.
    if (outcome !== 'taken') sent = false;
    if (outcome === 'silent') break;
  }
  agent.destroy();
  return sent;
}
