/** A page of three parts. Faulty: each is waited for before the next is begun. */
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

async function profileOf(user: number) {
  await setTimeout(25);
  return { user };
}
async function ordersOf(user: number) {
  await setTimeout(30);
  return [user];
}
async function offersFor(user: number) {
  await setTimeout(20);
  return [user + 1];
}
async function dashboard(user: number) {
  if (isFaulty) {
    const profile = await profileOf(user);
    const orders = await ordersOf(user);
    const offers = await offersFor(user);
    return { profile, orders, offers };
  }
  const [profile, orders, offers] = await Promise.all([profileOf(user), ordersOf(user), offersFor(user)]);
  return { profile, orders, offers };
}

let user = 0;
const app = fastify();
app.get('/dashboard', async () => {
  user += 1;
  return dashboard(user);
});
await app.ready();
listen(app.server);
