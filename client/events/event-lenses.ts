/** A banner above the functions that an event concerns, while it fires. */
import * as vscode from 'vscode';
import { languages } from '../languages.ts';
import type { EventLens } from './event-model.ts';

export class EventLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #registration: vscode.Disposable;
  #lenses: readonly EventLens[] = [];

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor() {
    this.#registration = vscode.languages.registerCodeLensProvider(
      languages.map((language) => ({ language })),
      this,
    );
  }

  show(lenses: readonly EventLens[]): void {
    const isSame = JSON.stringify(lenses) === JSON.stringify(this.#lenses);
    this.#lenses = lenses;
    if (!isSame) this.#changed.fire();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    // Places are of the file on disk.
    if (document.isDirty) return [];
    return this.#lenses
      .filter(({ uri }) => vscode.Uri.parse(uri).toString() === document.uri.toString())
      .map(({ range: { start, end }, text, id }) => {
        const range = new vscode.Range(start.line, start.character, end.line, end.character);
        return new vscode.CodeLens(range, { title: text, command: 'runlens.events.show', arguments: [id] });
      });
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
