/** The function at the cursor whose lens stands above it: where lenses that act stand too, so that no line of code moves. */
import type { DocumentFunction } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { Settings } from '../settings.ts';
import type { VisibleFunctions } from './document-functions.ts';

export function cursorFunction(
  document: vscode.TextDocument,
  functions: VisibleFunctions,
  { lens }: Pick<Settings, 'lens'>,
): DocumentFunction | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!lens.enabled || lens.position !== 'above' || editor?.document !== document) return undefined;
  const { line } = editor.selection.active;
  return (functions.of(document.uri)?.functions ?? []).findLast(
    ({ range, label }) => label !== '' && range.start.line <= line && line <= range.end.line,
  );
}
