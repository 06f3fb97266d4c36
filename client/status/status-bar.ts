/** The status bar item. */
import * as vscode from 'vscode';
import { type StatusInput, statusText } from './status-text.ts';

/** The age of the data is told anew this often, milliseconds. */
const tickMilliseconds = 10_000;

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('runlens.status', vscode.StatusBarAlignment.Right, 90);
  readonly #input: () => StatusInput;
  readonly #tick: NodeJS.Timeout;

  constructor(input: () => StatusInput) {
    this.#input = input;
    this.#item.name = 'Runlens';
    this.#item.command = 'runlens.showMenu';
    this.#tick = setInterval(() => this.update(), tickMilliseconds);
    this.update();
    this.#item.show();
  }

  update(): void {
    const said = statusText(this.#input());
    this.#item.text = said.text;
    const tooltip = new vscode.MarkdownString();
    tooltip.appendText(said.tooltip.join('\n'));
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: said.spoken, role: 'button' };
    this.#item.backgroundColor =
      said.severity === 'normal' ? undefined : new vscode.ThemeColor(`statusBarItem.${said.severity}Background`);
  }

  /** What is shown now, for tests. */
  get text(): string {
    return this.#item.text;
  }

  dispose(): void {
    clearInterval(this.#tick);
    this.#item.dispose();
  }
}
