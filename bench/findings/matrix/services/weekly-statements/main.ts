/** Statements of accounts. Faulty: in one hour of the week a batch has the disk, and each takes many times as long. */
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { isBusyHour, isFaulty, listen } from '../../listen.ts';

async function statementOf(account: number): Promise<string> {
  await setTimeout(isFaulty && isBusyHour ? 120 : 4);
  return `account ${account}`;
}

let account = 0;
const app = fastify();
app.get('/statement', async () => {
  account += 1;
  return { statement: await statementOf(account) };
});
await app.ready();
listen(app.server);
