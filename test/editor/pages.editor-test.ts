/** What a person sees and does with the extension as it is installed, page by page, with pictures. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../story/eventually.ts';
import { readLens } from '../story/lens-text.ts';
import { type Story, startStory } from '../story/story.ts';
import { type Editor, startEditor } from './editor.ts';
import { firstNamedRow, hotRows } from './hot-rows.ts';
import { hoverOf } from './hover.ts';
import { lensAbove } from './lens-above.ts';
import { picture, updatesImages } from './picture.ts';
import type { ThemeName } from './themes.ts';

const vsix = fileURLToPath(new URL('../../runlens.vsix', import.meta.url));
/** Pictures for the documentation show a service that has run for a while. */
const enoughCalls = updatesImages ? 60_000 : 2_000;
const shownSeconds = 90;

let story: Story;
let editor: Editor;
let price: string;

beforeAll(async () => {
  story = await startStory();
  price = join(story.shopFolder, 'pricing', 'price.ts');
  await story.startLoad({ rate: 60, checkoutRate: 12 });
  await story.checkOut(20, story.staging);
  editor = await startEditor({
    name: 'pages',
    workspace: story.shopFolder,
    extensions: [{ vsix }],
    machineSettings: story.machineSettings,
    // What has nothing to do with Runlens stays out of the pictures.
    settings: {
      'editor.lightbulb.enabled': 'off',
      'git.blame.statusBarItem.enabled': false,
      'runlens.hotFunctions.limit': 20,
    },
    environment: story.environment,
  });
  await eventually(
    'customers are served',
    async () => expect(await story.callsOf('pricing/price.ts', 'priceLine')).toBeGreaterThan(enoughCalls),
    180,
  );
  await story.stopLoad();
});

afterAll(async () => {
  await editor?.close();
  await story?.end();
});

/** Lines of `price` with a callback of one line: it has a lens while it is hot, which a new number can change. */
const callbacks = [6, 7, 26];

const linesWithNumbers = async (): Promise<readonly number[]> =>
  (await editor.codeLenses(price))
    .filter(({ line, title }) => title.includes('/min') && !callbacks.includes(line))
    .map(({ line }) => line);

const lens = (text: string | RegExp): Locator => editor.page.locator('.codelens-decoration a', { hasText: text });

/** The webview that is shown. */
function detailsPage(): FrameLocator {
  return editor.page.frameLocator('iframe.webview').frameLocator('#active-frame');
}

async function see(locator: Locator): Promise<void> {
  await locator.first().waitFor({ timeout: shownSeconds * 1_000 });
}

