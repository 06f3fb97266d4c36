/** *Review Changes*: the change of the working copy by its production cost, in a view, and as marks in the text. */

import { lsp, type ReviewedChange } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import { inMessage, oneLine } from '../probes/shown-text.ts';
import type { ServerConnection } from '../server-connection.ts';
import { treeItem } from '../tree-item.ts';
import { type ReviewNode, reviewMarks, reviewNodes } from './review-model.ts';

const viewId = 'runlens.review';

export class ChangeReview implements vscode.TreeDataProvider<ReviewNode>, vscode.Disposable {
  readonly #server: ServerConnection;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<ReviewNode>;
  readonly #marks = vscode.languages.createDiagnosticCollection('runlens review');
  #review: ReviewedChange | undefined;
  readonly #listener: vscode.Disposable;
  #running: vscode.CancellationTokenSource | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(server: ServerConnection) {
    this.#server = server;
    this.#view = vscode.window.createTreeView<ReviewNode>(viewId, { treeDataProvider: this });
    // A mark on a text that has changed would speak of another one.
    this.#listener = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && this.#marks.has(document.uri)) this.#marks.delete(document.uri);
    });
  }

  /** The review that is shown. */
  get shown(): ReviewedChange | undefined {
    return this.#review;
  }

  /** Compares with `base`, a revision, else with where the branch left the main one. A new review ends one under way. */
  async run(base?: string): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      const manage = 'Manage Workspace Trust';
      const chosen = await vscode.window.showWarningMessage(
        'The workspace is in Restricted Mode, in which Runlens starts no git, so no change can be read.',
        manage,
      );
      if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
      return;
    }
    this.#running?.cancel();
    const running = new vscode.CancellationTokenSource();
    this.#running = running;
    const unsaved = vscode.workspace.textDocuments.filter(
      ({ isDirty, uri }) => isDirty && uri.scheme === 'file',
    ).length;
    const answer = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Runlens: reviewing the change', cancellable: true },
      (_progress, token) => {
        token.onCancellationRequested(() => running.cancel());
        return this.#server.request(lsp.reviewChange, base === undefined ? {} : { base }, running.token);
      },
    );
    const ended = running.token.isCancellationRequested;
    running.dispose();
    if (ended || this.#running !== running) return;
    this.#running = undefined;
    if (answer?.kind !== 'review') {
      const why = answer?.message ?? 'The Runlens language server does not run.';
      await vscode.window.showWarningMessage(inMessage(`The change could not be reviewed: ${why}`));
      return;
    }
    this.show(answer);
    if (unsaved > 0) {
      this.#view.message = `${this.#view.message ?? ''} ${unsaved} unsaved ${unsaved === 1 ? 'file is' : 'files are'} reviewed as on disk.`;
    }
    await vscode.commands.executeCommand(`${viewId}.focus`);
  }

  /** Asks for the revision first. */
  async runAgainst(): Promise<void> {
    const base = await vscode.window.showInputBox({
      title: 'Runlens: Review Changes Since',
      prompt: 'A revision; the change is read from where it left this one.',
      placeHolder: 'origin/main',
      validateInput: (value) => (value.trim().startsWith('-') ? 'A revision does not begin with -.' : undefined),
    });
    if (base !== undefined) await this.run(base.trim() === '' ? undefined : base.trim());
  }

  show(review: ReviewedChange): void {
    this.#review = review;
    this.#view.description = review.verdict;
    this.#view.message = [
      oneLine(review.title, 300),
      ...(review.withoutFacts === null
        ? []
        : [oneLine(`No figures from production, the text alone is judged: ${review.withoutFacts}`, 400)]),
    ].join(' · ');
    const severe = review.functions.filter(({ verdict }) => verdict === 'severe').length;
    this.#view.badge = severe === 0 ? undefined : { value: severe, tooltip: `${severe} severe` };
    this.#marks.clear();
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const { uri, line, severity, rule, text } of reviewMarks(review)) {
      const mark = new vscode.Diagnostic(
        new vscode.Range(line, 0, line, Number.MAX_SAFE_INTEGER),
        text,
        severity === 'warning' ? vscode.DiagnosticSeverity.Warning : vscode.DiagnosticSeverity.Information,
      );
      mark.source = 'Runlens review';
      mark.code = rule;
      byFile.set(uri, [...(byFile.get(uri) ?? []), mark]);
    }
    for (const [uri, marks] of byFile) this.#marks.set(vscode.Uri.parse(uri), marks);
    setContext(true);
    this.#changed.fire(undefined);
  }

  clear(): void {
    this.#review = undefined;
    this.#marks.clear();
    this.#view.badge = undefined;
    this.#view.message = '';
    this.#view.description = '';
    setContext(false);
    this.#changed.fire(undefined);
  }

  getChildren(node?: ReviewNode): ReviewNode[] {
    return [...(node ? node.children : this.#review ? reviewNodes(this.#review) : [])];
  }

  getTreeItem(node: ReviewNode): vscode.TreeItem {
    const { None, Expanded } = vscode.TreeItemCollapsibleState;
    const item = treeItem(node, node.children.length > 0 ? Expanded : None);
    item.tooltip = new vscode.MarkdownString().appendText(`${node.label}\n${node.description}`);
    if (node.location) {
      const { uri, range } = node.location;
      const place = new vscode.Range(range.start.line, range.start.character, range.start.line, range.start.character);
      item.command = {
        command: 'vscode.open',
        title: 'Open the Code',
        arguments: [vscode.Uri.parse(uri), { selection: place, preview: true }],
      };
    }
    return item;
  }

  dispose(): void {
    this.#running?.cancel();
    this.#listener.dispose();
    this.#marks.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }
}

/** For `when` clauses of package.json. */
function setContext(reviewed: boolean): void {
  vscode.commands.executeCommand('setContext', 'runlens.reviewed', reviewed).then(undefined, () => undefined);
}
