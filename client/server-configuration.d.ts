/** What the language server is told of settings, selection and trust. */
import type { Selection, ServerConfiguration } from '@runlens/protocol/lsp';
import type { Settings } from './settings.ts';
/** What was picked in this workspace; an absent key leaves the setting's default in force. */
export type Picked = Partial<Selection>;
/** The selection in force: what was picked, else what the settings say, else the server's own choice. */
export declare function selectionOf(
  picked: Picked,
  settings: Pick<Settings, 'service' | 'environment' | 'window'>,
): Selection;
export interface ServerConfigurationInput {
  readonly settings: Settings;
  readonly picked: Picked;
  /** The token kept for the configured collector; undefined: the home folder's. */
  readonly token: string | undefined;
  readonly cacheFolder: string | undefined;
  readonly trusted: boolean;
}
export declare function serverConfiguration(input: ServerConfigurationInput): ServerConfiguration;
//# sourceMappingURL=server-configuration.d.ts.map
