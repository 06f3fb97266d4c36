/** Profiles. Faulty: users without an address break the page. Healthy: users who do not exist are told so. */
import fastify from 'fastify';
import { AnsweredError, isFaulty, listen } from '../../listen.ts';

interface User {
  readonly name: string;
  readonly address?: { readonly city: string };
}
const users: readonly User[] = Array.from({ length: 10 }, (_, n) =>
  n === 4 ? { name: `user ${n}` } : { name: `user ${n}`, address: { city: `city ${n}` } },
);

function cityOf(user: User): string {
  return isFaulty ? (user.address as { city: string }).city : (user.address?.city ?? 'unknown');
}
function findUser(id: number): User {
  const user = users[id];
  if (!user || (!isFaulty && id === 4)) throw new AnsweredError(`no user ${id}`, 404);
  return user;
}

let next = 0;
const app = fastify();
app.get('/profile', async () => {
  next = (next + 1) % 10;
  const user = findUser(next);
  return { name: user.name, city: cityOf(user) };
});
await app.ready();
listen(app.server);
