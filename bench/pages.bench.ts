/**
 * Whether the overview page of a service of 20,000 functions answers while it draws: the longest task of the page (of which a
 * person feels those over 50 ms) in a real browser, for each thing that is done with it. The numbers are those of a
 * collector's store; the page is the one that is shipped, so `npm run build` before.
 *
 *     npm run bench -- pages [--rounds 5] [--json FILE]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogLimits, defaultRetention } from '@runlens/collector/defaults';
import { overview } from '@runlens/collector/query/overview';
import { SqliteStore } from '@runlens/collector/store/sqlite/sqlite-store';
import { batch } from '@runlens/collector/testing/batches';
import { mostOverviewFunctions } from '@runlens/protocol/api/overview';
import type { OverviewView, ToOverviewPage } from '@runlens/protocol/overview-page';
import { launchBrowser, openInBrowser, type PageInBrowser } from '@runlens/test/editor/page-in-browser';
import type { Page } from 'playwright-core';
import { readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { quantile } from './frame/statistics.ts';
import { table } from './frame/table.ts';

/** Milliseconds: longer tasks are felt, and the browser's own measure of a long one. */
const felt = 50;
const functionsOfFile = 60;
const options = readOptions();
const rounds = options.rounds ?? 5;
const report = new Report('pages', options);

async function largeOverview(): Promise<OverviewView> {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-'));
  const now = Date.now();
  const store = new SqliteStore({ folder, now: () => now, retention: defaultRetention, limits: catalogLimits });
  try {
    const functions = Array.from({ length: mostOverviewFunctions }, (_, i) => ({
      name: `Module${i % 333}.function${i}`,
      file: `src/area${Math.floor(i / functionsOfFile) % 40}/file${Math.floor(i / functionsOfFile)}.ts`,
      line: 1 + (i % functionsOfFile) * 12,
      calls: 1 + Math.floor(60_000 / (i + 1)),
      errors: i % 150 === 11 ? 1 : 0,
      seconds: 10 ** (-5 + 4 * ((i * 0.618) % 1)),
    }));
    await store.append([batch(now, functions)]);
    const window = { since: now - 900_000, until: now };
    const request = { service: 'shop', environment: 'production', limit: mostOverviewFunctions };
    return {
      ...{ kind: 'overview', overview: overview(store, request, window), window: '15m', versions: [] },
      ...{ changes: { kind: 'none', message: 'Not compared here.' }, at: new Date(now).toISOString() },
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const view = await largeOverview();
const message: ToOverviewPage = { type: 'overview', view };
const bytes = JSON.stringify(message).length;
const folder = (page: Page) => page.getByRole('table', { name: /^In / }).getByRole('button').first();
const search = (page: Page) => page.getByRole('searchbox', { name: 'Search' });

/** Each is over when what is waited for can be seen. */
const acts: Readonly<Record<string, (shown: PageInBrowser) => Promise<void>>> = {
  'first numbers': async ({ send, page }) => {
    await send(message);
    await folder(page).waitFor();
  },
  'new numbers': async ({ send, page }) => {
    const calls = view.overview.functions.calls.map((each) => each + 1);
    const changed = { ...view.overview, functions: { ...view.overview.functions, calls } };
    await send({ type: 'overview', view: { ...view, overview: changed, window: '16m' } });
    await page.getByText('last 16m').waitFor();
  },
  'by calls': async ({ page }) => {
    await page.getByRole('radio', { name: 'Calls' }).check();
    await page.getByRole('table', { name: /most calls first/ }).waitFor();
  },
  'a search, letter by letter': async ({ page }) => {
    await search(page).pressSequentially('function19');
    await page.getByRole('table', { name: /found by “function19”/ }).waitFor();
    await search(page).fill('');
    await folder(page).waitFor();
  },
  'into a folder and back': async ({ page }) => {
    await folder(page).press('Enter');
    await page.getByRole('button', { name: 'All' }).press('Enter');
    await folder(page).waitFor();
  },
  'arrow keys': async ({ page }) => {
    await page.getByRole('listbox').focus();
    for (let i = 0; i < 10; i += 1) await page.keyboard.press('ArrowRight');
  },
};

const longest = new Map<string, number[]>();
const browser = await launchBrowser();
try {
  for (let round = 0; round < rounds; round += 1) {
    await using shown = await openInBrowser(browser, { name: 'overview', theme: 'light', width: 1440 });
    await shown.page.evaluate(
      `globalThis.tasks = []; new PerformanceObserver((list) => {
         for (const { duration } of list.getEntries()) tasks.push(duration); }).observe({ type: 'longtask' });`,
    );
    for (const [name, act] of Object.entries(acts)) {
      await act(shown);
      // Drawn, and entries delivered.
      await shown.page.evaluate(
        'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))',
      );
      const tasks = await shown.page.evaluate<number[]>('tasks.splice(0)');
      longest.set(name, [...(longest.get(name) ?? []), Math.max(0, ...tasks)]);
    }
  }
} finally {
  await browser.close();
}

report.say(
  `The overview page with ${mostOverviewFunctions} functions (${(bytes / 2 ** 20).toFixed(1)} MiB), ${rounds} rounds; the browser tells of tasks over ${felt} ms only`,
);
report.say(
  table(
    ['what is done', 'rounds with a task over 50 ms', 'longest task, median', 'longest of all', 'of 50 ms'],
    [...longest].map(([name, each]) => {
      const most = Math.max(...each);
      const ms = (value: number): string => (value === 0 ? 'none over 50 ms' : `${value.toFixed(0)} ms`);
      const long = each.filter((value) => value > felt).length;
      return [
        name,
        `${long} of ${rounds}`,
        ms(quantile(each, 0.5)),
        ms(most),
        most === 0 ? '< 1' : (most / felt).toFixed(1),
      ];
    }),
  ),
);
for (const [name, each] of longest) report.keep(name, { longestTaskMilliseconds: each });
