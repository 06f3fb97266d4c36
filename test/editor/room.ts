import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../story/eventually.ts';

/** Closes the other views of the side bar: rows that have no room are not drawn. */
export async function makeRoomFor(page: Page, view: string): Promise<void> {
  const others = page.locator('.sidebar .pane-header[aria-expanded="true"]:visible').filter({ hasNotText: view });
  await eventually(`only ${view} is open`, async () => {
    const open = await others.count();
    if (open > 0) await others.first().click();
    expect(open).toBe(0);
  });
}
