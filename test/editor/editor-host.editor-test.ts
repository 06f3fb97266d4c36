import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../story/eventually.ts';
import { type Editor, startEditor } from './editor.ts';
import { ensureEditorHost } from './editor-host.ts';
import { runExtensionSuite } from './extension-suite.ts';
import type { ThemeName } from './themes.ts';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), 'fixtures');
const extension = join(fixtures, 'sample-extension');
const workspace = join(fixtures, 'sample-workspace');
const shop = join(workspace, 'shop.js');
const mail = join(fixtures, 'second-workspace', 'mail.js');

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'runlens-editor-test-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('an editor with an extension under development', () => {
  let editor: Editor;
  beforeAll(async () => {
    editor = await startEditor({
      name: 'sample-development',
      workspace,
      extensions: [{ developmentPath: extension }],
      environment: { SAMPLE_WORD: 'kiwi' },
      screenshotsFolder: scratch,
    });
  });
  afterAll(() => editor?.close());

  it('shows the lenses of the extension, with the environment that the session was given', async () => {
    await editor.openFile(shop, 5);
    await editor.page.getByText('▲ checkout · line 5 · kiwi').waitFor({ timeout: 60_000 });
    expect(await editor.codeLenses(shop)).toEqual([
      { line: 1, title: '▲ listProducts · line 1 · kiwi' },
      { line: 5, title: '▲ checkout · line 5 · kiwi' },
    ]);
  });

  it('takes pictures that are the same each time, and differ from theme to theme', async () => {
    const pictures: Buffer[] = [];
    for (const theme of ['light', 'dark', 'high-contrast'] satisfies ThemeName[]) {
      await editor.setTheme(theme);
      // The window is whole some time after it is restored: until then something may come between two pictures.
      const first = await eventually(`two pictures in ${theme} are the same`, async () => {
        const one = readFileSync(await editor.screenshot(`lens-${theme}`));
        const other = readFileSync(await editor.screenshot(`lens-${theme}-again`));
        // Chromium draws a few pixels of rounded corners one way or the other.
        expect(await differingPixels(editor.page, one, other), 'pixels that differ').toBeLessThan(50);
        return one;
      });
      for (const other of pictures) expect(await differingPixels(editor.page, first, other)).toBeGreaterThan(10_000);
      pictures.push(first);
    }
  });

  it('runs a command of the extension from the palette, and one by its id', async () => {
    await editor.runFromPalette('Sample Lens: Greet');
    await editor.page.getByText('Greetings from the sample').first().waitFor({ timeout: 60_000 });
    expect(
      await editor.runCommand('vscode.executeDocumentSymbolProvider', null).catch((e: Error) => e.message),
    ).toContain('in the extension host');
  });

  it('says which command the palette does not have', async () => {
    await expect(editor.runFromPalette('Sample Lens: No Such Command')).rejects.toThrow('No Such Command');
  });

  it('moves a lens with its function when a line is typed above it, and forgets the edit at a reload', async () => {
    await editor.insertText(shop, 1, 0, '// a line above\n');
    expect((await editor.codeLenses(shop)).map((lens) => lens.line)).toEqual([2, 6]);
    await editor.runCommand('workbench.action.files.revert');
    await editor.reload();
    expect((await editor.codeLenses(shop)).map((lens) => lens.line)).toEqual([1, 5]);
  });

  it('leaves no process and no folder behind', async () => {
    const inside = await editor.evaluate(() => ({ extensionHost: process.pid, server: process.ppid }));
    expect(isAlive(inside.extensionHost) && isAlive(inside.server)).toBe(true);
    await editor.close();
    expect({ host: isAlive(inside.extensionHost), server: isAlive(inside.server) }).toEqual({
      host: false,
      server: false,
    });
    expect(existsSync(editor.profile.folder)).toBe(false);
  });
});

