/** Shows the status bar's menu and runs what is chosen. */
import * as vscode from 'vscode';
import type { RunlensContext } from '../context.ts';
import { type MenuEntry, menu } from './menu.ts';

const positionNames = {
  above: 'above the function',
  endOfLine: 'at the end of its line',
  none: 'hover and gutter only',
} as const;

export async function showMenu(runlens: RunlensContext): Promise<void> {
  const { server, settings } = runlens;
  const groups = menu({
    status: server.status,
    serverRunning: server.running,
    ownsCollector: runlens.collector.ownPid !== undefined,
    trusted: vscode.workspace.isTrusted,
    terminalSensor: settings.terminalSensor,
    position: settings.lens.enabled ? positionNames[settings.lens.position] : 'off',
  });
  const items = groups.flatMap((group): (vscode.QuickPickItem & { readonly command?: MenuEntry['command'] })[] => [
    { label: group.title, kind: vscode.QuickPickItemKind.Separator },
    ...group.entries,
  ]);
  const chosen = await vscode.window.showQuickPick(items, { title: 'Runlens', matchOnDescription: true });
  if (chosen?.command) await vscode.commands.executeCommand(chosen.command);
}
