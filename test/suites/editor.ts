/** What a suite asks of the editor that it runs in. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DocumentFunction } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { RunlensApi } from '../../client/extension.ts';
import { eventually } from '../story/eventually.ts';
import { storyFacts } from './story.ts';

export const extensionId = 'runlens.runlens';

/** The extension's interface; activates it if nothing has. */
export async function runlens(): Promise<RunlensApi> {
  const extension = vscode.extensions.getExtension<RunlensApi>(extensionId);
  assert.ok(extension, `${extensionId} is not installed`);
  const api = await extension.activate();
  await api.whenReady;
  return api;
}

/** Opens a file of the shop (or of another folder) in the editor. */
export async function open(path: string, folder = storyFacts().shopFolder): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(join(folder, path)));
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

export interface Lens {
  /** Zero-based. */
  readonly line: number;
  readonly title: string;
  readonly command: string;
}

/** The lenses of a document as the editor has them. */
export async function lensesOf(document: vscode.TextDocument): Promise<readonly Lens[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[] | undefined>(
    'vscode.executeCodeLensProvider',
    document.uri,
    10_000,
  );
  return (lenses ?? []).map((lens) => ({
    line: lens.range.start.line,
    title: lens.command?.title ?? '',
    command: lens.command?.command ?? '',
  }));
}

/** What is known of a document's functions, of its text as it is now; throws while it is not known. */
export async function functionsOf(document: vscode.TextDocument): Promise<readonly DocumentFunction[]> {
  const known = (await runlens()).functionsOf(document.uri);
  assert.ok(known, `nothing is known of ${document.uri.path} yet`);
  assert.equal(known.version, document.version, 'what is known is of an older text');
  return known.functions;
}

/** The one function of this name; throws when there is none, or several. */
export async function functionOf(document: vscode.TextDocument, name: string): Promise<DocumentFunction> {
  const found = (await functionsOf(document)).filter((one) => one.name === name);
  const [one] = found;
  assert.ok(one && found.length === 1, `${found.length} functions are named ${name}`);
  return one;
}

/** Exact calls of every measured function, by name and start line; twins are kept apart. */
export function callsByName(functions: readonly DocumentFunction[]): ReadonlyMap<string, number> {
  return new Map(
    functions.flatMap((one) => (one.state.kind === 'measured' ? [[one.name, one.state.profile.calls] as const] : [])),
  );
}

/** Resolves when this function has numbers. */
export function measured(document: vscode.TextDocument, name: string): Promise<DocumentFunction> {
  return eventually(`${name} has numbers`, async () => {
    const one = await functionOf(document, name);
    assert.equal(one.state.kind, 'measured');
    return one;
  });
}

/** Changes a document as an edit of the user does, leaving it unsaved. */
export async function edit(document: vscode.TextDocument, range: vscode.Range, text: string): Promise<void> {
  const change = new vscode.WorkspaceEdit();
  change.replace(document.uri, range, text);
  assert.ok(await vscode.workspace.applyEdit(change), 'the editor refused the edit');
}

export const insert = (document: vscode.TextDocument, line: number, text: string): Promise<void> =>
  edit(document, new vscode.Range(line, 0, line, 0), text);

/** Replaces a text that is in the document exactly once. */
export async function replace(document: vscode.TextDocument, before: string, after: string): Promise<void> {
  const text = document.getText();
  const at = text.indexOf(before);
  assert.ok(at >= 0 && text.indexOf(before, at + 1) < 0, `${JSON.stringify(before)} is not there exactly once`);
  await edit(document, new vscode.Range(document.positionAt(at), document.positionAt(at + before.length)), after);
}

/** Back to the text on disk. */
export async function revert(document: vscode.TextDocument): Promise<void> {
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand('workbench.action.files.revert');
  await eventually('the edits are gone', () => assert.equal(document.isDirty, false));
}

/** The Markdown of all hovers at a place. */
export async function hoverAt(document: vscode.TextDocument, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers
    .flatMap((hover) => hover.contents)
    .map((content) => (typeof content === 'string' ? content : content.value))
    .filter((text) => text.includes('Runlens'))
    .join('\n');
}
