/** The commands on the function at a position: its details, why there are no numbers, what is known as a spoken sentence. */
import { type DocumentFunction, type Explanation, lsp, type Position } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import { describeFunction } from './describe-function.ts';
import type { DetailsPanel } from './details/details-panel.ts';
import { hotLine } from './lens/decoration-model.ts';
import type { Decorations } from './lens/decorations.ts';
import { plainText, wrapped } from './plain-text.ts';
import type { ServerConnection } from './server-connection.ts';

/** Characters of a line that a quick pick shows whole at its usual width. */
const explanationWidth = 76;

export interface Place {
  readonly uri: vscode.Uri;
  readonly position: Position;
}

/** The place that a command was given as `[uri, position]`, else the cursor's; undefined when there is neither. */
export function placeOf(args: readonly unknown[]): Place | undefined {
  const [uri, position] = args;
  if ((typeof uri === 'string' || uri instanceof vscode.Uri) && isPosition(position)) {
    return { uri: typeof uri === 'string' ? vscode.Uri.parse(uri) : uri, position };
  }
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  const { line, character } = editor.selection.active;
  return { uri: editor.document.uri, position: { line, character } };
}

/** Opens the details page where there are numbers, else explains. */
export async function showFunction(
  server: ServerConnection,
  details: DetailsPanel,
  args: readonly unknown[],
): Promise<void> {
  const place = placeOf(args);
  if (!place) return sayNoFunction();
  const found = await functionAt(server, place);
  const profile = found && profileOf(found);
  if (profile && (await details.show(place.uri, place.position))) return;
  await why(server, args);
}

/**
 * The explanation with its remedies, as a quick pick: it works by keyboard, leaves the code where it is, and is seen in
 * Do Not Disturb mode, too, which holds notifications back.
 */
export async function why(server: ServerConnection, args: readonly unknown[]): Promise<void> {
  const place = placeOf(args);
  if (!place) return sayNoFunction();
  const explanation = await server.request(lsp.explain, { uri: place.uri.toString(), position: place.position });
  if (explanation) return showExplanation(explanation);
  if (server.running) return sayNoFunction();
  await vscode.window.showWarningMessage(
    'The Runlens language server does not run, so there is nothing to explain with.',
  );
}

/** Tells what is known of the function at the cursor in a message, which screen readers read aloud. */
export async function tellFunction(server: ServerConnection, args: readonly unknown[]): Promise<void> {
  const place = placeOf(args);
  const found = place && (await functionAt(server, place));
  if (!found) return sayNoFunction();
  const details = 'Details';
  const because = 'Why?';
  const choice = await vscode.window.showInformationMessage(
    describeFunction(found, Date.now()),
    profileOf(found) ? details : because,
  );
  if (choice)
    await vscode.commands.executeCommand(
      choice === details ? 'runlens.showFunction' : 'runlens.why',
      place.uri.toString(),
      place.position,
    );
}

/** Moves the cursor to the next or previous function that is hot in its service (heat 3 or 4). */
export async function goToHotFunction(decorations: Decorations, direction: 1 | -1): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return sayNoFunction();
  const line = hotLine(decorations.modelOf(editor.document.uri), editor.selection.active.line, direction, 3);
  if (line === undefined) {
    await vscode.window.showInformationMessage('No function of this file is among the hot ones of its service.');
    return;
  }
  const place = new vscode.Position(line, editor.document.lineAt(line).firstNonWhitespaceCharacterIndex);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function functionAt(server: ServerConnection, place: Place): Promise<DocumentFunction | undefined> {
  const details = await server.request(lsp.functionDetails, { uri: place.uri.toString(), position: place.position });
  return details?.function;
}

function profileOf({ state }: DocumentFunction): boolean {
  return (
    state.kind === 'measured' ||
    state.kind === 'notCalled' ||
    state.kind === 'changed' ||
    (state.kind === 'away' && state.last !== null)
  );
}

async function showExplanation(explanation: Explanation): Promise<void> {
  const text = wrapped(plainText(explanation.body), explanationWidth).map((label) => ({ label, remedy: undefined }));
  const remedies = explanation.remedies.map((remedy) => ({ label: `$(arrow-right) ${remedy.title}`, remedy }));
  const separator = { label: 'What to do', kind: vscode.QuickPickItemKind.Separator, remedy: undefined };
  const picker = vscode.window.createQuickPick<(typeof text)[number] | (typeof remedies)[number]>();
  picker.title = explanation.title;
  picker.placeholder = remedies.length > 0 ? 'Choose what to do, or Escape' : 'Escape closes this';
  picker.items = remedies.length > 0 ? [...text, separator, ...remedies] : text;
  const [first] = remedies;
  if (first) picker.activeItems = [first];
  const remedy = await new Promise<Explanation['remedies'][number] | undefined>((resolve) => {
    picker.onDidAccept(() => {
      // A line of the text does nothing: it is there to be read.
      const [chosen] = picker.selectedItems;
      if (chosen?.remedy) resolve(chosen.remedy);
    });
    picker.onDidHide(() => resolve(undefined));
    picker.show();
  });
  picker.dispose();
  if (remedy) await vscode.commands.executeCommand(remedy.command, ...(remedy.arguments ?? []));
}

async function sayNoFunction(): Promise<void> {
  await vscode.window.showInformationMessage('Put the cursor into a function of a supported language first.');
}

function isPosition(value: unknown): value is Position {
  return (
    typeof value === 'object' &&
    value !== null &&
    'line' in value &&
    typeof value.line === 'number' &&
    'character' in value &&
    typeof value.character === 'number'
  );
}
