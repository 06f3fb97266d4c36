/**
 * A real VS Code for a test or for the demo.
 *
 *     const editor = await startEditor({
 *       workspace: '/path/of/folder',                  // or a .code-workspace file
 *       extensions: [{ developmentPath: repository }], // or [{ vsix: 'dist/runlens.vsix' }]
 *       settings: { 'runlens.collector.url': url },
 *       environment: { RUNLENS_HOME: home },
 *       theme: 'dark',
 *     });
 *     try {
 *       await editor.openFile('/path/of/folder/shop.ts', 12);
 *       await editor.page.getByText('40.2k/min').waitFor();
 *       const titles = await editor.evaluate(async (vscode, path) => {
 *         const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
 *           'vscode.executeCodeLensProvider', vscode.Uri.file(path), 100);
 *         return lenses.map((lens) => lens.command?.title);
 *       }, '/path/of/folder/shop.ts');
 *       await editor.screenshot('lens-dark');
 *     } finally {
 *       await editor.close();
 *     }
 *
 * Every session has folders, a server and a browser of its own on a port of its own, so sessions may run side by side.
 * `close()` ends all of it, by process id, and removes the folders. What `startEditor` cannot reach in time it throws,
 * with what did not happen, the last of the logs, and where copies of all logs are (test-results/editor/…).
 * `await using editor = await startEditor(…)` works too. For suites inside the extension host see extension-suite.ts;
 * for an editor that a person opens in a browser of theirs see served-editor.ts.
 */
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { DriverClient, type EvaluateOptions, type InExtensionHost } from './driver-client.ts';
import { type EditorHost, ensureEditorHost } from './editor-host.ts';
import { type EditorPage, openPage, openWorkbench, workbenchRestored } from './editor-page.ts';
import type { EditorProfile } from './editor-profile.ts';
import { type ScreenshotOptions, takeScreenshot } from './screenshot.ts';
import { type ServedEditor, type ServeOptions, serveEditor } from './served-editor.ts';
import { copyLogs, resultsFolder } from './session-logs.ts';
import { type ThemeName, themeClasses, themeNames } from './themes.ts';

const driverTimeoutMilliseconds = 120_000;
const usualTimeoutMilliseconds = 90_000;

export interface EditorOptions extends Omit<ServeOptions, 'withDriver' | 'port'> {
  /** Pixels; 1440 × 900 unless told. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** 2 makes pictures for pages that are read on sharp screens; 1 unless told. */
  readonly deviceScaleFactor?: number;
  /** Where `screenshot(name)` writes; test-results/editor/screenshots unless told. */
  readonly screenshotsFolder?: string;
  /** Found by `ensureEditorHost()` unless given. */
  readonly host?: EditorHost;
  readonly log?: (line: string) => void;
}

