/** A conversation. Faulty: the messages and the members, which need nothing of each other, one after the other. Healthy: what is waited for twice is one thing. */

import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import express from 'express';
import { isFaulty, listen } from '../../listen.ts';

class Store {
  async messages(room: string): Promise<readonly string[]> {
    await setTimeout(40);
    return [`hello ${room}`];
  }
  async members(room: string): Promise<readonly string[]> {
    await setTimeout(40);
    return [`ann in ${room}`];
  }
  async unread(messages: readonly string[]): Promise<number> {
    await setTimeout(40);
    return messages.length;
  }
}
const store = new Store();

async function openRoom(room: string) {
  if (isFaulty) {
    const messages = await store.messages(room);
    const members = await store.members(room);
    return { messages, members };
  }
  const messages = await store.messages(room);
  const unread = await store.unread(messages);
  return { messages, unread };
}

const app = express();
app.get('/room', async (_request, response) => {
  response.json(await openRoom('kitchen'));
});
listen(createServer(app));
