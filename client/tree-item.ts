import * as vscode from 'vscode';
import type { TreeRow } from './tree-row.ts';

/** A row as VS Code has it; what it was told by telemetry is text, never Markdown. */
export function treeItem(row: TreeRow, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, state);
  item.id = row.id;
  item.description = row.description;
  item.tooltip = new vscode.MarkdownString().appendText(row.spoken);
  item.accessibilityInformation = { label: row.spoken };
  const color = row.color === undefined ? undefined : new vscode.ThemeColor(row.color);
  item.iconPath = new vscode.ThemeIcon(row.icon, color);
  return item;
}
