/** Pages from templates. Faulty: the first who asks a new process waits until all of them are compiled. */
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

let compiled: Promise<Map<string, string>> | undefined;
async function compileAll(): Promise<Map<string, string>> {
  await setTimeout(isFaulty ? 450 : 6);
  return new Map([['home', '<h1>home</h1>']]);
}
async function templateOf(name: string): Promise<string> {
  compiled ??= compileAll();
  return (await compiled).get(name) ?? '';
}

const app = fastify();
app.get('/home', async () => ({ page: await templateOf('home') }));
await app.ready();
listen(app.server);
