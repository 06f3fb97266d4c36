import type { Locator, Page } from 'playwright-core';
import { eventually } from '../story/eventually.ts';

const shownMilliseconds = 5_000;

/**
 * The hover of a word of the code, opened by the mouse. The mouse comes anew while there is none: a line that moves
 * under the mouse, as it does when a lens comes above it, takes the hover away.
 */
export async function hoverOf(page: Page, code: string, word: string): Promise<Locator> {
  const place = page.locator('.view-line', { hasText: code }).getByText(word).first();
  const hover = page.locator('.monaco-hover:visible', { hasText: 'Runlens' }).first();
  await eventually(`the hover of ${word}`, async () => {
    if (await hover.isVisible()) return;
    await page.mouse.move(0, 0);
    await place.hover();
    await hover.waitFor({ timeout: shownMilliseconds });
  });
  return hover;
}
