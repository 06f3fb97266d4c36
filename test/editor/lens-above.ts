import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../story/eventually.ts';

/**
 * The one drawn lens with this text, when it stands above a line of code. Lenses that follow the cursor are drawn where
 * they were for a while after it has moved, though the editor, when it is asked, has them where they will be.
 */
export async function lensAbove(page: Page, code: string, text: string): Promise<Locator> {
  const link = page.locator('.codelens-decoration a', { hasText: text });
  const line = page.locator('.view-line', { hasText: code });
  await eventually(`the lens "${text}" is drawn above "${code}"`, async () => {
    expect(await link.count()).toBe(1);
    const [lens, below] = await Promise.all([link.boundingBox(), line.first().boundingBox()]);
    if (!lens || !below) throw new Error('it is out of sight');
    const gap = below.y - (lens.y + lens.height);
    expect(Math.abs(gap), `pixels between them: ${gap}`).toBeLessThan(below.height / 2);
  });
  return link;
}
