// Screenshots that are the same from run to run: fonts loaded, nothing blinking, no notification, no hover by chance.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';

const pauseMilliseconds = 200;
/** As many pictures in a row have to be the same. */
const samePictures = 3;
const mostAttempts = 150;

const quietStyle = `
  .monaco-editor .cursor, .xterm-cursor { visibility: hidden !important; }
  .notifications-toasts, .notifications-center { display: none !important; }
  * { caret-color: transparent !important; transition: none !important; animation-duration: 0s !important; }
`;

export interface ScreenshotOptions {
  /** Only this part of the page; the whole viewport unless told. */
  readonly of?: Locator;
  /** Keeps the mouse where it is, for a picture of a hover; it is moved away unless told. */
  readonly keepMouse?: boolean;
}

/**
 * Writes a PNG when three pictures in a row are the same. Throws when the page does not come to rest (half a minute at least), as
 * such a picture would differ from run to run.
 */
export async function takeScreenshot(page: Page, file: string, options: ScreenshotOptions = {}): Promise<void> {
  const style = await page.addStyleTag({ content: quietStyle });
  try {
    if (options.keepMouse !== true) await page.mouse.move(0, 0);
    await page.evaluate('document.fonts.ready.then(() => true)');
    const target = options.of ?? page;
    let previous = await target.screenshot({ animations: 'disabled', caret: 'hide' });
    let same = 1;
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      await sleep(pauseMilliseconds);
      const current = await target.screenshot({ animations: 'disabled', caret: 'hide' });
      same = current.equals(previous) ? same + 1 : 1;
      if (same === samePictures) {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, current);
        return;
      }
      previous = current;
    }
    throw new Error(`the page did not come to rest for ${file}: something in it keeps moving`);
  } finally {
    await style.evaluate((element) => element.remove()).catch(() => {});
  }
}