describe('an editor with an installed .vsix, two folders and Restricted Mode', () => {
  it('shows lenses in both folders, trusts neither, and is no development host', async () => {
    const vsix = join(scratch, 'sample.vsix');
    await createVSIX({
      cwd: extension,
      packagePath: vsix,
      allowMissingRepository: true,
      skipLicense: true,
      dependencies: false,
    });
    await using editor = await startEditor({
      name: 'sample-installed',
      workspace: join(fixtures, 'two-folders.code-workspace'),
      extensions: [{ vsix }],
      trust: 'restricted',
      theme: 'dark',
    });
    const state = await editor.evaluate((vscode) => ({
      trusted: vscode.workspace.isTrusted,
      folders: vscode.workspace.workspaceFolders?.map((folder) => folder.name),
      installed: vscode.extensions.getExtension('runlens-test.sample-lens')?.packageJSON.version,
    }));
    expect(state).toEqual({ trusted: false, folders: ['sample-workspace', 'second-workspace'], installed: '0.0.1' });
    await editor.openFile(mail);
    await editor.page.getByText('▲ send · line 1').waitFor({ timeout: 60_000 });
    await editor.openFile(shop);
    await editor.page.getByText('▲ listProducts · line 1').waitFor({ timeout: 60_000 });
    await editor.page.getByText('Restricted Mode').first().waitFor({ timeout: 60_000 });
    await editor.trustWorkspace();
    expect(await editor.evaluate((vscode) => vscode.workspace.isTrusted)).toBe(true);
    expect(await editor.page.title()).not.toContain('Extension Development Host');
  });
});

describe('a suite in the extension host', () => {
  const suite = join(fixtures, 'sample-suite', 'index.cjs');
  const base = { suite, extensionDevelopmentPath: extension, workspace };

  it('passes where its tests pass', async () => {
    await runExtensionSuite({ ...base, environment: { SAMPLE_WORD: 'plum' } });
  });

  it('fails with an exit code where a test fails, and shows its report', async () => {
    let output = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      output += String(chunk);
      return true;
    });
    try {
      const run = runExtensionSuite({ ...base, environment: { SAMPLE_FAILS: 'yes' } });
      await expect(run).rejects.toMatchObject({ code: 1 });
    } finally {
      write.mockRestore();
    }
    expect(output).toContain('2 passing');
    expect(output).toContain('AssertionError [ERR_ASSERTION]: told to fail');
  });

  it('is stopped when it does not end in time', async () => {
    const run = runExtensionSuite({ ...base, suite: join(fixtures, 'broken-suite', 'endless.cjs'), timeoutSeconds: 5 });
    await expect(run).rejects.toMatchObject({ code: 1 });
  });
});

describe('an editor whose owner is killed', () => {
  it('ends by itself, and its folder goes', async () => {
    const owner = spawn(process.execPath, ['--conditions=runlens-source', join(fixtures, 'owner.ts'), workspace], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(owner.stdout), 'line', { signal: AbortSignal.timeout(60_000) });
    const { server, folder } = JSON.parse(line);
    expect(isAlive(server)).toBe(true);
    owner.kill('SIGKILL');
    await expect.poll(() => isAlive(server) || existsSync(folder), { timeout: 60_000 }).toBe(false);
  });
});

describe('an editor that cannot start', () => {
  it('says what happened and where the logs are', async () => {
    const host = await ensureEditorHost();
    const broken = { ...host, serverMain: join(fixtures, 'broken-suite', 'no-run.cjs') };
    await expect(startEditor({ host: broken, name: 'broken' })).rejects.toThrow(/ended with code 0[\s\S]*logs: \S+/);
  });

  it('says so when the extension cannot be installed', async () => {
    const run = startEditor({ extensions: [{ vsix: join(scratch, 'absent.vsix') }], name: 'absent' });
    await expect(run).rejects.toThrow(/absent\.vsix could not be installed/);
  });
});

/** How many pixels of two pictures of one size differ. */
async function differingPixels(page: Page, a: Buffer, b: Buffer): Promise<number> {
  const blank = await page.context().newPage();
  try {
    return await blank.evaluate<number>(
      `(async (sources) => {
        const [a, b] = await Promise.all(sources.map(async (source) => {
          const image = new Image();
          image.src = 'data:image/png;base64,' + source;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
          canvas.drawImage(image, 0, 0);
          return new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer);
        }));
        return a.reduce((count, pixel, index) => count + (pixel === b[index] ? 0 : 1), 0);
      })(${JSON.stringify([a.toString('base64'), b.toString('base64')])})`,
    );
  } finally {
    await blank.close();
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
