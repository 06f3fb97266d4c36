/** *ask Copilot*, in the lens of the function at the cursor. */
import { askCommand, type Position } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import { languages } from '../languages.ts';
import { cursorFunction } from '../lens/cursor-function.ts';
import type { VisibleFunctions } from '../lens/document-functions.ts';
import type { Settings } from '../settings.ts';
import { hasChat } from './ask-copilot.ts';

/** The lens follows the cursor not quicker than this. */
const quietMilliseconds = 300;

export class AskLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #functions: VisibleFunctions;
  readonly #settings: () => Settings;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listeners: vscode.Disposable;
  readonly #hasChat: Promise<boolean>;
  #timer: NodeJS.Timeout | undefined;
  #shown = '';

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(functions: VisibleFunctions, settings: () => Settings) {
    this.#functions = functions;
    this.#settings = settings;
    this.#hasChat = hasChat();
    this.#listeners = vscode.Disposable.from(
      vscode.languages.registerCodeLensProvider(
        languages.map((language) => ({ scheme: 'file', language })),
        this,
      ),
      functions.onChange(() => this.#refreshSoon()),
      vscode.window.onDidChangeTextEditorSelection(() => this.#refreshSoon()),
    );
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const place = this.#placeIn(document);
    if (!place || !(await this.#hasChat)) return [];
    const lens = new vscode.CodeLens(new vscode.Range(place.line, 0, place.line, 0));
    lens.command = { title: 'ask Copilot', command: askCommand, arguments: [document.uri.toString(), place] };
    return [lens];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listeners.dispose();
    this.#changed.dispose();
  }

  #placeIn(document: vscode.TextDocument): Position | undefined {
    const settings = this.#settings();
    return settings.askCopilotLens ? cursorFunction(document, this.#functions, settings)?.range.start : undefined;
  }

  #refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const document = vscode.window.activeTextEditor?.document;
      const shown = document ? `${document.uri.toString()} ${this.#placeIn(document)?.line}` : '';
      if (shown === this.#shown) return;
      this.#shown = shown;
      this.#changed.fire();
    }, quietMilliseconds);
  }
}
