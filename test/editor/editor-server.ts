// VS Code's own server, started for one session on a free port of the loopback.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { EditorServerHost } from './editor-host.ts';
import type { EditorProfile } from './editor-profile.ts';
import { type OwnedProcess, startOwnedProcess } from './owned-process.ts';

const serve = join(dirname(fileURLToPath(import.meta.url)), 'host-modules', 'serve.mjs');
const readyTimeoutMilliseconds = 120_000;
const installTimeoutMilliseconds = 60_000;

export interface EditorServer {
  readonly port: number;
  readonly process: OwnedProcess;
  readonly logFile: string;
}

export interface ServerOptions {
  readonly host: EditorServerHost;
  readonly profile: EditorProfile;
  /** A free one unless told. */
  readonly port?: number;
  /**
   * A secret that the first request has to bring (see `newToken`). Without one the editor, which has a terminal, is open
   * to whatever reaches the loopback, and a page in any browser does.
   */
  readonly token?: string;
  /** False keeps workspace trust on, and so the workspace in Restricted Mode. */
  readonly trustEverything: boolean;
  /** Added to the environment of the server, and so of the extension host and its terminals. */
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
}

/** Starts the server and resolves when it listens; throws with the last of its log when it does not. */
export async function startServer(options: ServerOptions): Promise<EditorServer> {
  const { host, profile } = options;
  const logFile = join(profile.logsFolder, 'server.log');
  const tokenFile = join(profile.folder, 'token');
  if (options.token !== undefined) await writeFile(tokenFile, options.token, { mode: 0o600 });
  const process = await startOwnedProcess({
    command: host.nodeBinary,
    args: [
      serve,
      profile.folder,
      host.serverMain,
      '--host=127.0.0.1',
      `--port=${options.port ?? 0}`,
      options.token === undefined ? '--without-connection-token' : `--connection-token-file=${tokenFile}`,
      '--accept-server-license-terms',
      `--user-data-dir=${profile.userDataFolder}`,
      `--server-data-dir=${profile.serverDataFolder}`,
      `--extensions-dir=${profile.extensionsFolder}`,
      `--logsPath=${profile.logsFolder}`,
      '--disable-telemetry',
      '--disable-experiments',
      '--enable-smoke-test-driver',
      // An extension host whose page has gone is of no use: it must not linger for the usual three hours.
      '--reconnection-grace-time=5',
      ...(options.trustEverything ? ['--disable-workspace-trust'] : []),
    ],
    environment: serverEnvironment({ TMPDIR: profile.temporaryFolder, ...options.environment }),
    workingFolder: options.workingFolder,
    logFile,
  });
  try {
    const [, port] = await process.waitForOutput(/Extension host agent listening on (\d+)/, readyTimeoutMilliseconds);
    return { port: Number(port), process, logFile };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

/** A secret for one session. */
export function newToken(): string {
  return randomBytes(24).toString('hex');
}

/** Installs an extension into the session's extensions folder, as a user would from a file. */
export async function installExtension(
  host: EditorServerHost,
  profile: EditorProfile,
  vsixPath: string,
): Promise<void> {
  try {
    await promisify(execFile)(
      host.nodeBinary,
      [
        host.serverMain,
        `--install-extension=${vsixPath}`,
        '--force',
        `--extensions-dir=${profile.extensionsFolder}`,
        `--user-data-dir=${profile.userDataFolder}`,
        `--server-data-dir=${profile.serverDataFolder}`,
        '--accept-server-license-terms',
      ],
      { env: serverEnvironment({}), timeout: installTimeoutMilliseconds, maxBuffer: 16 * 1024 * 1024 },
    );
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`${vsixPath} could not be installed: ${error instanceof Error ? error.message : error}\n${output}`);
  }
}

function serverEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    // What an editor around this process, or its test runner, set for itself must not reach the one that is started.
    if (!/^(VSCODE_|ELECTRON_|VITEST|NODE_OPTIONS$|NODE_V8_COVERAGE$)/.test(name)) own[name] = value;
  }
  return {
    ...own,
    // With no marketplace named, none is asked.
    EXTENSIONS_GALLERY: '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":""}',
    ...extra,
  };
}
