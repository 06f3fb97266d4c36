/** A table on a page and as a file. Faulty: for the file, which few ask for, it is built cell by cell with a wait for each. */
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

async function buildTable(rows: number): Promise<string> {
  await setTimeout(isFaulty && rows > 1_000 ? 280 : 2);
  return `${rows} rows`;
}

const app = fastify();
app.get('/page', async () => ({ table: await buildTable(20) }));
app.get('/export', async () => ({ table: await buildTable(5_000) }));
await app.ready();
listen(app.server);
