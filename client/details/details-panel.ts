/** The details page of one function, beside the editor; one page, which the next function takes over. */
import type { DetailsView, FromDetailsPage, ToDetailsPage } from '@runlens/protocol/details';
import { lsp, type Position, whyCommand } from '@runlens/protocol/lsp';
import { type FunctionHistory, pagesLsp } from '@runlens/protocol/lsp-pages';
import * as vscode from 'vscode';
import { openNamedFunction } from '../open-named-function.ts';
import type { ServerConnection } from '../server-connection.ts';
import { setUpPage } from '../webview/set-up-page.ts';
import { followFunction } from './follow-function.ts';
import { parseFromDetailsPage } from './page-messages.ts';

const viewType = 'runlens.details';
/** Changes come in bursts; the page is fetched at most this often, milliseconds. */
const refreshMilliseconds = 500;
/** Its points are of a minute or more, so the history is asked for less often. */
const historyMilliseconds = 5_000;

interface Target {
  readonly uri: string;
  readonly position: Position;
  /** Known after the first answer. */
  readonly name: string | undefined;
}

/** What was told last, and of what. */
interface KnownHistory {
  readonly key: string;
  readonly at: number;
  readonly history: FunctionHistory | null;
}

export interface DetailsActions {
  readonly selectEnvironment: (environment: string) => Promise<void>;
}

