/** The overview page of a service: all of its functions at once, its versions, and what changed by the newest. */
import { pagesLsp } from '@runlens/protocol/lsp-pages';
import type { FromOverviewPage, ToOverviewPage } from '@runlens/protocol/overview-page';
import * as vscode from 'vscode';
import { openNamedFunction } from '../open-named-function.ts';
import type { ServerConnection } from '../server-connection.ts';
import { setUpPage } from '../webview/set-up-page.ts';
import { parseFromOverviewPage } from './overview-messages.ts';

const viewType = 'runlens.overview';
/** All functions of a service are asked for at most this often, and while the page can be seen, milliseconds. */
const refreshMilliseconds = 15_000;
/** A choice of the reader shows sooner; the server is told of it first. */
const choiceMilliseconds = 300;

const chooseCommands = {
  service: 'runlens.selectService',
  environment: 'runlens.selectEnvironment',
  version: 'runlens.selectVersion',
  window: 'runlens.selectWindow',
} as const;

export class OverviewPanel implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #extensionUri: vscode.Uri;
  readonly #server: ServerConnection;
  readonly #listeners: vscode.Disposable;
  #panel: vscode.WebviewPanel | undefined;
  #last: ToOverviewPage | undefined;
  #timer: NodeJS.Timeout | undefined;
  #request: vscode.CancellationTokenSource | undefined;
  #fetchedFor = '';

  constructor(extensionUri: vscode.Uri, server: ServerConnection) {
    this.#extensionUri = extensionUri;
    this.#server = server;
    this.#listeners = vscode.Disposable.from(
      server.onStatus((status) => {
        const decides = JSON.stringify([status.collector.kind, status.selection]);
        this.#refreshSoon(decides === this.#fetchedFor ? refreshMilliseconds : choiceMilliseconds);
        this.#fetchedFor = decides;
      }),
      server.onRunning(() => this.#refreshSoon(choiceMilliseconds)),
      vscode.window.registerWebviewPanelSerializer(viewType, this),
    );
  }

  async show(): Promise<void> {
    if (!this.#panel) {
      this.#adopt(vscode.window.createWebviewPanel(viewType, 'Runlens Overview', vscode.ViewColumn.Active));
    }
    this.#panel?.reveal();
    await this.#refresh();
  }

  /** After a reload of the window; what the page kept is its own affair. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#adopt(panel);
    await this.#refresh();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#request?.cancel();
    this.#listeners.dispose();
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    panel.onDidDispose(() => {
      this.#panel = undefined;
      this.#last = undefined;
      this.#request?.cancel();
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible) this.#refreshSoon(choiceMilliseconds);
    });
    setUpPage(panel, this.#extensionUri, 'overview', (message) => {
      const parsed = parseFromOverviewPage(message);
      if (parsed) this.#received(parsed).catch(() => undefined); // each action tells its own failure
    });
  }

  async #received(message: FromOverviewPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        if (this.#last) this.#post(this.#last);
        return;
      case 'openFunction':
        await openNamedFunction(this.#server, message.function);
        return;
      case 'choose':
        await vscode.commands.executeCommand(chooseCommands[message.what]);
    }
  }

  /** The sooner of what was asked for already and this. */
  #refreshSoon(milliseconds: number): void {
    if (!this.#panel?.visible) return;
    if (this.#timer && milliseconds >= refreshMilliseconds) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#refresh().catch(() => undefined); // requests log their failures
    }, milliseconds);
  }

  async #refresh(): Promise<void> {
    if (!this.#panel) return;
    this.#request?.cancel();
    const request = new vscode.CancellationTokenSource();
    this.#request = request;
    const answer = await this.#server.request(pagesLsp.overview, null, request.token);
    request.dispose();
    if (this.#request !== request) return;
    this.#request = undefined;
    if (answer?.kind === 'overview') {
      this.#post({ type: 'overview', view: { ...answer, at: new Date().toISOString() } });
    } else {
      const away = 'The language server does not run. Start it again by the status bar.';
      this.#post({ type: 'problem', message: answer?.message ?? away });
    }
  }

  #post(message: ToOverviewPage): void {
    this.#last = message;
    if (!this.#panel) return;
    if (message.type === 'overview') this.#panel.title = `${message.view.overview.service} · Runlens`;
    this.#panel.webview.postMessage(message).then(undefined, () => undefined); // the page may just have been closed
  }
}
