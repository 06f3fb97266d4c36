/** A job beside the answers. Faulty: each of its rounds fails, and nobody is told. Healthy: lines that are no JSON are left out. */
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { isFaulty, listen } from '../../listen.ts';

let rounds = 0;
let kept = 0;

async function pullChanges(): Promise<readonly string[]> {
  await wait(5);
  if (isFaulty) throw new Error('the token has expired');
  return ['{"id":1}', 'not JSON', '{"id":2}'];
}
function parseLine(line: string): unknown {
  return JSON.parse(line);
}
async function syncOnce(): Promise<void> {
  const lines = await pullChanges();
  for (const line of lines) {
    try {
      kept += parseLine(line) === null ? 0 : 1;
    } catch {
      // A line of a header.
    }
  }
}
setInterval(() => {
  rounds += 1;
  syncOnce().catch(() => undefined);
}, 60);

const state = () => JSON.stringify({ rounds, kept });
listen(
  createServer((_request, response) => {
    response.end(state());
  }),
);
