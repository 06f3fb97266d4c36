/** The view of hot functions. */
import type { HotOrder } from '@runlens/protocol/api/profile';
import { type HotItem } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import type { Settings } from '../settings.ts';
export declare class HotTree implements vscode.TreeDataProvider<HotItem>, vscode.Disposable {
  #private;
  readonly onDidChangeTreeData: vscode.Event<void>;
  constructor(server: ServerConnection, settings: () => Settings, memento: vscode.Memento);
  get order(): HotOrder;
  refresh(): void;
  /** Asks by what to sort. */
  sort(): Promise<void>;
  getChildren(parent?: HotItem): Promise<HotItem[]>;
  getTreeItem(item: HotItem): vscode.TreeItem;
  dispose(): void;
}
/** Opens the code of a hot function, or says that it is not here. */
export declare function openHotFunction(item: HotItem): Promise<void>;
//# sourceMappingURL=hot-tree.d.ts.map
