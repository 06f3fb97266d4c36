// Runs one suite in the editor, as a VS Code executable does for `@vscode/test-electron`: what the suite prints comes
// out here, and the exit code is the suite's. Bounded by RUNLENS_TEST_TIMEOUT (seconds, 300 unless told).
import { closeSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureEditorHost } from './editor-host.ts';
import { openPage, openWorkbench } from './editor-page.ts';
import { createProfile } from './editor-profile.ts';
import { installExtension, newToken, startServer } from './editor-server.ts';
import { type LauncherArguments, readLauncherArguments } from './launcher-arguments.ts';
import { workbenchUrl } from './workbench-url.ts';

const usualTimeoutSeconds = 300;
const outputPollMilliseconds = 100;
const here = dirname(fileURLToPath(import.meta.url));
const suiteBootstrap = join(here, 'suite-bootstrap.cjs');
const emptyExtension = join(here, 'driver-extension');

/** Runs the suite and gives the exit code that the editor ended it with; throws when it did not come to an end. */
async function runSuite(args: LauncherArguments, suitePath: string, signal: AbortSignal): Promise<number> {
  const host = await ensureEditorHost({ log, signal });
  const profile = await createProfile({
    settings: {},
    userDataFolder: args.userDataFolder,
    extensionsFolder: args.extensionsFolder,
    withDriver: false,
  });
  const output = join(profile.folder, 'suite-output');
  writeFileSync(output, '');
  const forwarder = forwardFile(output);
  const owned: (() => Promise<void>)[] = [() => profile.remove()];
  try {
    for (const vsix of args.vsixPaths) await installExtension(host, profile, vsix);
    const token = newToken();
    const server = await startServer({
      host,
      profile,
      token,
      trustEverything: args.trust === 'trusted',
      environment: { RUNLENS_SUITE_PATH: suitePath, RUNLENS_SUITE_OUTPUT: output },
      workingFolder: process.cwd(),
    });
    owned.push(() => server.process.stop());
    const editorPage = await openPage({ host, width: 1440, height: 900, deviceScaleFactor: 1, headless: true });
    owned.push(() => editorPage.close());
    const page = editorPage.page;
    const ended = new Promise<number>((resolve, reject) => {
      // The editor calls this when a suite has run, with the exit code that a desktop VS Code would end with.
      page.exposeFunction('codeAutomationExit', resolve).catch(reject);
      page.on('crash', () => reject(new Error('the page of the editor crashed')));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      void server.process.ended.then((how) =>
        reject(new Error(`the editor's server ${how}\n${server.process.tail()}`)),
      );
    });
    const opened = openWorkbench(
      page,
      workbenchUrl({
        port: server.port,
        token,
        workspace: args.workspace,
        openFile: args.openFile,
        // A suite needs an extension under development; one that tests an installed extension has none of its own.
        extensionDevelopmentPaths:
          args.extensionDevelopmentPaths.length > 0 ? args.extensionDevelopmentPaths : [emptyExtension],
        extensionTestsPath: suiteBootstrap,
        disableExtensions: args.disableExtensions,
      }),
    );
    try {
      // A quick suite may end before the window is whole: its end is what counts.
      return await Promise.race([ended, opened.then(() => ended)]);
    } catch (error) {
      log(`the last of the editor's console:\n${editorPage.consoleLines().slice(-15).join('\n')}`);
      throw error;
    }
  } finally {
    forwarder.finish();
    for (const dispose of owned.reverse()) await dispose().catch((error: unknown) => log(String(error)));
  }
}

function log(line: string): void {
  console.error(`runlens: ${line}`);
}

/** Copies to standard output what is appended to a file, until `finish()`, which copies the rest. */
function forwardFile(path: string): { finish(): void } {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  const copy = () => {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      process.stdout.write(Uint8Array.from(buffer.subarray(0, read)));
    }
  };
  const timer = setInterval(copy, outputPollMilliseconds);
  return {
    finish() {
      clearInterval(timer);
      copy();
      closeSync(file);
    },
  };
}

function timeoutSeconds(): number {
  const told = Number(process.env.RUNLENS_TEST_TIMEOUT ?? usualTimeoutSeconds);
  if (!Number.isFinite(told) || told <= 0) throw new Error('RUNLENS_TEST_TIMEOUT has to be a number of seconds');
  return told;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

async function main(): Promise<number> {
  const args = readLauncherArguments(process.argv.slice(2), isFolder);
  if (args.version) {
    console.log((await ensureEditorHost({ log })).version);
    return 0;
  }
  if (args.extensionTestsPath === undefined) {
    throw new Error('this launcher runs suites: it needs --extensionTestsPath=FILE');
  }
  const stop = new AbortController();
  const seconds = timeoutSeconds();
  const late = new Error(`the suite did not end in ${seconds} s; RUNLENS_TEST_TIMEOUT allows it more`);
  const timer = setTimeout(() => stop.abort(late), seconds * 1_000);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Not once: a second one, as the shim before this forwards it too, must not cut the clean-up short.
    process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  try {
    return await runSuite(args, args.extensionTestsPath, stop.signal);
  } finally {
    clearTimeout(timer);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
// Everything has been stopped; a handle that a browser left open must not hold the process.
setTimeout(() => process.exit(), 3_000).unref();