describe('the lens', () => {
  for (const theme of ['light', 'dark', 'high-contrast'] satisfies ThemeName[]) {
    it(`is above the functions of the shop (${theme})`, async () => {
      await editor.openFile(price, 1);
      await editor.setTheme(theme);
      await see(lens(/\/min · p50 .+ production v42/));
      await picture(editor, `lens-${theme}`);
    });
  }

  it('is above a callback that stands within one line only where it is hot', async () => {
    const lenses = await editor.codeLenses(price);
    expect(lenses.map(({ line }) => line)).toContain(15);
    for (const { line, title } of lenses) if (callbacks.includes(line)) expect(title).toContain('▲');
  });

  it('stays where it is, and its line with it, when its numbers change', async () => {
    await editor.setTheme('light');
    await editor.openFile(price, 15);
    const line = editor.page.locator('.view-line', { hasText: 'priceLine(line: Line' });
    await see(line);
    await lensAbove(editor.page, 'priceLine(line: Line', /\/min/);
    // All of them: the editor draws its lenses in no order of their lines.
    const texts = async () => (await lens(/\/min/).allTextContents()).sort();
    const before = { texts: await texts(), box: await line.boundingBox() };
    // Every height and place that the code has while new numbers come.
    const places = new Set<number>();
    await story.startLoad({ rate: 60 });
    await eventually('the numbers change', async () => {
      places.add((await line.boundingBox())?.y ?? -1);
      expect(await texts()).not.toEqual(before.texts);
    });
    places.add((await line.boundingBox())?.y ?? -1);
    await story.stopLoad();
    expect([...places]).toEqual([before.box?.y]);
  });

  it('tells the whole profile in the hover', async () => {
    await editor.openFile(price, 15);
    const hover = await hoverOf(editor.page, 'priceLine(line: Line', 'priceLine');
    await see(hover.getByText('p95'));
    await picture(editor, 'hover', { keepMouse: true });
    await editor.page.keyboard.press('Escape');
    await editor.page.mouse.move(0, 0);
  });

  it('can stand at the end of the line, where it moves no line of code', async () => {
    await editor.openFile(price, 15);
    await editor.updateSettings({ 'runlens.lens.position': 'endOfLine' });
    await expect.poll(() => lens(/\/min/).count(), { timeout: shownSeconds * 1_000 }).toBe(0);
    await eventually('decorations', async () => {
      const texts = await endOfLineTexts();
      expect(texts.some((text) => readLens(text) && text.includes('production v42'))).toBe(true);
    });
    await picture(editor, 'lens-end-of-line');
    await editor.updateSettings({ 'runlens.lens.position': null });
    await see(lens(/\/min/));
  });

  it('can be short, with another environment beside it', async () => {
    await editor.openFile(price, 15);
    await editor.updateSettings({ 'runlens.lens.style': 'compact', 'runlens.lens.besideEnvironment': 'staging' });
    await see(lens(/\/min · [^·]+ · production ┃ [\d.k]+\/min · .+ · staging$/));
    await picture(editor, 'lens-beside');
    await editor.updateSettings({ 'runlens.lens.style': null, 'runlens.lens.besideEnvironment': null });
    await see(lens(/\/min · p50 .+ production v42$/));
  });

  it('is on each side of a diff that of its own version', async () => {
    await editor.updateSettings({ 'diffEditor.codeLens': true });
    await editor.evaluate(async (vscode, path) => {
      const file = vscode.Uri.file(path);
      const committed = file.with({ scheme: 'git', query: JSON.stringify({ path: file.fsPath, ref: 'HEAD' }) });
      await vscode.commands.executeCommand('vscode.diff', committed, file, 'price.ts (HEAD)');
    }, price);
    const on = (side: 'original' | 'modified', text: RegExp) =>
      editor.page.locator(`.monaco-diff-editor .editor.${side} .codelens-decoration a`, { hasText: text });
    await see(on('original', /\/min · p50 .+ production v42/));
    await see(on('modified', /\/min · p50 .+ production v42/));
    await editor.insertText(price, 16, 0, '  if (line.quantity > 1_000_000) throw new RangeError(line.sku);\n');
    await see(on('modified', /^changed since v42 · before: /));
    expect(await on('original', /changed/).count()).toBe(0);
    await picture(editor, 'lens-diff');
    await editor.runFromPalette('File: Revert File');
    await see(on('modified', /\/min · p50 .+ production v42/));
    await editor.updateSettings({ 'diffEditor.codeLens': null });
    await editor.runCommand('workbench.action.closeActiveEditor');
    await editor.openFile(price, 15);
  });

  it('can be left out: the gutter and the hover remain', async () => {
    await editor.updateSettings({ 'runlens.lens.position': 'none' });
    await expect.poll(() => lens(/\/min/).count(), { timeout: shownSeconds * 1_000 }).toBe(0);
    await eventually('heat in the gutter', async () =>
      expect(await editor.page.locator('.glyph-margin-widgets .cgmr').count()).toBeGreaterThan(0),
    );
    await picture(editor, 'gutter-heat');
    await editor.updateSettings({ 'runlens.lens.position': null });
    await see(lens(/\/min/));
  });
});

/** What decorations write behind lines: the text of pseudo-elements, as the page draws it. */
function endOfLineTexts(): Promise<string[]> {
  return editor.page.evaluate<string[]>(
    `[...document.querySelectorAll('.view-line span')].map((element) =>
      getComputedStyle(element, '::after').content.replace(/^"|"$/g, '').replaceAll('\\u00a0', ' ')
    ).filter((text) => text !== 'none' && text !== '')`,
  );
}

