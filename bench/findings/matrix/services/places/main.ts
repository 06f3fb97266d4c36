/** Places of addresses by another service. Faulty: it leaves one in eight without an answer. Healthy: it is slow. */
import { createServer } from 'node:http';
import { isFaulty, listen, neighbour } from '../../listen.ts';

async function locate(address: number): Promise<unknown> {
  const path = isFaulty ? `hangs/8/places/${address}` : `wait/60/places/${address}`;
  try {
    const answer = await fetch(`${neighbour}/${path}`, { signal: AbortSignal.timeout(300) });
    return await answer.json();
  } catch {
    return { place: 'unknown' };
  }
}

let address = 0;
listen(
  createServer(async (_request, response) => {
    address += 1;
    response.end(JSON.stringify(await locate(address)));
  }),
);
