/** Logins. Faulty: passwords are hashed in the only thread, and everybody waits. */
import { pbkdf2Sync } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

function hash(password: string): string {
  return pbkdf2Sync(password, 'salt', isFaulty ? 60_000 : 400, 32, 'sha256').toString('hex');
}
async function login(password: string): Promise<string> {
  await setTimeout(2);
  const hashed = hash(password);
  await setTimeout(2);
  return hashed;
}

const app = fastify();
app.get('/login', async () => ({ hash: await login('secret') }));
await app.ready();
listen(app.server);
