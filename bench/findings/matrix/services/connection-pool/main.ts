/** Answers that need a connection. Faulty: there are two for everybody. */
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

const room = isFaulty ? 2 : 1_000;
let held = 0;
const waiting: (() => void)[] = [];

async function takeConnection(): Promise<void> {
  if (held < room) {
    held += 1;
    return;
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}
function giveBack(): void {
  const next = waiting.shift();
  if (next) next();
  else held -= 1;
}
async function readRow(): Promise<string> {
  await takeConnection();
  try {
    await setTimeout(12);
    return 'row';
  } finally {
    giveBack();
  }
}

const app = fastify();
app.get('/row', async () => ({ row: await readRow() }));
await app.ready();
listen(app.server);
