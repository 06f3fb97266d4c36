import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../story/eventually.ts';

/** The rows of the view *Hot Functions* that are drawn: which these are, and how many fit, is another matter each time. */
export const hotRows = (page: Page): Locator =>
  page
    .locator('.pane', { has: page.locator('.pane-header', { hasText: 'Hot Functions' }) })
    .locator('[role="treeitem"]');

/** The first of them with a name of its own, such as `seed` or `Shelf.card`, and that name. */
export async function firstNamedRow(page: Page): Promise<{ readonly row: Locator; readonly name: string }> {
  const rows = hotRows(page);
  const name = await eventually('a function with a name of its own is in the view', async () => {
    const names = await rows.locator('.label-name').allTextContents();
    const own = names.find((each) => /^[A-Za-z]+(?:\.[A-Za-z]+)*$/.test(each));
    expect(own, names.join(', ')).toBeDefined();
    return own ?? '';
  });
  return { row: rows.filter({ has: page.getByText(name, { exact: true }) }).first(), name };
}
