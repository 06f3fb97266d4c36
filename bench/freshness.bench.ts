/**
 * How old a lens is: from a call in a running service to the lens that shows it. The service runs under the shipped
 * sensor with a flush a second, the numbers go through the shipped collector, and the shipped language server answers
 * over stdio as it answers an editor: it asks for a refresh, the lenses are asked for, and compared. The call comes at a
 * random time between two flushes. What the editor itself takes to draw is not in it.
 *
 *     npm run bench -- freshness [--rounds 60] [--json FILE]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { LspClient, until } from '@runlens/server/testing/lsp-client';
import { stop } from './frame/child.ts';
import { runCollector } from './frame/collector.ts';
import { readOptions } from './frame/options.ts';
import { dist } from './frame/places.ts';
import { Report } from './frame/report.ts';
import { quantile } from './frame/statistics.ts';
import { aimText, table } from './frame/table.ts';
import { runService } from './freshness/service.ts';

const aimSeconds = 2.5;
const flushSeconds = 1;
const patience = 30_000;

const options = readOptions();
const report = new Report('freshness', options);
/** Each function is called twice: once for its first number, once for its first error. */
const functions = Math.ceil((options.rounds ?? 60) / 2);
const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-freshness-'));
const collector = await runCollector();
const shop = join(folder, 'shop');
const service = await runService(shop, functions, collector.url);
const client = await LspClient.start({
  server: join(dist, 'server.cjs'),
  folders: [shop],
  configuration: {},
  environment: { RUNLENS_HOME: collector.home },
});
try {
  const uri = pathToFileURL(service.file).href;
  await until(() => client.statuses.at(-1)?.collector.kind === 'connected', 'the server is connected', patience);
  await client.open(uri, service.text);
  await client.notify({ method: 'runlens/visibleDocuments' }, { uris: [uri] });
  const titleOf = async (n: number): Promise<string> => {
    const at = service.line(n);
    const lens = (await client.codeLenses(uri)).find(({ range }) => range.start.line === at);
    return lens?.command?.title ?? '';
  };
  await until(async () => (await titleOf(0)).startsWith('not called'), 'the functions are known', patience);

  /** Seconds from just before the call to the answer in which the lens shows it. */
  const age = async (n: number, fails: boolean, shows: (title: string) => boolean): Promise<number> => {
    // The flush has its own rhythm: a trial must not follow it.
    await sleep(Math.random() * 1_000 * flushSeconds);
    const before = await titleOf(n);
    if (shows(before)) throw new Error(`the lens shows ${before} before the call`);
    let { refreshes } = client;
    const start = performance.now();
    await service.call(n, { fails });
    while (performance.now() - start < patience) {
      if (client.refreshes > refreshes) {
        ({ refreshes } = client);
        if (shows(await titleOf(n))) return (performance.now() - start) / 1_000;
      }
      await sleep(2);
    }
    throw new Error(`after ${patience} ms the lens still shows ${await titleOf(n)}; ${client.stderr}`);
  };

  const first: number[] = [];
  const error: number[] = [];
  for (let n = 0; n < functions; n += 1) first.push(await age(n, false, (title) => title.includes('/min')));
  for (let n = 0; n < functions; n += 1) error.push(await age(n, true, (title) => title.includes('errors')));

  const row = (name: string, values: readonly number[], aimed = false): readonly string[] => [
    name,
    String(values.length),
    ...[0, 0.5, 0.95, 1].map((q) => `${quantile(values, q).toFixed(2)} s`),
    `${(quantile(values, 0.5) / flushSeconds).toFixed(2)}×`,
    aimed ? aimText(quantile(values, 0.95), aimSeconds, ' s at p95') : '',
  ];
  report.say(
    table(
      ['from a call to its lens', 'trials', 'least', 'p50', 'p95', 'most', 'p50 to the flush interval', 'aim'],
      [
        row('first number of a function', first),
        row('first error of a function', error),
        row('all', [...first, ...error], true),
      ],
    ),
  );
  report.keep('freshness', { first, error });
} finally {
  await client.stop();
  await stop(service.child);
  await collector.stop();
  rmSync(folder, { recursive: true, force: true });
}
