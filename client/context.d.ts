import * as vscode from 'vscode';
import { EmbeddedCollector } from './collector/embedded-collector.ts';
import { CollectorTokens } from './collector-token.ts';
import { DetailsPanel } from './details/details-panel.ts';
import { HotTree } from './hot/hot-tree.ts';
import { Decorations } from './lens/decorations.ts';
import { VisibleFunctions } from './lens/document-functions.ts';
import type { SensorSettings } from './run/sensor-environment.ts';
import { SelectionMemory } from './selection.ts';
import { ServerConnection } from './server-connection.ts';
import { type Settings } from './settings.ts';
import { StatusBar } from './status/status-bar.ts';
export declare class RunlensContext implements vscode.Disposable {
  #private;
  readonly log: vscode.LogOutputChannel;
  readonly server: ServerConnection;
  readonly collector: EmbeddedCollector;
  readonly selection: SelectionMemory;
  readonly tokens: CollectorTokens;
  readonly functions: VisibleFunctions;
  readonly decorations: Decorations;
  readonly hot: HotTree;
  readonly details: DetailsPanel;
  readonly statusBar: StatusBar;
  constructor(extension: vscode.ExtensionContext);
  get settings(): Settings;
  /** How a service that is started from the editor gets the sensor. */
  get sensor(): SensorSettings;
  start(): Promise<void>;
  /** Ends the server and the collector that this window started; VS Code waits for this a few seconds. */
  stop(): Promise<void>;
  dispose(): void;
}
//# sourceMappingURL=context.d.ts.map