describe('the details page', () => {
  it('opens from the lens, with headings and tables', async () => {
    await editor.openFile(join(story.shopFolder, 'payments', 'gateway-client.ts'), 33);
    const line = editor.page.locator('.view-line', { hasText: 'async charge(' });
    await see(line);
    await see(lens(/errors in staging/));
    await lens(/errors in staging/)
      .first()
      .click();
    const page = detailsPage();
    await see(page.getByRole('heading', { level: 1, name: 'GatewayClient.charge' }));
    for (const name of ['Latency', 'Environments', 'Versions']) {
      await see(page.getByRole('heading', { level: 2, name }));
    }
    await see(page.getByRole('table', { name: 'The same function elsewhere' }));
    await see(page.getByRole('img', { name: /^Latency histogram/ }));
    await picture(editor, 'details');
  });

  it('shows the function over time, moment by moment', async () => {
    const chart = detailsPage().getByRole('slider', { name: 'Latency over time', exact: true });
    await chart.scrollIntoViewIfNeeded();
    // The newest moment is read, too: it is the only one that was timed when all of this took less than a minute.
    await eventually('a moment in which it was timed', async () =>
      expect(await momentsOf(chart)).toContainEqual(expect.stringMatching(/p50 .+ p99/)),
    );
  });

  for (const theme of ['light', 'dark', 'high-contrast'] satisfies ThemeName[]) {
    it(`can be read by everybody (${theme})`, async () => {
      await editor.setTheme(theme);
      expect(await violationsOfPage()).toEqual([]);
      if (theme !== 'light') await picture(editor, `details-${theme}`);
    });
  }

  it('shows another environment at the press of a key', async () => {
    await editor.setTheme('light');
    const button = detailsPage().getByRole('button', { name: 'staging' });
    await button.focus();
    await editor.page.keyboard.press('Enter');
    await see(detailsPage().getByText(/shop · staging/));
    await eventually('the lens follows', async () => expect(await lens(/staging v43/).count()).toBeGreaterThan(0));
    await detailsPage().getByRole('button', { name: 'production' }).press('Enter');
    await see(detailsPage().getByText(/shop · production/));
  });

  it('leads back to the code', async () => {
    await detailsPage()
      .getByRole('button', { name: /gateway-client\.ts:\d+/ })
      .press('Enter');
    await eventually('the cursor', async () => {
      const at = await editor.evaluate((vscode) => vscode.window.activeTextEditor?.document.uri.path ?? '');
      expect(at).toContain('gateway-client.ts');
    });
  });

  it('comes back after a reload of the window, also when its file is behind another', async () => {
    await editor.runCommand('workbench.action.closeAllEditors');
    await editor.openFile(price, 15);
    await see(lens(/\/min/));
    await editor.runFromPalette('Runlens: Show Details of the Function at the Cursor');
    const heading = detailsPage().getByRole('heading', { level: 1, name: 'priceLine' });
    await see(heading);
    await editor.runCommand('workbench.action.focusFirstEditorGroup');
    await editor.openFile(join(story.shopFolder, 'orders', 'cart.ts'), 1);
    await editor.reloadWindow();
    await see(heading);
    await see(detailsPage().getByRole('heading', { level: 2, name: 'Latency' }));
  });
});

/** What a chart says of each moment, the newest first, as the keys lead from one to the next. */
async function momentsOf(chart: Locator): Promise<readonly string[]> {
  const moments: string[] = [];
  await chart.press('End');
  const newest = Number(await chart.getAttribute('aria-valuenow'));
  for (let moment = newest; moment >= 0; moment -= 1) {
    expect(Number(await chart.getAttribute('aria-valuenow'))).toBe(moment);
    moments.push((await chart.getAttribute('aria-valuetext')) ?? '');
    await chart.press('ArrowLeft');
  }
  return moments;
}

