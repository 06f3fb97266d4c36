/** Mails that are sent behind the answer. Faulty: version 2 cannot write addresses with a plus, and only its log knows. */

import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import express from 'express';
import { isFaulty, listen, version } from '../../listen.ts';

const addresses = ['ann@mail.test', 'bob+news@mail.test', 'cid@mail.test', 'dora@mail.test'];
let sent = 0;
let failed = 0;

function encode(address: string): string {
  if (isFaulty && version === 'v2' && address.includes('+')) throw new RangeError(`cannot encode ${address}`);
  return encodeURIComponent(address);
}
async function sendMail(address: string): Promise<void> {
  const encoded = encode(address);
  await setTimeout(3);
  sent += encoded.length > 0 ? 1 : 0;
}
async function sendBehind(address: string): Promise<void> {
  try {
    await sendMail(address);
  } catch {
    failed += 1;
  }
}

let next = 0;
const app = express();
app.get('/subscribe', (_request, response) => {
  next = (next + 1) % addresses.length;
  void sendBehind(addresses[next] ?? '');
  response.json({ sent, failed });
});
listen(createServer(app));