export class DetailsPanel implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #extensionUri: vscode.Uri;
  readonly #server: ServerConnection;
  readonly #actions: DetailsActions;
  readonly #listeners: vscode.Disposable;
  #panel: vscode.WebviewPanel | undefined;
  #target: Target | undefined;
  #last: ToDetailsPage | undefined;
  #timer: NodeJS.Timeout | undefined;
  #request: vscode.CancellationTokenSource | undefined;
  #history: KnownHistory | undefined;
  #historyRequest: vscode.CancellationTokenSource | undefined;

  constructor(extensionUri: vscode.Uri, server: ServerConnection, actions: DetailsActions) {
    this.#extensionUri = extensionUri;
    this.#server = server;
    this.#actions = actions;
    this.#listeners = vscode.Disposable.from(
      server.onFunctionsChanged((uris) => {
        const target = this.#target;
        if (target && uris.some((uri) => vscode.Uri.parse(uri).toString() === target.uri)) this.#refreshSoon();
      }),
      server.onStatus(() => this.#refreshSoon()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.toString() === this.#target?.uri) this.#refreshSoon();
      }),
      vscode.window.registerWebviewPanelSerializer(viewType, this),
    );
  }

  /** Shows the function at this position; false when there is none. */
  async show(uri: vscode.Uri, position: Position): Promise<boolean> {
    this.#target = { uri: uri.toString(), position, name: undefined };
    const view = await this.#fetch();
    if (!view) return false;
    if (!this.#panel) {
      this.#adopt(
        vscode.window.createWebviewPanel(viewType, 'Runlens', {
          viewColumn: vscode.ViewColumn.Beside,
          preserveFocus: true,
        }),
      );
    }
    this.#panel?.reveal(undefined, true);
    this.#show(view);
    return true;
  }

  /** After a reload of the window. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.#adopt(panel);
    const target = parseState(state);
    if (!target) {
      panel.dispose();
      return;
    }
    this.#target = target;
    await this.#refresh();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#request?.cancel();
    this.#historyRequest?.cancel();
    this.#listeners.dispose();
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    panel.onDidDispose(() => {
      this.#panel = undefined;
      this.#target = undefined;
      this.#last = undefined;
      this.#history = undefined;
      this.#historyRequest?.cancel();
    });
    setUpPage(panel, this.#extensionUri, 'details', (message) => {
      const parsed = parseFromDetailsPage(message);
      if (parsed) this.#received(parsed).catch(() => undefined); // each action tells its own failure
    });
  }

  async #received(message: FromDetailsPage): Promise<void> {
    const target = this.#target;
    if (!target) return;
    const uri = vscode.Uri.parse(target.uri);
    switch (message.type) {
      case 'ready':
        if (this.#last) this.#post(this.#last);
        return;
      case 'openCode': {
        const place = new vscode.Position(target.position.line, target.position.character);
        await vscode.window.showTextDocument(uri, {
          selection: new vscode.Range(place, place),
          viewColumn: vscode.ViewColumn.One,
        });
        return;
      }
      case 'why':
        await vscode.commands.executeCommand(whyCommand, target.uri, target.position);
        return;
      case 'openFunction':
        await openNamedFunction(this.#server, message.function);
        return;
      case 'selectEnvironment':
        await this.#actions.selectEnvironment(message.environment);
    }
  }

  #refreshSoon(): void {
    if (!this.#panel || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#refresh().catch(() => undefined); // requests log their failures
    }, refreshMilliseconds);
  }

  async #refresh(): Promise<void> {
    if (!this.#target || !this.#panel) return;
    await openUnseen(this.#target.uri);
    await this.#follow();
    const view = await this.#fetch();
    if (view) this.#show(view);
    else if (this.#target && this.#panel) {
      const what = this.#target.name ?? 'This function';
      this.#post({
        type: 'problem',
        message: this.#server.running
          ? `${what} is no longer found in the text. Open another function by its lens.`
          : 'The language server does not run. Start it again by the status bar.',
      });
    }
  }

  /** Moves the target to where its function is now. */
  async #follow(): Promise<void> {
    const target = this.#target;
    if (target?.name === undefined) return;
    const answer = await this.#server.request(lsp.documentFunctions, { uri: target.uri });
    if (!answer || this.#target !== target) return;
    const found = followFunction(answer.functions, target.name, target.position.line);
    if (found) this.#target = { ...target, position: found.selectionRange.start };
  }

  async #fetch(): Promise<DetailsView | undefined> {
    const target = this.#target;
    if (!target) return undefined;
    this.#request?.cancel();
    const request = new vscode.CancellationTokenSource();
    this.#request = request;
    const { uri, position } = target;
    const details = await this.#server.request(lsp.functionDetails, { uri, position }, request.token);
    request.dispose();
    if (this.#request === request) this.#request = undefined;
    if (!details || this.#target !== target) return undefined;
    if (target.name !== undefined && details.function.name !== target.name) return undefined;
    this.#target = { uri, position: details.function.selectionRange.start, name: details.function.name };
    const window = this.#server.status?.selection.window ?? '';
    return { ...details, history: null, uri, window, at: new Date().toISOString() };
  }

  /** Shows the numbers at once, and what takes longer to ask for when it is there. */
  #show(view: DetailsView): void {
    const key = historyKey(view, this.#server.status?.selection.version);
    const known = this.#history?.key === key ? this.#history : undefined;
    this.#post({ type: 'view', view: { ...view, history: known?.history ?? null } });
    if (key === undefined) {
      this.#historyRequest?.cancel();
      return;
    }
    if (known && Date.now() - known.at < historyMilliseconds) return;
    this.#history = { key, at: Date.now(), history: known?.history ?? null };
    this.#fetchHistory(view, key).catch(() => undefined); // requests log their failures
  }

  async #fetchHistory(view: DetailsView, key: string): Promise<void> {
    this.#historyRequest?.cancel();
    const request = new vscode.CancellationTokenSource();
    this.#historyRequest = request;
    const place = { uri: view.uri, position: view.function.selectionRange.start };
    const history = await this.#server.request(pagesLsp.functionHistory, place, request.token);
    request.dispose();
    if (this.#historyRequest === request) this.#historyRequest = undefined;
    if (!history || this.#history?.key !== key) return;
    this.#history = { key, at: Date.now(), history };
    // The newest view, which may have come meanwhile.
    const last = this.#last?.type === 'view' ? this.#last.view : undefined;
    if (last) this.#post({ type: 'view', view: { ...last, history } });
  }

  #post(message: ToDetailsPage): void {
    this.#last = message;
    if (!this.#panel) return;
    if (message.type === 'view') this.#panel.title = `${message.view.function.name} · Runlens`;
    this.#panel.webview.postMessage(message).then(undefined, () => undefined); // the page may just have been closed
  }
}

/**
 * The server knows the functions of open documents. After a reload of the window a file behind another one is not open yet, and one that
 * was closed is not any more: it is opened without being shown.
 */
async function openUnseen(uri: string): Promise<void> {
  const wanted = vscode.Uri.parse(uri);
  if (vscode.workspace.textDocuments.some((each) => each.uri.toString() === uri)) return;
  await vscode.workspace.openTextDocument(wanted).then(undefined, () => undefined); // a file that is gone is told as not found
}

/** What the page kept by `setState`. */
function parseState(state: unknown): Target | undefined {
  if (typeof state !== 'object' || state === null) return undefined;
  const { uri, line, character, name } = state as Record<string, unknown>; // an object was just seen
  if (typeof uri !== 'string' || typeof line !== 'number' || typeof character !== 'number') return undefined;
  return { uri, position: { line, character }, name: typeof name === 'string' ? name : undefined };
}

/** What a history is of; undefined: no service is known to run the function. */
function historyKey(view: DetailsView, version: string | undefined): string | undefined {
  const { state } = view.function;
  if (!('profile' in state)) return undefined;
  const { service, environment, file, function: name, line } = state.profile;
  return JSON.stringify([service, environment, file, name, line, view.window, version]);
}
