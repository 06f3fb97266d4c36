/** Lenses of probes: what counters and timers have measured, and the way to place one on the function at the cursor. */
import * as vscode from 'vscode';
import { languages } from '../languages.ts';
import { cursorFunction } from '../lens/cursor-function.ts';
import type { VisibleFunctions } from '../lens/document-functions.ts';
import type { Settings } from '../settings.ts';
import type { DocumentProbes } from './document-probes.ts';
import type { ProbeStore } from './probe-store.ts';
import { actionText, numbersText, stateText } from './probe-text.ts';
import { oneLine, withoutIcons } from './shown-text.ts';

/** Lenses follow the cursor, and numbers, not quicker than this. */
const quietMilliseconds = 300;

export class ProbeLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #store: ProbeStore;
  readonly #documents: DocumentProbes;
  readonly #functions: VisibleFunctions;
  readonly #settings: () => Settings;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listeners: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #shown = '';

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(store: ProbeStore, documents: DocumentProbes, functions: VisibleFunctions, settings: () => Settings) {
    this.#store = store;
    this.#documents = documents;
    this.#functions = functions;
    this.#settings = settings;
    this.#listeners = vscode.Disposable.from(
      vscode.languages.registerCodeLensProvider(
        languages.map((language) => ({ scheme: 'file', language })),
        this,
      ),
      documents.onChange(() => this.#refreshSoon()),
      functions.onChange(() => this.#refreshSoon()),
      vscode.window.onDidChangeTextEditorSelection(() => this.#refreshSoon()),
    );
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    return this.#lensesOf(document).map(({ line, title, command, args }) => {
      const lens = new vscode.CodeLens(new vscode.Range(line, 0, line, 0));
      lens.command = { title, command, arguments: [...args] };
      return lens;
    });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listeners.dispose();
    this.#changed.dispose();
  }

  #lensesOf(document: vscode.TextDocument) {
    const counted = this.#documents.of(document.uri).flatMap(({ id, line }) => {
      const status = this.#store.find(id)?.status;
      const { kind } = status?.probe.request ?? {};
      if (!status || status.state === 'removed' || (kind !== 'counter' && kind !== 'timer')) return [];
      const numbers = numbersText(status) ?? stateText(status);
      const title = withoutIcons(oneLine(`◆ ${actionText(status.probe)}: ${numbers}`, 160));
      return [{ line, title, command: 'runlens.probes.reveal', args: [id] as readonly unknown[] }];
    });
    return [...counted, ...this.#placing(document)];
  }

  /** On the line of a lens that is there anyway, so that no line of code moves. */
  #placing(document: vscode.TextDocument) {
    const settings = this.#settings();
    if (!settings.probes.lens || this.#store.access.kind === 'denied') return [];
    const found = cursorFunction(document, this.#functions, settings);
    if (!found) return [];
    const args = [document.uri.toString(), found.range.start, { at: 'entry' }];
    return [
      {
        line: found.range.start.line,
        title: 'probe',
        command: 'runlens.probes.place',
        args: args as readonly unknown[],
      },
    ];
  }

  #refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const all = vscode.window.visibleTextEditors.map(({ document }) => [
        document.uri.toString(),
        this.#lensesOf(document),
      ]);
      const shown = JSON.stringify(all);
      if (shown === this.#shown) return;
      this.#shown = shown;
      this.#changed.fire();
    }, quietMilliseconds);
  }
}
