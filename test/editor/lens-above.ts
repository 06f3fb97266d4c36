import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../story/eventually.ts';

/**
 * The lens with this text that is drawn above a line of code. Lenses that follow the cursor are drawn where they were for
 * a while after it has moved, though the editor, when it is asked, has them where they will be.
 */
export async function lensAbove(page: Page, code: string, text: string | RegExp): Promise<Locator> {
  const links = page.locator('.codelens-decoration a', { hasText: text });
  const line = page.locator('.view-line', { hasText: code }).first();
  return eventually(`the lens ${text} is drawn above "${code}"`, async () => {
    const below = await line.boundingBox();
    if (!below) throw new Error('the line is out of sight');
    const gaps: number[] = [];
    for (const link of await links.all()) {
      const lens = await link.boundingBox();
      const gap = lens ? below.y - (lens.y + lens.height) : Number.NaN;
      if (Math.abs(gap) < below.height / 2) return link;
      gaps.push(gap);
    }
    expect.fail(`such lenses are drawn at these distances in pixels: ${gaps.join(', ')}`);
  });
}
