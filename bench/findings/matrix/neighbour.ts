/**
 * The service that the services of the matrix ask; not measured.
 *
 *     /wait/MILLISECONDS/…           answers after so long
 *     /fails/EACH/STATUS/…           each so-many-th call is answered by that status
 *     /hangs/EACH/…                  each so-many-th call is not answered
 */
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { listen } from './listen.ts';

const calls = new Map<string, number>();

const server = createServer(async (request, response) => {
  const path = request.url ?? '/';
  const [, what = '', first = '', second = ''] = path.split('/');
  const asked = `${what} ${first} ${second}`;
  const count = (calls.get(asked) ?? 0) + 1;
  calls.set(asked, count);
  const isTurn = count % Number(first) === 0;
  if (what === 'hangs' && isTurn) return;
  if (what === 'wait') await setTimeout(Number(first));
  else await setTimeout(4);
  const status = what === 'fails' && isTurn ? Number(second) : 200;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ path, rate: 1.07 }));
});
listen(server);
