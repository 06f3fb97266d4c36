/** Draws the decoration model into the visible editors. */
import * as vscode from 'vscode';
import { isSupported } from '../languages.ts';
import type { Settings } from '../settings.ts';
import { type DecorationModel, decorationModel, type Heat, heats, nothing } from './decoration-model.ts';
import type { VisibleFunctions } from './document-functions.ts';
import { heatIconUri, type IconTheme } from './heat-icon.ts';

export class Decorations implements vscode.Disposable {
  readonly #functions: VisibleFunctions;
  readonly #settings: () => Settings;
  readonly #listeners: vscode.Disposable;
  readonly #endOfLine = vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor('runlens.lensForeground'), margin: '0 0 0 3ch', fontStyle: 'normal' },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  #heat: Record<Heat, vscode.TextEditorDecorationType>;

  constructor(functions: VisibleFunctions, settings: () => Settings) {
    this.#functions = functions;
    this.#settings = settings;
    this.#heat = heatTypes(settings());
    this.#listeners = vscode.Disposable.from(
      functions.onChange((uri) => this.#draw((editor) => editor.document.uri.toString() === uri)),
      vscode.window.onDidChangeActiveColorTheme(() => this.restyle()),
    );
  }

  /** What a document's marks are, whether it is drawn or not. */
  modelOf(uri: vscode.Uri): DecorationModel {
    const known = this.#functions.of(uri);
    return known ? decorationModel(known.functions, this.#settings().lens) : nothing;
  }

  /** Makes the marks anew, after a change of theme or settings. */
  restyle(): void {
    for (const heat of heats) this.#heat[heat].dispose();
    this.#heat = heatTypes(this.#settings());
    this.#draw(() => true);
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#endOfLine.dispose();
    for (const heat of heats) this.#heat[heat].dispose();
  }

  #draw(which: (editor: vscode.TextEditor) => boolean): void {
    const settings = this.#settings();
    for (const editor of vscode.window.visibleTextEditors) {
      if (!isSupported(editor.document.languageId) || !which(editor)) continue;
      const model = this.modelOf(editor.document.uri);
      const lines = editor.document.lineCount;
      const lineEnd = (line: number): vscode.Range => {
        const { end } = editor.document.lineAt(line).range;
        return new vscode.Range(end, end);
      };
      editor.setDecorations(
        this.#endOfLine,
        model.endOfLine
          .filter(({ line }) => line < lines)
          .map(({ line, text }) => ({ range: lineEnd(line), renderOptions: { after: { contentText: text } } })),
      );
      const shown = settings.heat.gutter || settings.heat.overviewRuler;
      for (const heat of heats) {
        const marked = shown ? model.heat[heat].filter((line) => line < lines) : [];
        editor.setDecorations(
          this.#heat[heat],
          marked.map((line) => new vscode.Range(line, 0, line, 0)),
        );
      }
    }
  }
}

function heatTypes(settings: Settings): Record<Heat, vscode.TextEditorDecorationType> {
  const theme = iconTheme(vscode.window.activeColorTheme.kind);
  const type = (heat: Heat): vscode.TextEditorDecorationType =>
    vscode.window.createTextEditorDecorationType({
      ...(settings.heat.gutter
        ? { gutterIconPath: vscode.Uri.parse(heatIconUri(heat, theme)), gutterIconSize: 'contain' }
        : {}),
      ...(settings.heat.overviewRuler
        ? {
            overviewRulerColor: new vscode.ThemeColor(`runlens.heat${heat}`),
            overviewRulerLane: vscode.OverviewRulerLane.Right,
          }
        : {}),
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    });
  return { 1: type(1), 2: type(2), 3: type(3), 4: type(4) };
}

function iconTheme(kind: vscode.ColorThemeKind): IconTheme {
  switch (kind) {
    case vscode.ColorThemeKind.Light:
      return 'light';
    case vscode.ColorThemeKind.Dark:
      return 'dark';
    case vscode.ColorThemeKind.HighContrast:
      return 'highContrast';
    case vscode.ColorThemeKind.HighContrastLight:
      return 'highContrastLight';
  }
}
