/** Findings as diagnostics in the text, and what can be done about one there. */
import type { FoundItem } from '@runlens/protocol/lsp-findings';
import * as vscode from 'vscode';
import { languages } from '../languages.ts';
import type { FindingSeverity } from '../settings.ts';
import { findingMarks } from './finding-model.ts';

const source = 'Runlens';
const severities: Readonly<Record<Exclude<FindingSeverity, 'off'>, vscode.DiagnosticSeverity>> = {
  hint: vscode.DiagnosticSeverity.Hint,
  information: vscode.DiagnosticSeverity.Information,
  warning: vscode.DiagnosticSeverity.Warning,
};

/** What a person can do, in the order of the menu. */
const actions = [
  ['Show the Evidence', 'runlens.findings.show'],
  ['Ask Copilot to Fix It, with the Evidence', 'runlens.findings.askCopilot'],
  ['Place a Probe Here', 'runlens.findings.placeProbe'],
  ['Mute This Finding…', 'runlens.findings.mute'],
] as const;

export class FindingMarks implements vscode.CodeActionProvider, vscode.Disposable {
  readonly #diagnostics = vscode.languages.createDiagnosticCollection('runlens findings');
  readonly #registration: vscode.Disposable;
  readonly #listener: vscode.Disposable;

  constructor() {
    this.#registration = vscode.languages.registerCodeActionsProvider(
      languages.map((language) => ({ language })),
      this,
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    );
    // A mark on a text that has changed would stand on another line; the next answer sets it again.
    this.#listener = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && this.#diagnostics.has(document.uri)) this.#diagnostics.delete(document.uri);
    });
  }

  show(items: readonly FoundItem[], severity: FindingSeverity): void {
    this.#diagnostics.clear();
    if (severity === 'off') return;
    const byFile = new Map<string, vscode.Diagnostic[]>();
    const dirty = new Set(
      vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty).map(({ uri }) => uri.toString()),
    );
    for (const { uri, range, id, text } of findingMarks(items)) {
      // Places are of the file on disk.
      if (dirty.has(vscode.Uri.parse(uri).toString())) continue;
      const { start, end } = range;
      const mark = new vscode.Diagnostic(
        new vscode.Range(start.line, start.character, end.line, end.character),
        text,
        severities[severity],
      );
      mark.source = source;
      mark.code = id;
      byFile.set(uri, [...(byFile.get(uri) ?? []), mark]);
    }
    for (const [uri, marks] of byFile) this.#diagnostics.set(vscode.Uri.parse(uri), marks);
  }

  provideCodeActions(
    _document: vscode.TextDocument,
    _range: vscode.Range,
    context: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    return context.diagnostics
      .filter((mark) => mark.source === source && typeof mark.code === 'string')
      .flatMap((mark) =>
        actions.map(([title, command]) => {
          const action = new vscode.CodeAction(`Runlens: ${title}`, vscode.CodeActionKind.QuickFix);
          action.diagnostics = [mark];
          action.command = { command, title, arguments: [mark.code] };
          return action;
        }),
      );
  }

  dispose(): void {
    this.#registration.dispose();
    this.#listener.dispose();
    this.#diagnostics.dispose();
  }
}
