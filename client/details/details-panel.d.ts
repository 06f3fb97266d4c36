import { type Position } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
export interface DetailsActions {
  readonly selectEnvironment: (environment: string) => Promise<void>;
}
export declare class DetailsPanel implements vscode.Disposable, vscode.WebviewPanelSerializer {
  #private;
  constructor(extensionUri: vscode.Uri, server: ServerConnection, actions: DetailsActions);
  /** Shows the function at this position; false when there is none. */
  show(uri: vscode.Uri, position: Position): Promise<boolean>;
  /** After a reload of the window. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void>;
  dispose(): void;
}
//# sourceMappingURL=details-panel.d.ts.map
