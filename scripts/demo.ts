/**
 * `npm run demo`: the shop under load, the collector, and the real editor with live lenses.
 *
 * `-- --minutes N` bounds the load (default 30). `-- --picture FILE` opens the editor without a window, waits for the
 * lenses, writes a picture of them and ends: the README's screenshot is made by it.
 */
import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEditor } from '../test/editor/editor.ts';
import { createProfile } from '../test/editor/editor-profile.ts';
import { type OwnedProcess, startOwnedProcess } from '../test/editor/owned-process.ts';
import { build } from './build.ts';
import { ensureEditorServerHost, findUserEditor, serveEditor, type UserEditor } from './editor-host.ts';
import { packageExtension, vsixPath } from './package.ts';
import { cacheFolder, root } from './toolchain.mjs';

const shopFolder = join(root, 'examples', 'shop');
const cli = join(root, 'dist', 'runlens.mjs');
const readyTimeoutMilliseconds = 30_000;
const longestMinutes = 30;
/** What the editor opens first: the hottest file of the shop. */
const firstFile = join(shopFolder, 'pricing', 'price.ts');

const say = (line: string) => console.log(`demo: ${line}`);

/** Everything that runs, stopped in the reverse order of its start. */
class Running {
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #processes: OwnedProcess[] = [];
  readonly #logs: string;
  constructor(logs: string) {
    this.#logs = logs;
  }

