/** Tells of a lens template that cannot be read, once for each text of it. */
import { parseLensTemplate } from '@runlens/protocol/lens-template';
import * as vscode from 'vscode';

export class TemplateProblem {
  #told = '';

  check(template: string): void {
    if (template === this.#told) return;
    this.#told = template;
    const parsed = template === '' ? undefined : parseLensTemplate(template);
    if (parsed?.kind !== 'wrong') return;
    const open = 'Open Settings';
    vscode.window.showWarningMessage(parsed.message, open).then(
      (choice) =>
        choice === open && vscode.commands.executeCommand('workbench.action.openSettings', 'runlens.lens.template'),
      () => undefined, // the window closes
    );
  }
}
