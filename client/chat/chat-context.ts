/** What a chat's request is about: the selection of the editor, the function at hand, what the person attached. */
import { lsp } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import { fencedText, quotedName } from './fenced.ts';
import type { ChatScope, FunctionAtHand } from './slash-commands.ts';
import type { Message } from './tool-loop.ts';

const mostReferences = 6;
/** UTF-16 units. */
const longestReference = 8_000;
const longestTurn = 4_000;
const mostTurns = 8;

/** What is shown in the editor is what is asked about. */
export function scopeOf(server: ServerConnection): ChatScope {
  const { status } = server;
  const { service, environment, version, window } = status?.selection ?? { window: '15m' };
  const shown = status?.effective;
  const chosen = { service: service ?? shown?.service, environment: environment ?? shown?.environment };
  return {
    ...(chosen.service === undefined ? {} : { service: chosen.service }),
    ...(chosen.environment === undefined ? {} : { environment: chosen.environment }),
    ...(version === undefined ? {} : { version }),
    window,
  };
}

export interface AtHand extends FunctionAtHand {
  readonly uri: vscode.Uri;
  readonly position: vscode.Position;
}

/** The function of an attached range, else the one at the cursor. */
export async function functionAtHand(
  references: readonly vscode.ChatPromptReference[],
  server: ServerConnection,
  token: vscode.CancellationToken,
): Promise<AtHand | undefined> {
  const attached = references.map(({ value }) => value).find((value) => value instanceof vscode.Location);
  const editor = vscode.window.activeTextEditor;
  const place = attached
    ? { uri: attached.uri, position: attached.range.start }
    : editor && { uri: editor.document.uri, position: editor.selection.active };
  if (!place) return undefined;
  const { line, character } = place.position;
  const details = await server.request(
    lsp.functionDetails,
    { uri: place.uri.toString(), position: { line, character } },
    token,
  );
  if (!details) return undefined;
  const { name, state, selectionRange } = details.function;
  const profile = 'profile' in state ? state.profile : state.kind === 'away' ? state.last : null;
  const { start } = selectionRange;
  return {
    file: profile?.file ?? vscode.workspace.asRelativePath(place.uri, false),
    function: profile?.function ?? name,
    uri: place.uri,
    position: new vscode.Position(start.line, start.character),
  };
}

/** Attached files and ranges as text for the model: of the workspace, so data as well. */
export async function referenceTexts(references: readonly vscode.ChatPromptReference[]): Promise<readonly string[]> {
  const texts: string[] = [];
  // VS Code adds an index of instructions and skills for agents of its own, whose tools nobody has here.
  const attached = references.filter(({ id, value }) => typeof value !== 'string' || !id.startsWith('vscode.'));
  for (const { value } of attached.slice(0, mostReferences)) {
    if (typeof value === 'string') texts.push(fencedText(value, longestReference));
    const uri = value instanceof vscode.Uri ? value : value instanceof vscode.Location ? value.uri : undefined;
    if (!uri) continue;
    const range = value instanceof vscode.Location ? value.range : undefined;
    const name = quotedName(vscode.workspace.asRelativePath(uri, false));
    const lines = range ? `, lines ${range.start.line + 1} to ${range.end.line + 1}` : '';
    try {
      const document = await vscode.workspace.openTextDocument(uri);
      texts.push(`Attached: ${name}${lines}\n${fencedText(document.getText(range), longestReference)}`);
    } catch {
      texts.push(`Attached, and could not be read: ${name}`);
    }
  }
  return texts;
}

/** What was said before, the last of it, cut. */
export function earlierTurns({ history }: vscode.ChatContext): readonly Message[] {
  return history.slice(-mostTurns).map((turn): Message => {
    if (turn instanceof vscode.ChatRequestTurn) {
      const words = `${turn.command === undefined ? '' : `/${turn.command} `}${turn.prompt}`;
      return { role: 'user', text: words.slice(0, longestTurn) };
    }
    const text = turn.response.map((part) => {
      if (part instanceof vscode.ChatResponseMarkdownPart) return part.value.value;
      return part instanceof vscode.ChatResponseAnchorPart ? `\`${part.title ?? ''}\`` : '';
    });
    return { role: 'assistant', parts: [{ kind: 'text', text: text.join('').slice(0, longestTurn) || '(nothing)' }] };
  });
}
