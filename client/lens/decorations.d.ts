/** Draws the decoration model into the visible editors. */
import * as vscode from 'vscode';
import type { Settings } from '../settings.ts';
import { type DecorationModel } from './decoration-model.ts';
import type { VisibleFunctions } from './document-functions.ts';
export declare class Decorations implements vscode.Disposable {
  #private;
  constructor(functions: VisibleFunctions, settings: () => Settings);
  /** What a document's marks are, whether it is drawn or not. */
  modelOf(uri: vscode.Uri): DecorationModel;
  /** Makes the marks anew, after a change of theme or settings. */
  restyle(): void;
  dispose(): void;
}
//# sourceMappingURL=decorations.d.ts.map