  async start(
    name: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    command = process.execPath,
  ): Promise<OwnedProcess> {
    const child = await startOwnedProcess({
      command,
      args,
      environment: { ...process.env, ...env },
      workingFolder: shopFolder,
      logFile: join(this.#logs, `${name}.log`),
    });
    this.#processes.push(child);
    this.owns(() => child.stop());
    return child;
  }

  owns(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  /** Resolves with what ended first by itself. */
  firstEnd(): Promise<string> {
    return Promise.race(this.#processes.map((child) => child.ended));
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) {
      await stop().catch((error: Error) => say(`could not stop one part: ${error.message}`));
    }
  }
}

export async function demo(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string', default: String(longestMinutes) }, picture: { type: 'string' } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes >= 1 && minutes <= longestMinutes)) {
    throw new Error(`--minutes must be from 1 to ${longestMinutes} (it is ${JSON.stringify(values.minutes)})`);
  }
  const folder = join(cacheFolder, 'demo');
  const logs = join(folder, 'logs');
  await rm(logs, { recursive: true, force: true });
  await mkdir(logs, { recursive: true });

  say('building');
  await build();
  await packageExtension();
  const stopped = new AbortController();
  // Each time, not once: a terminal's Ctrl+C comes from it and from npm, and a second signal must not end the stopping.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());
  const running = new Running(logs);
  try {
    const home = join(folder, 'home');
    const environment = { RUNLENS_HOME: home, RUNLENS_COLLECTOR_URL: await startCollector(running, home) };
    const shopUrl = await startShop(running, environment);
    await running.start(
      'load',
      [join(shopFolder, 'load.ts'), '--url', shopUrl, '--duration', String(minutes * 60)],
      {},
    );
    say(`customers are browsing and buying, for ${minutes} minutes at most`);
    if (values.picture !== undefined) await takePicture(resolve(values.picture), environment);
    else {
      await openEditor(running, environment);
      say(`logs are in ${logs}; press Ctrl+C to stop everything`);
      const end = await Promise.race([running.firstEnd(), aborted(stopped.signal)]);
      if (end !== undefined) say(`a part of the demo ended by itself (${end}): stopping the rest`);
    }
  } finally {
    await running.stop();
    say('everything is stopped');
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** A collector of the demo's own, on a free port: one that the user already runs is left alone. */
async function startCollector(running: Running, home: string): Promise<string> {
  const collector = await running.start('collector', [cli, 'collector', '--port', '0'], { RUNLENS_HOME: home });
  const [, url] = await collector.waitForOutput(/ready on (http:\/\/\S+)/, readyTimeoutMilliseconds);
  if (url === undefined) throw new Error('the collector told no address');
  say(`the collector is on ${url}`);
  return url;
}

async function startShop(running: Running, environment: NodeJS.ProcessEnv): Promise<string> {
  const shop = await running.start(
    'shop',
    [cli, 'run', '--service', 'shop', '--environment', 'demo', '--', process.execPath, join(shopFolder, 'start.ts')],
    { ...environment, SHOP_PORT: '0', GATEWAY_PORT: '0' },
  );
  const [, url] = await shop.waitForOutput(/[Ss]hop ready at (http:\/\/\S+)/, readyTimeoutMilliseconds);
  if (url === undefined) throw new Error('the shop told no address');
  say(`the shop is on ${url}`);
  return url;
}

/** Of machine scope: an editor that is served reads it among the machine's settings only. */
const editorSettings = (environment: { readonly RUNLENS_COLLECTOR_URL: string }) => ({
  'runlens.collector.url': environment.RUNLENS_COLLECTOR_URL,
});

/** The user's own editor in a profile of the demo's, else the one that the tests use, in a browser tab. */
async function openEditor(running: Running, environment: { RUNLENS_HOME: string; RUNLENS_COLLECTOR_URL: string }) {
  const own = await findUserEditor();
  if (own) await openUserEditor(running, own, environment);
  else await openInBrowser(running, environment);
}

async function openUserEditor(
  running: Running,
  editor: UserEditor,
  environment: { RUNLENS_HOME: string; RUNLENS_COLLECTOR_URL: string },
) {
  const profile = await createProfile({
    settings: {},
    machineSettings: editorSettings(environment),
    withDriver: false,
  });
  running.owns(() => profile.remove());
  const folders = [`--user-data-dir=${profile.userDataFolder}`, `--extensions-dir=${profile.extensionsFolder}`];
  const install = await startOwnedProcess({
    command: editor.command,
    args: [...folders, '--install-extension', vsixPath],
    environment: process.env,
    workingFolder: shopFolder,
    logFile: join(profile.logsFolder, 'install.log'),
  });
  await install.ended;
  await running.start(
    'editor',
    [...folders, '--disable-workspace-trust', '--new-window', '--wait', shopFolder, '--goto', firstFile],
    environment,
    editor.command,
  );
  say(`your own ${editor.command} ${editor.version} has opened ${shopFolder}, in a profile of its own`);
}

async function openInBrowser(running: Running, environment: { RUNLENS_HOME: string; RUNLENS_COLLECTOR_URL: string }) {
  const editor = await serveEditor(await ensureEditorServerHost({ log: say }), {
    workspace: shopFolder,
    openFile: firstFile,
    extensions: [{ vsix: vsixPath }],
    machineSettings: editorSettings(environment),
    environment,
    name: 'demo',
  });
  running.owns(() => editor.close());
  openBrowser(editor.url);
  say('no editor of your own can open a window here, so it is in a browser tab. Its address, on this machine only:');
  console.log(`\n  ${editor.url}\n`);
}

/** Opens a tab where there is a screen; the address that is printed serves where there is none. */
function openBrowser(url: string): void {
  const hasScreen = process.platform !== 'linux' || 'DISPLAY' in process.env || 'WAYLAND_DISPLAY' in process.env;
  if (!hasScreen) return;
  const command = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  const child = spawn(command, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => say(`${command} could not be started: open the address yourself`));
  child.unref();
}

async function takePicture(file: string, environment: { RUNLENS_HOME: string; RUNLENS_COLLECTOR_URL: string }) {
  const editor = await startEditor({
    workspace: shopFolder,
    extensions: [{ vsix: vsixPath }],
    machineSettings: editorSettings(environment),
    environment,
    screenshotsFolder: resolve(file, '..'),
    name: 'demo',
  });
  try {
    await editor.openFile(firstFile, 1);
    const lens = editor.page.locator('.codelens-decoration', { hasText: '/min' });
    await lens.first().waitFor({ timeout: readyTimeoutMilliseconds });
    // Long enough for a few refreshes: the picture shows settled rates.
    await sleep(15_000);
    const name = file.replace(/^.*[\\/]/, '').replace(/\.png$/, '');
    say(`picture: ${await editor.screenshot(name)}`);
  } finally {
    await editor.close();
  }
}
