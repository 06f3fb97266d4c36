/** Draws probes into the visible editors: a mark in the gutter, the state and captured values at the ends of lines. */
import type { Capture } from '@runlens/protocol';
import type { DocumentProbe } from '@runlens/protocol/lsp-probes';
import * as vscode from 'vscode';
import type { VisibleFunctions } from '../lens/document-functions.ts';
import type { Settings } from '../settings.ts';
import type { DocumentProbes } from './document-probes.ts';
import { type InlineValue, inlineValues } from './inline-values.ts';
import { type MarkTheme, markIconUri } from './mark-icon.ts';
import type { ProbeStore } from './probe-store.ts';
import { hasEnded, markOf, type ProbeMark, probeLines, stateText } from './probe-text.ts';

const marks: readonly ProbeMark[] = ['proposed', 'waiting', 'armed', 'hit', 'limited', 'refused', 'ended'];

const matchTexts: Readonly<Record<DocumentProbe['match'], string>> = {
  line: '',
  gone: ' · its line is not in this text',
  unknown: ' · the text that runs is not at hand: its line may be another here',
};

/** What is drawn into a document; lines are zero-based. */
export interface ProbeDrawing {
  readonly marks: readonly {
    readonly line: number;
    readonly mark: ProbeMark;
    readonly text: string;
    readonly id: string;
  }[];
  readonly values: readonly InlineValue[];
}

export class ProbeMarks implements vscode.Disposable {
  readonly #store: ProbeStore;
  readonly #documents: DocumentProbes;
  readonly #functions: VisibleFunctions;
  readonly #settings: () => Settings;
  readonly #listeners: vscode.Disposable;
  readonly #state = vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor('runlens.probe'), margin: '0 0 0 3ch' },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  readonly #values = vscode.window.createTextEditorDecorationType({
    after: {
      color: new vscode.ThemeColor('editor.inlineValuesForeground'),
      backgroundColor: new vscode.ThemeColor('editor.inlineValuesBackground'),
      margin: '0 0 0 2ch',
    },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  #types: Readonly<Record<ProbeMark, vscode.TextEditorDecorationType>>;
  /** The capture whose values are shown in the text, by probe; else its newest. */
  readonly #chosen = new Map<string, Capture>();

  constructor(store: ProbeStore, documents: DocumentProbes, functions: VisibleFunctions, settings: () => Settings) {
    this.#store = store;
    this.#documents = documents;
    this.#functions = functions;
    this.#settings = settings;
    this.#types = markTypes();
    this.#listeners = vscode.Disposable.from(
      documents.onChange((uri) => this.#draw(uri)),
      store.onCaptures(() => this.redraw()),
      vscode.window.onDidChangeActiveColorTheme(() => {
        for (const mark of marks) this.#types[mark].dispose();
        this.#types = markTypes();
        this.redraw();
      }),
    );
  }

  redraw(): void {
    this.#draw(undefined);
  }

  /** Shows this capture's values in the text, until one of the same probe is chosen. */
  choose(capture: Capture): void {
    this.#chosen.delete(capture.probe);
    this.#chosen.set(capture.probe, capture);
    const [oldest] = this.#chosen.keys();
    if (this.#chosen.size > marks.length * 10 && oldest !== undefined) this.#chosen.delete(oldest);
    this.redraw();
  }

  drawingOf(document: vscode.TextDocument): ProbeDrawing {
    const drawn: ProbeDrawing['marks'][number][] = [];
    const values = new Map<number, InlineValue>();
    for (const { id, line, match } of this.#documents.of(document.uri)) {
      const status = this.#store.find(id)?.status;
      if (!status || line >= document.lineCount || status.state === 'removed') continue;
      const text = `${stateText(status)}${matchTexts[match]}`;
      drawn.push({ line, mark: markOf(status), text, id });
      const captures = this.#store.capturesOf(id);
      const capture = this.#chosen.get(id) ?? captures.at(-1);
      if (
        !capture ||
        match !== 'line' ||
        !this.#settings().probes.inlineValues ||
        (hasEnded(status) && !this.#chosen.has(id))
      )
        continue;
      for (const value of this.#inline(document, line, capture)) values.set(value.line, value);
    }
    return { marks: drawn, values: [...values.values()] };
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#state.dispose();
    this.#values.dispose();
    for (const mark of marks) this.#types[mark].dispose();
  }

  #inline(document: vscode.TextDocument, line: number, capture: Capture): readonly InlineValue[] {
    const around = (this.#functions.of(document.uri)?.functions ?? []).filter(
      ({ range }) => range.start.line <= line && line <= range.end.line,
    );
    const innermost = around.at(-1)?.range;
    const lines = document.getText().split(/\r\n|\r|\n/);
    const atEnd = capture.values?.returned !== undefined || capture.values?.thrown !== undefined;
    return inlineValues(capture, lines, {
      from: innermost?.start.line ?? line,
      to: atEnd ? (innermost?.end.line ?? line) : line,
    });
  }

  #draw(uri: string | undefined): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      if (uri !== undefined && document.uri.toString() !== uri) continue;
      const drawing = this.drawingOf(document);
      const end = (line: number): vscode.Range => {
        const at = document.lineAt(line).range.end;
        return new vscode.Range(at, at);
      };
      for (const mark of marks) {
        editor.setDecorations(
          this.#types[mark],
          drawing.marks
            .filter((each) => each.mark === mark)
            .map(({ line, id }) => ({ range: new vscode.Range(line, 0, line, 0), hoverMessage: this.#hover(id) })),
        );
      }
      editor.setDecorations(
        this.#state,
        drawing.marks.map(({ line, text }) => ({
          range: end(line),
          renderOptions: { after: { contentText: `◆ ${text}` } },
        })),
      );
      editor.setDecorations(
        this.#values,
        drawing.values.map(({ line, text }) => ({
          range: end(line),
          renderOptions: { after: { contentText: ` ${text} ` } },
        })),
      );
    }
  }

  #hover(id: string): vscode.MarkdownString {
    const hover = new vscode.MarkdownString();
    const status = this.#store.find(id)?.status;
    if (status) hover.appendText(probeLines(status, Date.now()).join('\n'));
    return hover;
  }
}

function markTypes(): Readonly<Record<ProbeMark, vscode.TextEditorDecorationType>> {
  const theme = themeOf(vscode.window.activeColorTheme.kind);
  const type = (mark: ProbeMark): vscode.TextEditorDecorationType =>
    vscode.window.createTextEditorDecorationType({
      gutterIconPath: vscode.Uri.parse(markIconUri(mark, theme)),
      gutterIconSize: 'contain',
      overviewRulerColor: new vscode.ThemeColor(mark === 'refused' ? 'runlens.probeRefused' : 'runlens.probe'),
      overviewRulerLane: vscode.OverviewRulerLane.Left,
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    });
  return {
    proposed: type('proposed'),
    waiting: type('waiting'),
    armed: type('armed'),
    hit: type('hit'),
    limited: type('limited'),
    refused: type('refused'),
    ended: type('ended'),
  };
}

const themes: Readonly<Record<vscode.ColorThemeKind, MarkTheme>> = {
  [vscode.ColorThemeKind.Light]: 'light',
  [vscode.ColorThemeKind.Dark]: 'dark',
  [vscode.ColorThemeKind.HighContrast]: 'highContrast',
  [vscode.ColorThemeKind.HighContrastLight]: 'highContrastLight',
};
const themeOf = (kind: vscode.ColorThemeKind): MarkTheme => themes[kind];
