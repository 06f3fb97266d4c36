// A page of the extension in a real browser, without an editor around it: its own HTML with its own policy, its script and
// style as they are shipped, the colours of a theme, and in place of VS Code a list of what the page says.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { webviewPage } from '@runlens/client/webview/page';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureChromium } from './editor-host.ts';
import { bodyClasses, themeVariables } from './theme-variables.ts';
import type { ThemeName } from './themes.ts';

const media = fileURLToPath(new URL('../../dist/media/', import.meta.url));
const origin = 'http://page.test';
const nonce = 'nonceOfTest';

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: ensureChromium(() => undefined), args: ['--no-sandbox', '--disable-gpu'] });
}

export interface PageOptions {
  readonly name: 'details' | 'overview';
  readonly theme: ThemeName;
  /** CSS pixels. */
  readonly width: number;
  readonly height?: number;
  /** What the page kept before it was closed. */
  readonly state?: unknown;
}

export interface PageInBrowser extends AsyncDisposable {
  readonly page: Page;
  /** As the extension sends it. */
  send(message: object): Promise<void>;
  /** What the page said so far. */
  said(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  kept(): Promise<unknown>;
  setTheme(theme: ThemeName): Promise<void>;
  /** Violations of WCAG 2.1 AA and of best practice. */
  violations(): Promise<readonly string[]>;
  /** What the page's policy refused, and errors of its script. */
  readonly complaints: readonly string[];
}

export async function openInBrowser(browser: Browser, options: PageOptions): Promise<PageInBrowser> {
  const { name, theme, width, height = 900, state } = options;
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(line.text());
  });
  const html = webviewPage({ script: `/${name}.js`, style: `/${name}.css`, source: origin, nonce });
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html });
    if (pathname === '/favicon.ico') return route.fulfill({ status: 204 });
    const contentType = pathname.endsWith('.css') ? 'text/css' : 'text/javascript';
    return route.fulfill({ contentType, body: await readFile(media + pathname.slice(1)) });
  });
  await page.addInitScript(
    `globalThis.said = []; globalThis.kept = ${JSON.stringify(state ?? null)};
     globalThis.acquireVsCodeApi = () => ({
       postMessage: (message) => said.push(message), getState: () => kept ?? undefined, setState: (state) => { kept = state; } });`,
  );
  // As in the editor: variables on the root element, the kind of theme as a class of the body.
  const setTheme = (wanted: ThemeName): Promise<void> =>
    page.evaluate(
      `for (const [key, value] of Object.entries(${JSON.stringify(themeVariables[wanted])}))
         document.documentElement.style.setProperty('--vscode-' + key, value);
       document.body.className = '${bodyClasses[wanted]}';`,
    );
  await page.goto(`${origin}/`);
  await setTheme(theme);
  return {
    page,
    complaints,
    setTheme,
    send: (message) =>
      page.evaluate(
        (data) => (globalThis as unknown as { postMessage: (data: object, to: string) => void }).postMessage(data, '*'),
        message,
      ),
    said: () => page.evaluate('said'),
    kept: () => page.evaluate('kept'),
    async violations() {
      await page.evaluate(axe.source);
      return page.evaluate<string[]>(
        `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }).then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`,
      );
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}
