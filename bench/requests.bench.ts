/**
 * What it costs a request to be followed, by the parts of it: the channels of Node and of the framework, the storage, and
 * all that the sensor does. The ways are changed in one process while it is under load, by turns of 40 ms: whatever V8
 * decided for that process is the same for all of them.
 *
 *     npm run bench -- requests [--only "Node 24"] [--rounds 60] [--json FILE]
 */
import { once } from 'node:events';
import { ensureNode } from '../scripts/toolchain.mjs';
import { start, stop } from './frame/child.ts';
import { compilePrograms, program } from './frame/compile.ts';
import { HttpLoad } from './frame/http-load.ts';
import { isWanted, readOptions } from './frame/options.ts';
import { measuredCore, pinned, pinSelf } from './frame/pinning.ts';
import { Report } from './frame/report.ts';
import { estimateOfRatios, spread } from './frame/statistics.ts';
import { estimateText, spreadText, table } from './frame/table.ts';
import { basketRequests, orderRequests } from './services/requests.ts';

const baseline = 'nothing';
const acrossAwait = 'followed by the sensor, across await';
const parts = ["Node's two channels, heard", "fastify's channel, heard", 'a storage entered', 'all three'];
const cases = [
  { major: 24, ways: ['nothing again', ...parts, 'followed by the sensor'] },
  { major: 22, ways: ['nothing again', 'followed by the sensor'] },
  { major: 20, ways: ['nothing again', 'followed by the sensor'] },
  // Apart: V8 keeps what it has given up for hooks of promises.
  { major: 22, ways: [acrossAwait] },
  { major: 20, ways: [acrossAwait] },
] as const;
const loads = [
  { what: 'checkout of 10 lines', requests: basketRequests() },
  { what: 'orders of 6 lines', requests: orderRequests(6) },
];
const sliceMilliseconds = 40;
const warmUpRounds = 20;

const options = readOptions();
const rounds = options.rounds ?? 60;
const report = new Report('requests', options);
await compilePrograms();
pinSelf();
for (const { major, ways: chosen } of cases) {
  const ways: readonly string[] = chosen;
  for (const { what, requests } of loads) {
    const title = `fastify on Node ${major}${ways.includes(acrossAwait) ? ' across await' : ''}: ${what}`;
    if (!isWanted(options, title)) continue;
    const node = ensureNode(major, (line) => report.say(line));
    const command = pinned(measuredCore, [node, '--require', program('hooks/requests'), program('services/fastify')]);
    const { child, line } = await start(command, { environment: process.env, channel: true });
    const load = await HttpLoad.open(String(Reflect.get(Object(JSON.parse(line)), 'url')), requests);
    try {
      const samples = new Map<string, number[]>();
      const names: readonly string[] = [baseline, ...ways];
      for (let round = -warmUpRounds; round < rounds; round += 1) {
        for (let turn = 0; turn < names.length; turn += 1) {
          const name = names[(turn + round + warmUpRounds) % names.length] ?? baseline;
          const microseconds = await costOf(name);
          if (round < 0) continue;
          const own = samples.get(name);
          if (own) own.push(microseconds);
          else samples.set(name, [microseconds]);
        }
      }
      const plain = samples.get(baseline) ?? [];
      report.say(`${title}: ${rounds} rounds\n`);
      report.say(
        table(
          ['way', 'CPU a request', 'to nothing (95 % interval)'],
          [...samples].map(([name, own]) => [
            name,
            spreadText(spread(own), 'µs'),
            name === baseline ? '1' : estimateText(estimateOfRatios(own, plain)),
          ]),
        ),
      );
      report.keep(title, Object.fromEntries(samples));
    } finally {
      load.close();
      await stop(child);
    }

    async function costOf(mode: string): Promise<number> {
      const before = await usage({ mode });
      await load.busyFor(sliceMilliseconds);
      const after = await usage();
      return (after.cpuMicroseconds - before.cpuMicroseconds) / (after.requests - before.requests);
    }

    async function usage(ask: object = {}): Promise<{ readonly cpuMicroseconds: number; readonly requests: number }> {
      const answer = once(child, 'message', { signal: AbortSignal.timeout(20_000) });
      child.send(ask);
      const [message]: unknown[] = await answer;
      const { cpuMicroseconds, requests: asked }: Record<string, unknown> = Object(message);
      if (typeof cpuMicroseconds !== 'number' || typeof asked !== 'number') throw new Error('no CPU time was told');
      return { cpuMicroseconds, requests: asked };
    }
  }
}
