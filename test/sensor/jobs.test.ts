/** For which queue or schedule functions run, and how long jobs take: told by the real packages. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Redis } from './databases/redis.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { type NodeMajor, nodeMajors, runService, ServiceFolder } from './service-process.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const work = `
import { setTimeout as rest } from 'node:timers/promises';
export async function send(to) { await rest(2); return deliver(to); }
function deliver(to) { return to.length; }
export function bill(what) { if (what === 'bad') throw new RangeError('no such customer 4711'); return what.length; }
export async function sweep() { await rest(1); return count(); }
function count() { return [1].length; }
`;
const programs = {
  'work.mjs': work,
  'queues.mjs': `
import { Queue, Worker, QueueEvents } from 'bullmq';
import { bill, send } from './work.mjs';
const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };
async function mails(job) { return job.name === 'bill' ? bill(job.data.what) : await send(job.data.to); }
async function reports(job) { return bill('report'); }
const workers = [new Worker('mails', mails, { connection, concurrency: 3 }), new Worker('reports', reports, { connection })];
const queues = [new Queue('mails', { connection }), new Queue('reports', { connection })];
const events = [new QueueEvents('mails', { connection }), new QueueEvents('reports', { connection })];
const jobs = [];
for (let i = 0; i < 10; i += 1) jobs.push([await queues[0].add('send', { to: 's3cret@example.com' }), events[0]]);
for (let i = 0; i < 4; i += 1) jobs.push([await queues[0].add('bill', { what: i === 3 ? 'bad' : 'good' }), events[0]]);
for (let i = 0; i < 5; i += 1) jobs.push([await queues[1].add('report-' + (90000 + i), {}), events[1]]);
const ended = await Promise.allSettled(jobs.map(([job, of]) => job.waitUntilFinished(of, 80_000)));
console.log(ended.filter(({ status }) => status === 'rejected').length);
for (const one of [...workers, ...queues, ...events]) await one.close();
`,
  'node-cron.mjs': `
import cron from 'node-cron';
import { sweep } from './work.mjs';
let turns = 0;
async function nightly() { turns += 1; await sweep(); if (turns === 2) task.destroy(); }
const task = cron.schedule('* * * * * *', nightly);
`,
  'cron.mjs': `
import { CronJob } from 'cron';
import { sweep } from './work.mjs';
let turns = 0;
async function nightly() { turns += 1; await sweep(); if (turns === 2) job.stop(); }
const job = new CronJob('* * * * * *', nightly);
job.start();
`,
  'node-schedule.mjs': `
import schedule from 'node-schedule';
import { sweep } from './work.mjs';
let turns = 0;
async function nightly() { turns += 1; await sweep(); if (turns === 2) job.cancel(); }
const job = schedule.scheduleJob('* * * * * *', nightly);
`,
};

let folder: ServiceFolder;
let redis: Redis;
beforeAll(async () => {
  folder = await ServiceFolder.create({ ...programs, 'node_modules/.keep': '' });
  for (const name of ['bullmq', 'node-cron', 'cron', 'node-schedule']) {
    await symlink(join(repository, 'node_modules', name), join(folder.path, 'node_modules', name));
  }
  redis = await Redis.start();
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function run(node: NodeMajor, program: string) {
  await using recorder = await OtlpRecorder.start();
  const ended = await runService({
    node,
    folder,
    arguments: [program],
    endpoint: recorder.url,
    environment: { NODE_NO_WARNINGS: '1', REDIS_PORT: String(redis.port) },
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const entries: Record<string, number> = {};
  for (const { attributes: of, value = 0 } of recorder.of('code.function.callers')) {
    const key = `${of['code.function.name']} < ${of['runlens.entry'] ?? '-'}`;
    entries[key] = (entries[key] ?? 0) + value;
  }
  const jobs: Record<string, number> = {};
  let seconds = 0;
  for (const { attributes: of, histogram } of recorder.of('messaging.process.duration')) {
    const destination = `${of['messaging.system']} ${of['messaging.destination.name']}`;
    const key = `${destination}: ${of['runlens.entry']} ${of['error.type'] ?? 'fine'}`;
    jobs[key] = (jobs[key] ?? 0) + Number(histogram?.count);
    seconds += Number(histogram?.sum);
  }
  const sent = recorder.requests.map(({ body }) => body.toString('latin1')).join('\n');
  return { entries, jobs, seconds, sent, stdout: ended.stdout };
}

describe.each(nodeMajors)('node %i', (node) => {
  it('BullMQ: functions by queue and job, and how long each job took', async () => {
    const { entries, jobs, seconds, sent, stdout } = await run(node, 'queues.mjs');
    expect(stdout).toBe('1\n');
    expect(jobs).toEqual({
      'bullmq mails: queue: mails/send fine': 10,
      'bullmq mails: queue: mails/bill fine': 3,
      'bullmq mails: queue: mails/bill RangeError': 1,
      'bullmq reports: queue: reports/{id} fine': 5,
    });
    // Ten of them rest for 2 ms each; timers may be early by one.
    expect(seconds).toBeGreaterThan(0.01);
    // So few of each function that all of them are looked at.
    expect(entries).toMatchObject({
      'mails < queue: mails/send': 10,
      'mails < queue: mails/bill': 4,
      'send < queue: mails/send': 10,
      'bill < queue: mails/bill': 4,
      'reports < queue: reports/{id}': 5,
      'bill < queue: reports/{id}': 5,
      // Behind `await`.
      'deliver < queue: mails/send': 10,
    });
    expect(sent).not.toMatch(/s3cret|report-9|4711/);
  });

  it.each(['node-cron', 'cron', 'node-schedule'])('%s: functions by the one that is scheduled', async (name) => {
    const { entries, jobs } = await run(node, `${name}.mjs`);
    expect(entries).toMatchObject({
      'nightly < cron: nightly': 2,
      'sweep < cron: nightly': 2,
      'count < cron: nightly': 2,
    });
    expect(jobs).toEqual({});
  });
});
