import { once } from 'node:events';
import { createServer, get, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as rest } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { entryName, type RequestAtHand } from './request-at-hand.ts';
import { Requests } from './requests.ts';

type Answer = Parameters<typeof createServer>[1];
const servers: Server[] = [];
const followers: Requests[] = [];

function follow(followsAwait?: boolean): Requests {
  const requests = new Requests(followsAwait);
  followers.push(requests);
  requests.on();
  return requests;
}

async function serve(answer: Answer): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, path = '/'): Promise<void> {
  const [answer] = await once(get({ host: '127.0.0.1', port, path, agent: false }), 'response');
  answer.resume();
  await once(answer, 'end');
}

afterEach(() => {
  for (const requests of followers.splice(0)) requests.off();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

describe('the request at hand', () => {
  it.each([true, false])('is that of the turn in which it came (followed across await: %s)', async (followsAwait) => {
    const requests = follow(followsAwait);
    const seen: (string | undefined)[] = [];
    const port = await serve((_request, response) => {
      seen.push(requests.atHand()?.url);
      response.end();
    });
    await ask(port, '/a');
    await ask(port, '/b');
    expect(seen).toEqual(['/a', '/b']);
    expect(requests.atHand()).toBe(undefined);
  });

  it('is followed across await and timers, each its own while several are answered', async () => {
    const requests = follow(true);
    const seen: string[] = [];
    const port = await serve(async (request, response) => {
      await rest(request.url === '/a' ? 8 : 2);
      seen.push(`${request.url} ${requests.atHand()?.url}`);
      response.end();
    });
    await Promise.all([ask(port, '/a'), ask(port, '/b')]);
    expect(seen.sort()).toEqual(['/a /a', '/b /b']);
  });

  it('behind await is unknown, and never another, where it is not followed', async () => {
    const requests = follow(false);
    const seen: (string | undefined)[] = [];
    const port = await serve(async (request, response) => {
      await rest(request.url === '/a' ? 8 : 2);
      seen.push(requests.atHand()?.url);
      response.end();
    });
    await Promise.all([ask(port, '/a'), ask(port, '/b')]);
    expect(seen).toEqual([undefined, undefined]);
  });

  it('has ended, and lets go of Node’s request, once it is answered', async () => {
    const requests = follow();
    const ended: RequestAtHand[] = [];
    requests.onEnd((request) => ended.push(request));
    const port = await serve((request, response) => {
      response.statusCode = request.url === '/none' ? 404 : 200;
      response.end();
    });
    await ask(port, '/things/12345');
    await ask(port, '/none');
    expect(ended.map((request) => entryName(request, false))).toEqual(['GET /things/{id}', undefined]);
    expect(ended).toMatchObject([{ ended: true, message: undefined, isLost: false }, { isLost: true }]);
    expect(requests.inFlight).toBe(0);
  });
});

describe('requests in flight', () => {
  it('are counted from the first line of a request to the end of its answer', async () => {
    const requests = follow();
    const seen: number[] = [];
    const answers: (() => void)[] = [];
    const port = await serve((_request, response) => {
      seen.push(requests.inFlight);
      answers.push(() => response.end());
    });
    const asked = [ask(port), ask(port), ask(port)];
    while (answers.length < 3) await rest(1);
    const { crowds } = requests;
    expect(requests.crowds).toBeGreaterThan(crowds);
    for (const answer of answers) answer();
    await Promise.all(asked);
    expect(seen).toEqual([1, 2, 3]);
    expect(requests.inFlight).toBe(0);
    expect(requests.crowds).toBe(requests.crowds);
  });

  it('are not those for ever whose client went away', async () => {
    const requests = follow();
    const port = await serve((request, response) => {
      if (request.url !== '/gone') response.end();
    });
    for (let i = 0; i < 10; i += 1) {
      const gone = httpRequest({ host: '127.0.0.1', port, path: '/gone', agent: false });
      gone.on('error', () => {});
      gone.end();
      const before = requests.inFlight;
      while (requests.inFlight === before) await rest(1);
      gone.destroy();
    }
    expect(requests.inFlight).toBe(10);
    for (let i = 0; i < 130; i += 1) await ask(port);
    expect(requests.inFlight).toBe(0);
  });
});

describe('off', () => {
  it('ends all that is known of requests, and on begins anew', async () => {
    const requests = follow(true);
    const seen: (string | undefined)[] = [];
    const answers: (() => void)[] = [];
    const port = await serve((_request, response) => {
      answers.push(() => {
        seen.push(requests.atHand()?.url);
        response.end();
      });
    });
    const during = ask(port, '/during');
    while (answers.length < 1) await rest(1);
    requests.off();
    expect(requests.inFlight).toBe(0);
    answers.pop()?.();
    await during;
    const whileOff = ask(port, '/off');
    while (answers.length < 1) await rest(1);
    answers.pop()?.();
    await whileOff;
    requests.on();
    requests.on();
    const after = ask(port, '/after');
    while (answers.length < 1) await rest(1);
    expect(requests.inFlight).toBe(1);
    answers.pop()?.();
    await after;
    expect(requests.inFlight).toBe(0);
    expect(seen.slice(0, 2)).toEqual([undefined, undefined]);
  });
});
