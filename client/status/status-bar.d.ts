/** The status bar item. */
import * as vscode from 'vscode';
import { type StatusInput } from './status-text.ts';
export declare class StatusBar implements vscode.Disposable {
  #private;
  constructor(input: () => StatusInput);
  update(): void;
  /** What is shown now, for tests. */
  get text(): string;
  dispose(): void;
}
//# sourceMappingURL=status-bar.d.ts.map
