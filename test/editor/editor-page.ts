// The browser that shows the workbench, and the wait until the workbench is there.
import { type Browser, chromium, type Page } from 'playwright-core';
import type { EditorHost } from './editor-host.ts';

const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
];

const launchTimeoutMilliseconds = 120_000;
const restoredTimeoutMilliseconds = 120_000;
/** For a click or a look on a machine that is slow and busy. */
const actionTimeoutMilliseconds = 90_000;
const closeTimeoutMilliseconds = 5_000;
const keptConsoleLines = 200;
/** Of no use here, and without end: agents that nobody signed in to, a marketplace that is not there. */
const noise = /AgentHost|from gallery as it is disabled|status of 404/;

export interface PageOptions {
  readonly host: EditorHost;
  readonly width: number;
  readonly height: number;
  /** Pixels of a screenshot per pixel of the page. */
  readonly deviceScaleFactor: number;
  readonly headless: boolean;
}

export interface EditorPage {
  readonly page: Page;
  /** The last lines of the page's console, which also has what the extension host wrote. */
  consoleLines(): readonly string[];
  close(): Promise<void>;
}

export async function openPage(options: PageOptions): Promise<EditorPage> {
  const browser = await chromium.launch({
    executablePath: options.host.chromiumPath,
    args: chromiumArguments,
    headless: options.headless,
    timeout: launchTimeoutMilliseconds,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  try {
    const context = await browser.newContext({
      viewport: { width: options.width, height: options.height },
      deviceScaleFactor: options.deviceScaleFactor,
      reducedMotion: 'reduce',
      locale: 'en-US',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(actionTimeoutMilliseconds);
    const lines: string[] = [];
    page.on('console', (message) => {
      if (noise.test(message.text())) return;
      // The editor writes "%c INFO color: #33f" before the text.
      lines.push(`[${message.type()}] ${message.text().replace(/^%c\s*(\w+) color: #\w+ /, '$1 ')}`);
      if (lines.length > keptConsoleLines) lines.shift();
    });
    page.on('pageerror', (error) => lines.push(`[pageerror] ${error.message}`));
    return { page, consoleLines: () => lines, close: () => closeBrowser(browser, page) };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Opens the workbench and waits until it is restored. */
export async function openWorkbench(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: 'domcontentloaded', timeout: restoredTimeoutMilliseconds });
  await workbenchRestored(page);
}

export async function workbenchRestored(page: Page): Promise<void> {
  await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: restoredTimeoutMilliseconds });
  // The smoke-test driver of the editor itself, there because of --enable-smoke-test-driver.
  await page.waitForFunction('window.driver !== undefined', undefined, { timeout: restoredTimeoutMilliseconds });
  await page.evaluate('window.driver.whenWorkbenchRestored()');
}

async function closeBrowser(browser: Browser, page: Page): Promise<void> {
  // Leaving the workbench first lets it end its extension host, which deactivates the extensions.
  await page.goto('about:blank', { timeout: closeTimeoutMilliseconds }).catch(() => {});
  const closed = browser.close();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeTimeoutMilliseconds);
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
}
