/** What the language server is told of settings, selection and trust. */
import type { Selection, ServerConfiguration } from '@runlens/protocol/lsp';
import type { Settings } from './settings.ts';

/** What was picked in this workspace; an absent key leaves the setting's default in force. */
export type Picked = Partial<Selection>;

/** The selection in force: what was picked, else what the settings say, else the server's own choice. */
export function selectionOf(picked: Picked, settings: Pick<Settings, 'service' | 'environment' | 'window'>): Selection {
  const service = picked.service ?? settings.service;
  const environment = picked.environment ?? settings.environment;
  return {
    ...(service ? { service } : {}),
    ...(environment ? { environment } : {}),
    ...(picked.version ? { version: picked.version } : {}),
    window: picked.window ?? settings.window,
  };
}

export interface ServerConfigurationInput {
  readonly settings: Settings;
  readonly picked: Picked;
  /** The token kept for the configured collector; undefined: the home folder's. */
  readonly token: string | undefined;
  readonly cacheFolder: string | undefined;
  readonly trusted: boolean;
}

export function serverConfiguration(input: ServerConfigurationInput): ServerConfiguration {
  const { settings, picked, token, cacheFolder, trusted } = input;
  return {
    ...(settings.collector.url ? { collectorUrl: settings.collector.url } : {}),
    ...(token ? { token } : {}),
    ...(settings.home ? { home: settings.home } : {}),
    selection: selectionOf(picked, settings),
    lens: settings.lens,
    ...(cacheFolder ? { cacheFolder } : {}),
    pathMappings: settings.pathMappings,
    trusted,
  };
}
