/** Commands that change a setting. */
import type { LensPosition } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import { settingsSection } from './settings.ts';

const positions: readonly { readonly label: string; readonly description: string; readonly position: LensPosition }[] =
  [
    { label: 'Above the function', description: 'a lens on a line of its own', position: 'above' },
    { label: 'At the end of its line', description: 'the code does not move', position: 'endOfLine' },
    { label: 'In the hover and the gutter only', description: 'nothing in the text', position: 'none' },
  ];

export async function pickLensPosition(): Promise<void> {
  const chosen = await vscode.window.showQuickPick(positions, { title: 'Runlens: Show the Numbers Where?' });
  if (chosen) await update('lens.position', chosen.position);
}

export async function setTerminalSensor(on: boolean): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    await vscode.window.showWarningMessage(
      'In Restricted Mode Runlens gives terminals no sensor. Trust this workspace first.',
    );
    return;
  }
  await update('terminal.sensor', on ? 'on' : 'off');
  await vscode.window.showInformationMessage(
    on
      ? 'New terminals load the sensor into every Node process. Open a new terminal and start your service.'
      : 'New terminals have no sensor. Terminals that are open keep it until they are closed.',
  );
}

/** Where the workspace sets it, there; else for the user. */
async function update(key: string, value: string): Promise<void> {
  const section = vscode.workspace.getConfiguration(settingsSection);
  const inWorkspace = section.inspect(key)?.workspaceValue !== undefined;
  await section.update(
    key,
    value,
    inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
  );
}
