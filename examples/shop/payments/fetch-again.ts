import { setTimeout } from 'node:timers/promises';

const mostTries = 6;
const pauseMilliseconds = 100;

/** As `fetch`, but asks again while the answer is that the other side cannot for now. Only for what may be sent twice. */
export async function fetchAgain(url: URL, init: RequestInit): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(url, init);
    if (response.status < 500) return response;
    await response.body?.cancel();
    if (tries === mostTries) throw new Error(`${url.host} answered ${response.status} ${tries} times`);
    await setTimeout(tries * pauseMilliseconds, undefined, { signal: init.signal ?? undefined });
  }
}
