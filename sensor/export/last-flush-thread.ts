import http from 'node:http';
import https from 'node:https';
import { workerData } from 'node:worker_threads';
import { headersOf, requestOptions } from './client.ts';
import { flushState, type LastFlush, lastFlushMark } from './last-flush.ts';
import type { EncodedRequest } from './request.ts';

/** The thread that sends the last numbers of a process; see last-flush.ts. */
// Only sendBeforeExit starts this file, with exactly this.
const task = Reflect.get(workerData, lastFlushMark) as LastFlush;
const state = new Int32Array(task.state);

function finish(result: number): void {
  Atomics.store(state, 0, result);
  Atomics.notify(state, 0);
}

function post(agent: http.Agent, url: URL, { body, id }: EncodedRequest): Promise<boolean> {
  return new Promise((resolve) => {
    const options = {
      method: 'POST',
      agent,
      _defaultAgent: agent,
      headers: headersOf(task.configuration, body.byteLength, id),
    };
    const request = new http.ClientRequest(Object.assign(requestOptions(url), options));
    request.setTimeout(task.limitMilliseconds, () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('response', (response) => {
      response.resume();
      response.on('close', () => resolve((response.statusCode ?? 500) < 300));
    });
    request.end(body);
  });
}

async function sendAll(): Promise<void> {
  const url = new URL(task.configuration.url);
  const agent = new (url.protocol === 'https:' ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
  let sent = true;
  // Each by itself: what one collector refuses does not stand in the way of the rest.
  for (const request of task.requests) sent = (await post(agent, url, request)) && sent;
  agent.destroy();
  finish(sent ? flushState.sent : flushState.failed);
}

sendAll().catch(() => finish(flushState.failed));
