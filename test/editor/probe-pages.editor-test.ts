/** Probes as a person places and reads them, with the extension as it is installed and the running shop, with pictures. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../story/eventually.ts';
import { type Story, startStory } from '../story/story.ts';
import { type Editor, startEditor } from './editor.ts';
import { picture } from './picture.ts';
import { makeRoomFor } from './room.ts';
import type { ThemeName } from './themes.ts';

const vsix = fileURLToPath(new URL('../../runlens.vsix', import.meta.url));
const shownMilliseconds = 90_000;
/** `const grossCents = …` */
const line = 20;

let story: Story;
let editor: Editor;
let price: string;

beforeAll(async () => {
  story = await startStory({ staging: false });
  price = join(story.shopFolder, 'pricing', 'price.ts');
  await story.priceCarts(3);
  editor = await startEditor({
    name: 'probe-pages',
    workspace: story.shopFolder,
    extensions: [{ vsix }],
    machineSettings: story.machineSettings,
    settings: { 'editor.lightbulb.enabled': 'off', 'git.blame.statusBarItem.enabled': false },
    environment: story.environment,
  });
  await eventually('the shop is known', async () =>
    expect(await story.callsOf('pricing/price.ts', 'priceLine')).toBeGreaterThan(0),
  );
});

afterAll(async () => {
  await editor?.close();
  await story?.end();
});

const see = (locator: Locator): Promise<void> => locator.first().waitFor({ timeout: shownMilliseconds });
const form = (): Locator => editor.page.locator('.quick-input-widget');
const option = (text: string | RegExp): Locator => form().locator('[role="option"]', { hasText: text });
const input = (): Locator => form().locator('input[type="text"]').first();
const row = (text: string | RegExp): Locator =>
  editor.page.locator('.pane-body [role="treeitem"]', { hasText: text }).first();

/** What decorations write behind lines. */
const endOfLineTexts = (): Promise<string[]> =>
  editor.page.evaluate<string[]>(
    `[...document.querySelectorAll('.view-line span')].map((element) =>
      getComputedStyle(element, '::after').content.replace(/^"|"$/g, '').replaceAll('\\u00a0', ' ')
    ).filter((text) => text !== 'none' && text !== '')`,
  );

// First: notifications are hidden from the first picture on.
describe('a probe that an agent asks for', () => {
  it('is told, shown whole, and armed by a person’s yes', async () => {
    const response = await fetch(`${story.collectorUrl}/api/v1/probes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${story.token}`,
        'content-type': 'application/json',
        'runlens-agent': 'copilot',
        'runlens-session': 'pages',
      },
      body: JSON.stringify({
        kind: 'counter',
        place: { file: 'pricing/price.ts', line: 27 },
        target: { service: 'shop' },
        reason: 'how often the largest discount is looked for',
      }),
    });
    expect(response.status, await response.text()).toBe(200);
    await editor.openFile(price, line);
    await editor.runCommand('runlens.probes.focus');
    await see(row(/counter.*an agent/));
    // Where it stays when the toast has gone, or was never shown.
    await editor.runCommand('notifications.showList');
    const notice = editor.page.locator('.notifications-center .notification-list-item', {
      hasText: 'asks for a probe',
    });
    await see(notice);
    await notice.getByRole('button', { name: 'Review' }).click();
    const dialog = editor.page.locator('.monaco-dialog-box');
    await see(dialog.getByText('how often the largest discount is looked for'));
    await dialog.getByRole('button', { name: 'Allow' }).click();
    await eventually('armed', async () =>
      expect(await row(/^counter/).getAttribute('aria-label')).toMatch(/armed on [1-9]/),
    );
    await editor.runCommand('notifications.hideList');
    await editor.runCommand('notifications.clearAll');
  });
});

describe('a snapshot', () => {
  it('is written in one input: names are completed, and what cannot be is said at once', async () => {
    await editor.setTheme('light');
    await editor.openFile(price, line);
    await see(editor.page.locator('.codelens-decoration a', { hasText: 'production v42' }));
    await editor.page.keyboard.press('Alt+F9');
    await option('Snapshot').click();
    await see(option('Place the snapshot'));
    await see(form().getByText('Snapshot at line 20'));
    await see(option('Place the snapshot'));
    await input().fill('quan');
    // The list is drawn anew with each key: what is clicked must be what stays.
    await eventually('only names that fit', async () => {
      const names = await form().locator('[role="option"]').allInnerTexts();
      expect(names.filter((name) => /quantity/.test(name))).toHaveLength(1);
      expect(names.join()).not.toContain('listCents');
    });
    await option(/quantity/)
      .first()
      .click();
    await eventually('completed', async () => expect(await input().inputValue()).toBe('quantity'));
    await input().fill('quantity = 1');
    await see(option('write === instead of ='));
    await input().fill('quantity === 1 && l');
    await picture(editor, 'probe-form');
    await input().fill('quantity === 1');
    await see(option('Place the snapshot, where this is true'));
    await editor.page.keyboard.press('Enter');
    await eventually('it is armed', async () => expect((await endOfLineTexts()).join()).toMatch(/◆ armed on [1-9]/));
  });

  it('has its capture in the view and its values in the text', async () => {
    await editor.runCommand('runlens.probes.focus');
    await makeRoomFor(editor.page, 'Probes');
    await see(row('snapshot if quantity === 1'));
    await story.priceCarts(1);
    await eventually('inline values', async () => expect((await endOfLineTexts()).join()).toMatch(/listCents = \d+/));
    await row('snapshot if quantity === 1').locator('.monaco-tl-twistie').click();
    const capture = row(/quantity = 1|listCents = /);
    await see(capture);
    await capture.locator('.monaco-tl-twistie').click();
    await see(row(/listCents:/));
    const spoken = await row('snapshot if quantity === 1').getAttribute('aria-label');
    expect(spoken).toMatch(/snapshot if quantity === 1 at pricing\/price\.ts:20 \(priceLine\), armed on/);
  });

  for (const theme of ['light', 'dark', 'high-contrast'] satisfies ThemeName[]) {
    it(`can be read in ${theme}`, async () => {
      await editor.setTheme(theme);
      await see(row(/listCents:/));
      await eventually('the mark', async () =>
        expect(await editor.page.locator('.glyph-margin-widgets .cgmr').count()).toBeGreaterThan(0),
      );
      await picture(editor, `probes-${theme}`);
    });
  }
});