export interface Editor extends AsyncDisposable {
  readonly page: Page;
  readonly profile: EditorProfile;
  readonly version: string;
  /** Runs a function in the extension host: `(vscode, argument) => result`, both as JSON. It sees nothing else. */
  evaluate<Result>(code: InExtensionHost<undefined, Result>): Promise<Result>;
  evaluate<Argument, Result>(
    code: InExtensionHost<Argument, Result>,
    argument: Argument,
    options?: EvaluateOptions,
  ): Promise<Result>;
  /** Runs a command by its id, with arguments that are JSON, and gives its result as JSON. */
  runCommand(id: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Runs a command as a person does: by its title in the command palette, such as `Runlens: Show Profile`. */
  runFromPalette(title: string): Promise<void>;
  /** Opens a file and puts the cursor on a line (1-based), which is scrolled to the middle; resolves when that is drawn. */
  openFile(path: string, line?: number): Promise<void>;
  /** Replaces text as an edit of the user does, leaving the document unsaved. Lines are 1-based, columns 0-based. */
  insertText(path: string, line: number, column: number, text: string): Promise<void>;
  /** The titles of a file's lenses as the editor has them, with their lines (1-based), sorted. */
  codeLenses(path: string): Promise<readonly { readonly line: number; readonly title: string }[]>;
  setTheme(theme: ThemeName): Promise<void>;
  /** Leaves Restricted Mode, as a person does by the workspace trust editor. */
  trustWorkspace(): Promise<void>;
  updateSettings(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /**
   * Loads the page anew, and with it the extension host; resolves when both are back. Tabs that the window has not stored yet
   * are lost.
   */
  reload(): Promise<void>;
  /** The same by the editor's command, which stores its tabs before. */
  reloadWindow(): Promise<void>;
  /** Writes a stable picture and gives its path. */
  screenshot(name: string, options?: ScreenshotOptions): Promise<string>;
  /** Copies the logs of the session to test-results/editor/ and gives the folder. */
  keepLogs(): Promise<string>;
  close(): Promise<void>;
}

/** Starts an editor and resolves when its window is restored and its extension host answers (usually 5 to 8 s). */
export async function startEditor(options: EditorOptions = {}): Promise<Editor> {
  const host = options.host ?? (await ensureEditorHost(options.log === undefined ? {} : { log: options.log }));
  const served = await serveEditor(host, { ...options, withDriver: true });
  let editorPage: EditorPage | undefined;
  try {
    editorPage = await openPage({
      host,
      width: options.viewport?.width ?? 1440,
      height: options.viewport?.height ?? 900,
      deviceScaleFactor: options.deviceScaleFactor ?? 1,
      headless: true,
    });
    const session = new EditorSession(host.version, served, editorPage, options.screenshotsFolder);
    await openWorkbench(editorPage.page, served.url);
    await session.ready();
    return session;
  } catch (error) {
    const logs = await keepLogsOf(served.name, served.profile, editorPage).catch(
      () => 'nowhere: they could not be copied',
    );
    const tail = [...(editorPage?.consoleLines() ?? []).slice(-15), served.server.process.tail().slice(-1_500)];
    await stopAll(editorPage, served);
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`the editor did not start: ${what}\nlogs: ${logs}\n${tail.join('\n')}`, { cause: error });
  }
}

class EditorSession implements Editor {
  readonly page: Page;
  readonly profile: EditorProfile;
  readonly version: string;
  readonly #served: ServedEditor;
  readonly #editorPage: EditorPage;
  readonly #driver: DriverClient;
  readonly #name: string;
  readonly #screenshots: string;
  #closed: Promise<void> | undefined;

  constructor(version: string, served: ServedEditor, editorPage: EditorPage, screenshotsFolder: string | undefined) {
    this.page = editorPage.page;
    this.profile = served.profile;
    this.version = version;
    this.#served = served;
    this.#editorPage = editorPage;
    this.#driver = new DriverClient(served.profile.driverSocket);
    this.#name = served.name;
    this.#screenshots = screenshotsFolder ?? join(resultsFolder, 'screenshots');
  }

  ready(): Promise<void> {
    return this.#driver.ready(driverTimeoutMilliseconds, () => !this.#served.server.process.hasEnded());
  }

  evaluate<Argument, Result>(
    code: InExtensionHost<Argument, Result>,
    argument?: Argument,
    options?: EvaluateOptions,
  ): Promise<Result> {
    // The overload without an argument is for functions that take none, for which undefined is right.
    return this.#driver.evaluate(code, argument as Argument, options);
  }

  runCommand(id: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.evaluate((vscode, call) => vscode.commands.executeCommand(call.id, ...call.args), { id, args });
  }

  async runFromPalette(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input');
    await this.page.keyboard.press('F1');
    await input.waitFor({ timeout: usualTimeoutMilliseconds });
    await input.fill(`>${title}`);
    const rows = this.page.locator('.quick-input-widget [role="option"]');
    const row = rows.filter({ has: this.page.getByText(title, { exact: true }) }).first();
    const absent = rows.filter({ hasText: /similar commands|No matching/ });
    await row.or(absent).first().waitFor({ timeout: usualTimeoutMilliseconds });
    if (!(await row.isVisible())) {
      await this.page.keyboard.press('Escape');
      throw new Error(`the command palette has no "${title}"`);
    }
    await row.click();
  }

  async openFile(path: string, line = 1): Promise<void> {
    await this.evaluate(
      async (vscode, target) => {
        const position = new vscode.Position(target.line - 1, 0);
        const shown = await vscode.window.showTextDocument(vscode.Uri.file(target.path), {
          preview: false,
          selection: new vscode.Range(position, position),
        });
        shown.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenter);
        // Nobody says when that is done; the window does one thing after the other, so after this one it is.
        await vscode.commands.executeCommand('setContext', 'runlensTest.revealed', true);
      },
      { path: resolve(path), line },
    );
    await this.page
      .locator('.editor-group-container.active .monaco-editor .view-lines')
      .first()
      .waitFor({ timeout: usualTimeoutMilliseconds });
    await this.page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
  }

