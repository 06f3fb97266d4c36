/** The functions of the visible documents, fetched from the language server and kept as long as they are seen. */
import { type DocumentFunctions } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
export declare class VisibleFunctions implements vscode.Disposable {
  #private;
  /** A document's URI, when its functions were fetched anew. */
  readonly onChange: vscode.Event<string>;
  constructor(server: ServerConnection);
  /** What is known of a document now; undefined: not visible, or not fetched yet. */
  of(uri: vscode.Uri | undefined): DocumentFunctions | undefined;
  /** Fetches all visible documents again. */
  refresh(): void;
  dispose(): void;
}
//# sourceMappingURL=document-functions.d.ts.map
