/** The functions of the visible documents, fetched from the language server and kept as long as they are seen. */
import { type DocumentFunctions, lsp } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import { isSupported } from '../languages.ts';
import type { ServerConnection } from '../server-connection.ts';

/** While a person types, nothing is asked; VS Code moves what is shown with its text. Milliseconds. */
const editQuietMilliseconds = 300;

interface Watched {
  functions: DocumentFunctions | undefined;
  request: vscode.CancellationTokenSource | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class VisibleFunctions implements vscode.Disposable {
  readonly #server: ServerConnection;
  readonly #changed = new vscode.EventEmitter<string>();
  readonly #watched = new Map<string, Watched>();
  readonly #listeners: vscode.Disposable;
  /** A document's URI, when its functions were fetched anew. */
  readonly onChange = this.#changed.event;

  constructor(server: ServerConnection) {
    this.#server = server;
    this.#listeners = vscode.Disposable.from(
      vscode.window.onDidChangeVisibleTextEditors(() => this.#follow()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#tellVisible()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#refetch(document.uri.toString(), editQuietMilliseconds);
      }),
      server.onFunctionsChanged((uris) => {
        for (const uri of uris) this.#refetch(normalized(uri), 0);
      }),
      server.onRunning((running) => {
        if (running) this.refresh();
      }),
    );
    this.#follow();
  }

  /** What is known of a document now; undefined: not visible, or not fetched yet. */
  of(uri: vscode.Uri | undefined): DocumentFunctions | undefined {
    return uri && this.#watched.get(uri.toString())?.functions;
  }

  /** Fetches all visible documents again. */
  refresh(): void {
    this.#tellVisible();
    for (const uri of this.#watched.keys()) this.#refetch(uri, 0);
  }

  /** Nothing is known any more: the server is gone for good, and what was shown would grow old untold. */
  clear(): void {
    for (const [uri, watched] of this.#watched) {
      forget(watched);
      watched.functions = undefined;
      this.#changed.fire(uri);
    }
  }

  dispose(): void {
    this.#listeners.dispose();
    for (const watched of this.#watched.values()) forget(watched);
    this.#watched.clear();
    this.#changed.dispose();
  }

  #follow(): void {
    const visible = new Set(visibleDocuments().map((document) => document.uri.toString()));
    for (const [uri, watched] of this.#watched) {
      if (visible.has(uri)) continue;
      forget(watched);
      this.#watched.delete(uri);
    }
    this.#tellVisible();
    for (const uri of visible) {
      const known = this.#watched.has(uri);
      if (!known) this.#watched.set(uri, { functions: undefined, request: undefined, timer: undefined });
      // A new editor of a known document wants its marks, too.
      if (known) this.#changed.fire(uri);
      else this.#refetch(uri, 0);
    }
  }

  #tellVisible(): void {
    const uris = visibleDocuments().map((document) => document.uri.toString());
    this.#server.notify(lsp.visibleDocuments, { uris }).catch(() => undefined); // notify() logs, and never rejects
  }

  #refetch(uri: string, wait: number): void {
    const watched = this.#watched.get(uri);
    if (!watched) return;
    forget(watched); // a newer question supersedes what is under way
    watched.timer = setTimeout(() => {
      watched.timer = undefined;
      this.#fetch(uri, watched).catch(() => undefined); // request() logs, and never rejects
    }, wait);
  }

  async #fetch(uri: string, watched: Watched): Promise<void> {
    const request = new vscode.CancellationTokenSource();
    watched.request = request;
    const answer = await this.#server.request(lsp.documentFunctions, { uri }, request.token);
    request.dispose();
    if (watched.request !== request) return;
    watched.request = undefined;
    if (!answer || this.#watched.get(uri) !== watched) return;
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri);
    // The text has moved on: the change that did it has asked again already.
    if (!document || document.version !== answer.version) return;
    watched.functions = answer;
    this.#changed.fire(uri);
  }
}

/** The documents that can be seen, the active one first. */
function visibleDocuments(): vscode.TextDocument[] {
  const active = vscode.window.activeTextEditor?.document;
  const seen = vscode.window.visibleTextEditors.map((editor) => editor.document);
  const ordered = active ? [active, ...seen] : seen;
  return [...new Set(ordered)].filter((document) => isSupported(document.languageId));
}

/** The server may write a URI's percent-encoding otherwise than VS Code. */
function normalized(uri: string): string {
  return vscode.Uri.parse(uri).toString();
}

function forget(watched: Watched): void {
  clearTimeout(watched.timer);
  watched.timer = undefined;
  watched.request?.cancel();
  watched.request?.dispose();
  watched.request = undefined;
}
