import { lsp, type NamedFunction } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from './server-connection.ts';

/** Opens the code of a function as services name it, or says that it is not here. */
export async function openNamedFunction(server: ServerConnection, named: NamedFunction): Promise<void> {
  const answer = await server.request(lsp.locateFunctions, { functions: [named] });
  const location = answer?.[0];
  if (!location) {
    await vscode.window.showInformationMessage(
      `${named.function} is in ${named.file}, and no folder of this workspace has that function. Open the repository’s folder, or set runlens.pathMappings.`,
    );
    return;
  }
  const { start } = location.range;
  const place = new vscode.Position(start.line, start.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(location.uri), {
    selection: new vscode.Range(place, place),
    viewColumn: vscode.ViewColumn.One,
  });
}
