/** The pages by themselves in a real browser, with their own policy: read by everybody, used by the keyboard alone. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openInBrowser } from './page-in-browser.ts';
import { detailsMessage, historyPoints, overviewMessage } from './page-messages.ts';
import type { ThemeName } from './themes.ts';

const themes = ['light', 'dark', 'high-contrast'] satisfies ThemeName[];
/** CSS pixels: beside an editor, and as a whole window. */
const widths = [600, 1440];

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => browser?.close());

const pages = [
  { name: 'details', message: detailsMessage(), heading: 'priceLine' },
  { name: 'overview', message: overviewMessage(), heading: 'shop' },
] as const;

describe.each(pages)('the page of $name', ({ name, message, heading }) => {
  it.each(themes)('can be read by everybody (%s), at every width', async (theme) => {
    await using shown = await openInBrowser(browser, { name, theme, width: 600 });
    await shown.send(message);
    await shown.page.getByRole('heading', { level: 1, name: heading }).waitFor();
    for (const width of widths) {
      await shown.page.setViewportSize({ width, height: 900 });
      expect(await shown.violations()).toEqual([]);
      // Nothing is cut off: what is wider scrolls by itself.
      expect(await shown.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    }
    expect(shown.complaints).toEqual([]);
  });

  it('says what is wrong, where nothing is known yet', async () => {
    await using shown = await openInBrowser(browser, { name, theme: 'light', width: 600 });
    await shown.send({ type: 'problem', message: '<img src=x onerror=alert(1)> is away' });
    const alert = shown.page.getByRole('alert');
    await alert.waitFor();
    // What comes from elsewhere is text.
    expect(await alert.textContent()).toBe('<img src=x onerror=alert(1)> is away');
    expect(await shown.violations()).toEqual([]);
    expect(shown.complaints).toEqual([]);
  });
});

describe('the details page', () => {
  it('tells each moment to the keyboard, the same in all charts, and as a table', async () => {
    await using shown = await openInBrowser(browser, { name: 'details', theme: 'light', width: 720 });
    await shown.send(detailsMessage());
    const chart = shown.page.getByRole('slider', { name: 'Latency over time', exact: true });
    await chart.focus();
    await shown.page.keyboard.press('Home');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/: not measured$/);
    await shown.page.keyboard.press('End');
    await shown.page.keyboard.press('ArrowLeft');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/: p50 .+, p90 .+, p99 .+/);
    const calls = shown.page.getByRole('slider', { name: 'Calls and errors over time' });
    expect(await calls.getAttribute('aria-valuenow')).toBe(String(historyPoints - 2));
    await shown.page.getByText('As a table').first().press('Enter');
    const rows = shown.page.getByRole('table', { name: /over time, newest first/ }).getByRole('row');
    await expect.poll(() => rows.count()).toBe(historyPoints + 1);
    await expect.poll(() => rows.last().textContent()).toContain('not measured');
  });

  it('keeps focus, the chosen moment and open tables when new numbers come', async () => {
    await using shown = await openInBrowser(browser, { name: 'details', theme: 'light', width: 720 });
    await shown.send(detailsMessage());
    const chart = shown.page.getByRole('slider', { name: 'Latency over time', exact: true });
    await chart.focus();
    await shown.page.keyboard.press('Home');
    await shown.page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
    await shown.page.evaluate('scrollTo(0, 300)');
    await shown.send(detailsMessage({ calls: 777_000 }));
    await shown.page.getByText(/^777k/).first().waitFor();
    expect(await shown.page.evaluate('document.activeElement?.getAttribute("aria-label")')).toBe('Latency over time');
    expect(await chart.getAttribute('aria-valuenow')).toBe('0');
    expect(await shown.page.evaluate('scrollY')).toBe(300);
    expect(await shown.page.evaluate(`document.querySelectorAll('details:not([open])').length`)).toBe(0);
  });

  it('is drawn in the colours of another theme as soon as that is chosen', async () => {
    const drawn = `[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())`;
    await using dark = await openInBrowser(browser, { name: 'details', theme: 'dark', width: 720 });
    await dark.send(detailsMessage());
    await dark.page.locator('canvas').nth(2).waitFor();
    await using shown = await openInBrowser(browser, { name: 'details', theme: 'light', width: 720 });
    await shown.send(detailsMessage());
    await shown.page.locator('canvas').nth(2).waitFor();
    const wanted = await dark.page.evaluate(drawn);
    expect(await shown.page.evaluate(drawn)).not.toEqual(wanted);
    await shown.setTheme('dark');
    await expect.poll(() => shown.page.evaluate(drawn)).toEqual(wanted);
  });

  it('opens callers and callees by the keyboard', async () => {
    await using shown = await openInBrowser(browser, { name: 'details', theme: 'light', width: 720 });
    await shown.send(detailsMessage());
    await shown.page.getByRole('button', { name: 'roundToCent' }).press('Enter');
    expect((await shown.said()).at(-1)).toEqual({
      type: 'openFunction',
      function: { file: 'pricing/price.ts', function: 'roundToCent', line: 40 },
    });
  });

  it('says in words what is not known yet, and why', async () => {
    await using shown = await openInBrowser(browser, { name: 'details', theme: 'light', width: 720 });
    await shown.send(detailsMessage({ history: null }));
    await shown.page.getByText('The time before is being fetched.').waitFor();
    await shown.send(detailsMessage({ history: { kind: 'none', message: 'The collector is older.' } }));
    await shown.page.getByText('The time before is not known. The collector is older.').waitFor();
    expect(await shown.violations()).toEqual([]);
  });
});