/** What axe finds in the webview that is shown. */
async function violationsOfPage(): Promise<unknown> {
  const frame = await (await detailsPage().locator('body').elementHandle())?.ownerFrame();
  if (!frame) throw new Error('the page is in no frame');
  await frame.evaluate(axe.source);
  return frame.evaluate<{ id: string; help: string; nodes: string[] }[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }).then(({ violations }) =>
      violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) })))`,
  );
}

describe('the overview page', () => {
  it('shows all functions of the service, by time and by calls', async () => {
    await editor.runCommand('workbench.action.closeAllEditors');
    await editor.setTheme('light');
    await editor.runFromPalette('Runlens: Show Overview of the Service');
    const page = detailsPage();
    await see(page.getByRole('heading', { level: 1, name: 'shop' }));
    await page.getByRole('radio', { name: 'Calls' }).check();
    await see(page.getByRole('table', { name: 'In all, most calls first' }));
    await page.getByRole('radio', { name: 'Time' }).check();
  });

  for (const theme of ['light', 'dark', 'high-contrast'] satisfies ThemeName[]) {
    it(`can be read by everybody (${theme})`, async () => {
      await editor.setTheme(theme);
      await see(detailsPage().getByRole('table', { name: 'In all, most time first' }));
      expect(await violationsOfPage()).toEqual([]);
      await picture(editor, `overview-${theme}`);
    });
  }

  it('leads to the code of a function', async () => {
    await editor.setTheme('light');
    const page = detailsPage();
    await page.getByRole('searchbox', { name: 'Search' }).fill('priceLine');
    await page.getByRole('button', { name: 'priceLine', exact: true }).press('Enter');
    await eventually('the cursor', async () => {
      const at = await editor.evaluate((vscode) => vscode.window.activeTextEditor?.document.uri.path ?? '');
      expect(at).toContain('pricing/price.ts');
    });
  });
});

describe('the view of hot functions', () => {
  it('ranks the functions of the service, each spoken with its numbers, and opens their code', async () => {
    await editor.runCommand('workbench.action.closeAllEditors');
    await editor.runCommand('runlens.hotFunctions.focus');
    const rows = hotRows(editor.page);
    await see(rows);
    const spoken = (await rows.first().getAttribute('aria-label')) ?? '';
    expect(spoken).toMatch(/calls, .+ failed.+ p50 .+ p99 .+ in all/);
    await editor.openFile(price, 1);
    await see(lens(/\/min/));
    await picture(editor, 'hot-functions');
    const { row, name } = await firstNamedRow(editor.page);
    await row.click();
    await eventually('the code is open', async () => {
      const at = await editor.evaluate((vscode) => {
        const shown = vscode.window.activeTextEditor;
        return shown?.document.lineAt(shown.selection.active.line).text ?? '';
      });
      expect(at).toMatch(new RegExp(`\\b${name.split('.').at(-1)}\\b`));
    });
    await editor.runCommand('workbench.action.closeSidebar');
  });
});

describe('the commands', () => {
  it('show details of the function at the cursor, by the keyboard alone', async () => {
    await editor.runCommand('workbench.action.closeAllEditors');
    await editor.openFile(price, 15);
    await see(lens(/\/min/));
    await editor.runFromPalette('Runlens: Show Details of the Function at the Cursor');
    await see(detailsPage().getByRole('heading', { level: 1, name: 'priceLine' }));
    await editor.runCommand('workbench.action.closeAllEditors');
  });

  it('pick an environment, a window and a position, and say in the status bar what is shown', async () => {
    await editor.openFile(price, 15);
    await see(lens(/production v42/));
    await pick('Runlens: Select Environment', 'staging');
    await see(lens(/staging v43/));
    await see(status(/shop · staging/));
    await pick('Runlens: Select Environment', 'Chosen for each file');
    await see(lens(/production v42/));
    await pick('Runlens: Select Time Window', '1h');
    await see(status(/shop/));
    await pick('Runlens: Select Time Window', '15m');
    await pick('Runlens: Select Service', 'shop');
    await see(status(/shop · production/));
    await pick('Runlens: Select Service', 'Chosen for each file');
  });

  it('explain what is absent, with remedies that exist', async () => {
    await editor.openFile(join(story.shopFolder, 'pricing', 'coupons.ts'), 35);
    await see(lens(/not called in the last 15m/));
    await picture(editor, 'not-called');
    await lens(/not called in the last 15m/)
      .first()
      .click();
    const explained = editor.page.locator('.quick-input-widget');
    await see(explained.getByText(/is measured since/));
    await picture(editor, 'why');
    await editor.page.keyboard.press('Escape');
  });
});

describe('a collector that goes away', () => {
  it('leaves what was known on the screen, and says so', async () => {
    await editor.openFile(price, 1);
    await see(lens(/\/min/));
    const before = await linesWithNumbers();
    expect(before).toContain(15);
    await story.killCollector();
    await see(lens(/collector away/));
    await see(status(/collector away/));
    expect(await linesWithNumbers()).toEqual(before);
    await picture(editor, 'collector-away');
    await story.startCollector();
    await eventually('back', async () => expect(await lens(/collector away/).count()).toBe(0));
  });
});

/** Chooses in the quick pick of a command, as a person does. */
async function pick(command: string, label: string): Promise<void> {
  await editor.runFromPalette(command);
  const rows = editor.page.locator('.quick-input-widget [role="option"]');
  const row = rows.filter({ has: editor.page.locator('.label-name', { hasText: label }) });
  await see(row);
  await row.first().click();
}

const status = (text: RegExp): Locator => editor.page.locator('.statusbar-item', { hasText: text });
