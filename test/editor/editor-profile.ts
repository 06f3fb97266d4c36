// The folders of one editor session: its settings, its extensions, its logs. Made fresh, removed at the end.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const driverExtension = join(dirname(fileURLToPath(import.meta.url)), 'driver-extension');

/** What makes an editor quiet and alike from run to run; a caller's settings come after these. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  // Else the TypeScript server runs npm for types, in the middle of a test.
  'typescript.disableAutomaticTypeAcquisition': true,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'window.restoreWindows': 'none',
  'security.workspace.trust.startupPrompt': 'never',
  'editor.accessibilitySupport': 'off',
  'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false,
  'editor.fontFamily': "'DejaVu Sans Mono', monospace",
  'files.autoSave': 'off',
  'editor.occurrencesHighlight': 'off',
  'editor.padding.top': 8,
  // Three dots below words, which come seconds after the file is open.
  'javascript.suggestionActions.enabled': false,
  'typescript.suggestionActions.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'remote.autoForwardPorts': false,
  'remote.restoreForwardedPorts': false,
  'chat.commandCenter.enabled': false,
  // There is no GPU in the tests' browser, and without one the faster renderer draws nothing.
  'terminal.integrated.gpuAcceleration': 'off',
};

export interface EditorProfile {
  readonly folder: string;
  readonly userDataFolder: string;
  readonly serverDataFolder: string;
  readonly extensionsFolder: string;
  readonly logsFolder: string;
  /** The editor's own folder for what is temporary, so that its sockets go with the session. */
  readonly temporaryFolder: string;
  /** Path of the driver extension's socket. */
  readonly driverSocket: string;
  remove(): Promise<void>;
}

export interface ProfileOptions {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Settings of machine scope. */
  readonly machineSettings?: Readonly<Record<string, unknown>> | undefined;
  /** Given folders are used as they are, and stay; the rest is temporary. */
  readonly userDataFolder?: string | undefined;
  readonly extensionsFolder?: string | undefined;
  readonly withDriver: boolean;
  /** Further files of the user's folder, by name. */
  readonly userFiles?: Readonly<Record<string, string>> | undefined;
}

/**
 * Writes the user's settings and the machine's. A setting of machine scope counts only among the machine's in an editor
 * that is served, and only among the user's in a desktop editor, so it is written to both. Files that are there stay:
 * settings that a caller has put into a folder of its own are the caller's.
 */
export async function writeSettings(
  userDataFolder: string,
  settings: Readonly<Record<string, unknown>>,
  machineSettings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const files = { User: { ...quietSettings, ...settings, ...machineSettings }, Machine: machineSettings };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(userDataFolder, name), { recursive: true });
    const text = JSON.stringify(content, undefined, 2);
    await writeFile(join(userDataFolder, name, 'settings.json'), text, { flag: 'wx' }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  }
}

/** Makes the folders of a session, with its settings written and the driver extension in place. */
export async function createProfile(options: ProfileOptions): Promise<EditorProfile> {
  // Short, because a socket's path may have no more than 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'runlens-ed-'));
  const profile: EditorProfile = {
    folder,
    userDataFolder: options.userDataFolder ?? join(folder, 'user'),
    serverDataFolder: join(folder, 'server'),
    extensionsFolder: options.extensionsFolder ?? join(folder, 'extensions'),
    logsFolder: join(folder, 'logs'),
    temporaryFolder: join(folder, 'tmp'),
    driverSocket: join(folder, 'driver'),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
  const { serverDataFolder, extensionsFolder, logsFolder, temporaryFolder } = profile;
  for (const each of [serverDataFolder, extensionsFolder, logsFolder, temporaryFolder]) {
    await mkdir(each, { recursive: true });
  }
  await writeSettings(profile.userDataFolder, options.settings, options.machineSettings);
  for (const [name, content] of Object.entries(options.userFiles ?? {})) {
    await writeFile(join(profile.userDataFolder, 'User', name), content);
  }
  if (options.withDriver) {
    // A folder that is there before the first start counts as installed, so the window's title stays the usual one.
    await cp(driverExtension, join(profile.extensionsFolder, 'runlens-test.editor-driver-0.0.1'), { recursive: true });
  }
  return profile;
}