describe('the overview page', () => {
  it('keeps what was known when the collector is away, and says so until it is back', async () => {
    await using shown = await openInBrowser(browser, { name: 'overview', theme: 'light', width: 720 });
    await shown.send(overviewMessage());
    await shown.page.getByRole('heading', { name: 'Deploys' }).waitFor();
    await shown.send({ type: 'problem', message: 'The collector is away.' });
    await shown.page.getByText('What follows was known before.').waitFor();
    expect(await shown.page.getByRole('heading', { name: 'Deploys' }).count()).toBe(1);
    await shown.send(overviewMessage());
    await shown.page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('is gone through by the keyboard: into a folder, to a function, and back', async () => {
    await using shown = await openInBrowser(browser, { name: 'overview', theme: 'light', width: 1440 });
    await shown.send(overviewMessage());
    const map = shown.page.getByRole('listbox', { name: 'Map of functions' });
    const chosen = shown.page.locator('[role=option][aria-selected=true]');
    const place = shown.page.getByRole('navigation', { name: 'Folder that is shown' }).locator('[aria-current]');
    await map.focus();
    await shown.page.keyboard.press('Home');
    await expect.poll(() => chosen.textContent()).toContain('folder src/');
    await shown.page.keyboard.press('Enter');
    await expect.poll(() => place.textContent()).toBe('src/');
    await shown.page.keyboard.press('Home');
    await shown.page.keyboard.press('Enter');
    await expect.poll(() => place.textContent()).toBe('pay.ts');
    await shown.page.keyboard.press('Home');
    await expect.poll(() => chosen.textContent()).toContain('charge in src/pay.ts');
    await shown.page.keyboard.press('Enter');
    expect((await shown.said()).at(-1)).toEqual({
      type: 'openFunction',
      function: { file: 'src/pay.ts', function: 'charge', line: 3 },
    });
    await shown.page.keyboard.press('Escape');
    await expect.poll(() => place.textContent()).toBe('src/');
    expect(await shown.kept()).toMatchObject({ path: ['src'] });
  });

  it('finds functions, ranks them by what is chosen, and comes back as it was left', async () => {
    await using shown = await openInBrowser(browser, { name: 'overview', theme: 'light', width: 1440 });
    await shown.send(overviewMessage());
    await shown.page.getByRole('radio', { name: 'Calls' }).check();
    await shown.page.getByRole('searchbox', { name: 'Search' }).fill('pay');
    const found = shown.page.getByRole('table', { name: /found by “pay”/ }).getByRole('rowheader');
    await expect.poll(() => found.allTextContents()).toEqual(['refund', 'charge']);
    const state = await shown.kept();
    await using again = await openInBrowser(browser, { name: 'overview', theme: 'light', width: 1440, state });
    await again.send(overviewMessage());
    const back = again.page.getByRole('table', { name: /found by “pay”/ }).getByRole('rowheader');
    await expect.poll(() => back.allTextContents()).toEqual(['refund', 'charge']);
    expect(await again.page.getByRole('radio', { name: 'Calls' }).isChecked()).toBe(true);
  });
});