  async insertText(path: string, line: number, column: number, text: string): Promise<void> {
    const applied = await this.evaluate(
      async (vscode, edit) => {
        const change = new vscode.WorkspaceEdit();
        change.insert(vscode.Uri.file(edit.path), new vscode.Position(edit.line - 1, edit.column), edit.text);
        return vscode.workspace.applyEdit(change);
      },
      { path: resolve(path), line, column, text },
    );
    if (!applied) throw new Error(`the editor refused to insert text into ${path} at line ${line}`);
  }

  async codeLenses(path: string): Promise<readonly { readonly line: number; readonly title: string }[]> {
    return this.evaluate(async (vscode, file) => {
      const uri = vscode.Uri.file(file);
      await vscode.workspace.openTextDocument(uri);
      const lenses = await vscode.commands.executeCommand<
        { range: { start: { line: number } }; command?: { title: string } }[] | undefined
      >('vscode.executeCodeLensProvider', uri, 10_000);
      return (lenses ?? [])
        .map((lens) => ({ line: lens.range.start.line + 1, title: lens.command?.title ?? '' }))
        .sort((a, b) => a.line - b.line || a.title.localeCompare(b.title));
    }, resolve(path));
  }

  async setTheme(theme: ThemeName): Promise<void> {
    await this.updateSettings({ 'workbench.colorTheme': themeNames[theme] });
    await this.page.waitForSelector(`.monaco-workbench.${themeClasses[theme]}`, { timeout: usualTimeoutMilliseconds });
  }

  async trustWorkspace(): Promise<void> {
    await this.runCommand('workbench.trust.manage');
    await this.page
      .getByRole('button', { name: /^Trust/ })
      .first()
      .click({ timeout: usualTimeoutMilliseconds });
    await this.evaluate(
      (vscode) =>
        new Promise<void>((granted) => {
          if (vscode.workspace.isTrusted) return granted();
          const listener = vscode.workspace.onDidGrantWorkspaceTrust(() => {
            listener.dispose();
            granted();
          });
        }),
      undefined,
      { timeoutMilliseconds: usualTimeoutMilliseconds },
    );
    await this.runCommand('workbench.action.closeActiveEditor');
  }

  async updateSettings(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await this.evaluate(async (vscode, values) => {
      for (const [key, value] of Object.entries(values)) {
        // `null` stands for "as if never set": JSON has no undefined.
        await vscode.workspace.getConfiguration().update(key, value ?? undefined, vscode.ConfigurationTarget.Global);
      }
    }, settings);
  }

  async reloadWindow(): Promise<void> {
    const loaded = this.page.waitForEvent('domcontentloaded');
    await this.runFromPalette('Developer: Reload Window');
    await loaded;
    await workbenchRestored(this.page);
    await this.ready();
  }

  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'domcontentloaded' });
    await workbenchRestored(this.page);
    await this.ready();
  }

  async screenshot(name: string, options?: ScreenshotOptions): Promise<string> {
    const file = join(this.#screenshots, `${name}.png`);
    await this.#languagesReady();
    await takeScreenshot(this.page, file, options);
    return file;
  }

  /** Waits for the language services of what is shown, which colour it anew and fill the breadcrumbs when they come. */
  async #languagesReady(): Promise<void> {
    await this.evaluate(async (vscode) => {
      const services = vscode.window.visibleTextEditors.flatMap(({ document: { uri } }) =>
        ['vscode.executeDocumentSymbolProvider', 'vscode.provideDocumentSemanticTokens'].map((command) =>
          vscode.commands.executeCommand(command, uri),
        ),
      );
      const late = new Promise((resolve) => setTimeout(resolve, 10_000));
      await Promise.race([Promise.allSettled(services), late]);
    });
  }

  keepLogs(): Promise<string> {
    return keepLogsOf(this.#name, this.profile, this.#editorPage);
  }

  close(): Promise<void> {
    this.#closed ??= stopAll(this.#editorPage, this.#served);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function stopAll(page: EditorPage | undefined, served: ServedEditor): Promise<void> {
  await page?.close().catch(() => {});
  await served.close();
}

async function keepLogsOf(name: string, profile: EditorProfile, page: EditorPage | undefined): Promise<string> {
  const folder = await copyLogs(name, profile);
  await page?.page.screenshot({ path: join(folder, 'page.png'), timeout: usualTimeoutMilliseconds }).catch(() => {});
  return folder;
}
