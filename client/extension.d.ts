/** The extension's entry: the table of its commands. */
import type { DocumentFunctions, ServerStatus } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { DecorationModel } from './lens/decoration-model.ts';
/** What other extensions, and the tests, may ask. */
export interface RunlensApi {
  /** Resolves when the language server has been started, or could not be. */
  readonly whenReady: Promise<void>;
  readonly status: () => ServerStatus | null;
  readonly statusBarText: () => string;
  readonly functionsOf: (uri: vscode.Uri) => DocumentFunctions | undefined;
  readonly decorationsOf: (uri: vscode.Uri) => DecorationModel;
  /** The process id of the collector that this window started. */
  readonly collectorPid: () => number | undefined;
}
export declare function activate(extension: vscode.ExtensionContext): RunlensApi;
export declare function deactivate(): Promise<void>;
//# sourceMappingURL=extension.d.ts.map
