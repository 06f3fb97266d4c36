// Pictures of the editor: written to test-results/ by each run, and to docs/images/ with RUNLENS_UPDATE_IMAGES=1.
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Editor } from './editor.ts';
import type { ScreenshotOptions } from './screenshot.ts';

const imagesFolder = fileURLToPath(new URL('../../docs/images', import.meta.url));
/** The README is read over slow lines, too. */
const mostBytes = 400_000;

export const updatesImages = process.env.RUNLENS_UPDATE_IMAGES === '1';

/** Takes a picture; throws when it is larger than the documentation can have. */
export async function picture(editor: Editor, name: string, options?: ScreenshotOptions): Promise<void> {
  const file = await editor.screenshot(name, options);
  const { size } = await stat(file);
  if (size > mostBytes) throw new Error(`${file} has ${size} bytes, more than ${mostBytes}`);
  if (!updatesImages) return;
  await mkdir(imagesFolder, { recursive: true });
  await copyFile(file, join(imagesFolder, `${name}.png`));
}
