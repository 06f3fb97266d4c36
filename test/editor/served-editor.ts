// An editor that is served at an address, with no browser of its own: for a person's browser (the demo), and under
// `startEditor`, which brings a browser to it.
import { resolve } from 'node:path';
import type { EditorServerHost } from './editor-host.ts';
import { createProfile, type EditorProfile } from './editor-profile.ts';
import { type EditorServer, installExtension, newToken, startServer } from './editor-server.ts';
import { copyLogs } from './session-logs.ts';
import { type ThemeName, themeNames } from './themes.ts';
import { workbenchUrl } from './workbench-url.ts';

export type ExtensionSource = { readonly developmentPath: string } | { readonly vsix: string };

export interface ServeOptions {
  /** A folder or a `.code-workspace` file; an empty window when left out. */
  readonly workspace?: string | undefined;
  /** Opened at the start. */
  readonly openFile?: string | undefined;
  readonly extensions?: readonly ExtensionSource[] | undefined;
  /** User settings, over the quiet ones of editor-profile.ts. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Settings of machine scope (`machine`, `machine-overridable`), which are not read among the user's here. */
  readonly machineSettings?: Readonly<Record<string, unknown>> | undefined;
  /** Further files of the user's folder, by name, such as `keybindings.json`. */
  readonly userFiles?: Readonly<Record<string, string>> | undefined;
  /** Added to the environment of the extension host and of its terminals. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** `restricted` keeps workspace trust on and the workspace untrusted: Restricted Mode. `trusted` unless told. */
  readonly trust?: 'trusted' | 'restricted' | undefined;
  /** `light` unless told. */
  readonly theme?: ThemeName | undefined;
  /** A free one unless told. */
  readonly port?: number | undefined;
  /** Says in the names of kept logs which session this was; `editor` unless told. */
  readonly name?: string | undefined;
  /** Puts the driver extension of the tests in; false unless told. */
  readonly withDriver?: boolean | undefined;
}

export interface ServedEditor {
  readonly name: string;
  /** Opens the editor in any browser on this machine; holds the session's secret token. */
  readonly url: string;
  readonly profile: EditorProfile;
  readonly server: EditorServer;
  /** Ends the editor and removes its folders. */
  close(): Promise<void>;
}

/** Serves an editor on the loopback and resolves when it listens. */
export async function serveEditor(host: EditorServerHost, options: ServeOptions): Promise<ServedEditor> {
  const extensions = options.extensions ?? [];
  const name = options.name ?? 'editor';
  const profile = await createProfile({
    settings: { 'workbench.colorTheme': themeNames[options.theme ?? 'light'], ...options.settings },
    machineSettings: options.machineSettings,
    userFiles: options.userFiles,
    withDriver: options.withDriver ?? false,
  });
  try {
    for (const extension of extensions) {
      if ('vsix' in extension) await installExtension(host, profile, resolve(extension.vsix));
    }
    const token = newToken();
    const server = await startServer({
      host,
      profile,
      token,
      port: options.port ?? 0,
      trustEverything: options.trust !== 'restricted',
      environment: {
        ...options.environment,
        ...(options.withDriver === true ? { RUNLENS_TEST_DRIVER: profile.driverSocket } : {}),
      },
      workingFolder: profile.folder,
    });
    const url = workbenchUrl({
      port: server.port,
      token,
      workspace: options.workspace === undefined ? undefined : resolve(options.workspace),
      openFile: options.openFile === undefined ? undefined : resolve(options.openFile),
      extensionDevelopmentPaths: extensions.flatMap((each) =>
        'developmentPath' in each ? [resolve(each.developmentPath)] : [],
      ),
    });
    let closed: Promise<void> | undefined;
    const close = async () => {
      await server.process.stop();
      await profile.remove();
    };
    return {
      name,
      url,
      profile,
      server,
      close: () => {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    const logs = await copyLogs(name, profile).catch(() => 'nowhere: they could not be copied');
    await profile.remove();
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`the editor could not be served: ${what}\nlogs: ${logs}`, { cause: error });
  }
}
