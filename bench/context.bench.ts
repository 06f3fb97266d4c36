/**
 * How soon an agent hears of what concerns it: from the alert that comes to the shipped collector to each session that has subscribed
 * by MCP (HTTP), and until it has read what it is; with 1,000 sessions, beside one alone. Half of them work on the function that the alert
 * concerns, and the others must not be told.
 *
 *     npm run bench -- context [--rounds 5] [--json FILE]
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TokenStore } from '@runlens/collector/access/token-store';
import { ListeningSession } from './context/listening-session.ts';
import { type RunningCollector, runCollector } from './frame/collector.ts';
import { readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { quantile } from './frame/statistics.ts';
import { aimText, table } from './frame/table.ts';

const aimSeconds = 5;
const options = readOptions();
const rounds = options.rounds ?? 5;
const report = new Report('context', options);
const charge = { file: 'payments/charge.ts', function: 'GatewayClient.charge' };
const search = { file: 'search/find.ts', function: 'find' };
/** The collector holds 50 of one token. */
const sessionsOfToken = 40;
const openedAtOnce = 20;
/** The collector reads events again at most every quarter of a second: a round must not follow that. */
const pauseMilliseconds = 500;

async function sessionsOf(collector: RunningCollector, count: number): Promise<readonly ListeningSession[]> {
  const store = new TokenStore(collector.home);
  const tokens = Array.from(
    { length: Math.ceil(count / sessionsOfToken) },
    (_, n) => store.create(`bench-${count}-${n}`, 'agent', null).token,
  );
  const sessions: ListeningSession[] = [];
  for (let from = 0; from < count; from += openedAtOnce) {
    const some = Array.from({ length: Math.min(openedAtOnce, count - from) }, (_, n) =>
      ListeningSession.open(
        collector.url,
        tokens[Math.floor((from + n) / sessionsOfToken)] ?? '',
        (from + n) % 2 === 0 ? charge : search,
      ),
    );
    sessions.push(...(await Promise.all(some)));
  }
  return sessions;
}

interface Heard {
  /** Seconds until each was told that there is something. */
  readonly told: readonly number[];
  /** Until it had read what. */
  readonly read: readonly number[];
  /** Sessions that were told though it does not concern them. */
  readonly wrong: number;
}

async function hear(collector: RunningCollector, count: number): Promise<Heard> {
  const sessions = await sessionsOf(collector, count);
  const concerned = sessions.filter((_, n) => n % 2 === 0);
  const others = sessions.filter((_, n) => n % 2 === 1);
  const [told, read]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < rounds; round += 1) {
      await delay(pauseMilliseconds * (1 + Math.random()));
      const title = `the gateway fails ${count} ${round}`;
      const heard = concerned.map((session) => session.nextUpdate());
      const began = performance.now();
      const since = (): number => (performance.now() - began) / 1_000;
      const alert = { title, key: title, severity: 'critical', service: 'payments', functions: [charge] };
      const answer = await fetch(`${collector.url}/api/v1/events/generic`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alert),
      });
      if (answer.status !== 202) throw new Error(`the alert was not taken: ${await answer.text()}`);
      await Promise.all(
        concerned.map(async (session, n) => {
          await heard[n];
          told.push(since());
          const text = await session.read();
          if (!text.includes(title)) throw new Error(`a session was told, and does not read ${title}: ${text}`);
          read.push(since());
        }),
      );
    }
    return { told, read, wrong: others.filter(({ updates }) => updates > 0).length };
  } finally {
    for (const session of sessions) session.close();
  }
}

const collector = await runCollector(mkdtempSync(join(tmpdir(), 'runlens-bench-')));
try {
  const rows: string[][] = [];
  let alone = Number.NaN;
  for (const count of [1, 1_000]) {
    const heard = await hear(collector, count);
    report.keep(String(count), heard);
    const p99 = quantile(heard.read, 0.99);
    if (count === 1) alone = quantile(heard.read, 0.5);
    const cells = [quantile(heard.told, 0.5), quantile(heard.told, 0.99), quantile(heard.read, 0.5), p99];
    rows.push([
      String(count),
      ...cells.map((seconds) => seconds.toFixed(2)),
      `${(quantile(heard.read, 0.5) / alone).toFixed(1)}×`,
      String(heard.wrong),
      aimText(p99, aimSeconds, ' s'),
    ]);
  }
  report.say(
    table(
      [
        'sessions',
        'told p50 s',
        'told p99 s',
        'read p50 s',
        'read p99 s',
        'to one alone',
        'told wrongly',
        'aim at p99',
      ],
      rows,
    ),
  );
} finally {
  await collector.stop();
}
