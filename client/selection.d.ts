/** What was picked in this workspace, kept between sessions. */
import * as vscode from 'vscode';
import { type PickedKey } from './pickers/picker-model.ts';
import type { Picked } from './server-configuration.ts';
export declare class SelectionMemory implements vscode.Disposable {
  #private;
  readonly onChange: vscode.Event<void>;
  constructor(memento: vscode.Memento);
  get picked(): Picked;
  set(what: PickedKey, value: string | undefined): Promise<void>;
  dispose(): void;
}
//# sourceMappingURL=selection.d.ts.map
