/** Which probes stand on which lines of the visible documents; VS Code moves the marks while a person types. */
import { type DocumentProbe, probesLsp } from '@runlens/protocol/lsp-probes';
import * as vscode from 'vscode';
import { isSupported } from '../languages.ts';
import type { ServerConnection } from '../server-connection.ts';
import type { ProbeStore } from './probe-store.ts';

const editQuietMilliseconds = 300;

export class DocumentProbes implements vscode.Disposable {
  readonly #server: ServerConnection;
  readonly #store: ProbeStore;
  readonly #changed = new vscode.EventEmitter<string>();
  readonly #known = new Map<string, readonly DocumentProbe[]>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #listeners: vscode.Disposable;
  #places = '';

  /** A document's URI, when the lines of its probes are known anew. */
  readonly onChange = this.#changed.event;

  constructor(server: ServerConnection, store: ProbeStore) {
    this.#server = server;
    this.#store = store;
    this.#listeners = vscode.Disposable.from(
      store.onChange(({ probes }) => {
        // Where they stand changes seldom; how they stand does all the time.
        const places = JSON.stringify(
          probes.map(({ status: { probe, instances } }) => [
            probe.id,
            instances.find(({ state }) => state === 'armed')?.line,
          ]),
        );
        const moved = places !== this.#places;
        this.#places = places;
        for (const uri of visible()) {
          if (moved) this.#fetchSoon(uri, 0);
          else this.#changed.fire(uri);
        }
      }),
      server.onFunctionsChanged(() => {
        // What runs may be another text now.
        if (store.view.probes.length > 0) for (const uri of visible()) this.#fetchSoon(uri, 0);
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => {
        const seen = visible();
        for (const uri of this.#known.keys()) if (!seen.has(uri)) this.#known.delete(uri);
        for (const uri of seen) this.#fetchSoon(uri, 0);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const uri = document.uri.toString();
        if (contentChanges.length > 0 && visible().has(uri)) this.#fetchSoon(uri, editQuietMilliseconds);
      }),
    );
  }

  of(uri: vscode.Uri): readonly DocumentProbe[] {
    return this.#known.get(uri.toString()) ?? [];
  }

  /** The probes on a line. */
  at(uri: vscode.Uri, line: number): readonly string[] {
    return this.of(uri).flatMap((each) => (each.line === line ? [each.id] : []));
  }

  dispose(): void {
    this.#listeners.dispose();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#changed.dispose();
  }

  #fetchSoon(uri: string, wait: number): void {
    clearTimeout(this.#timers.get(uri));
    this.#timers.set(
      uri,
      setTimeout(() => {
        this.#timers.delete(uri);
        this.#fetch(uri).catch(() => undefined); // request() logs, and never rejects
      }, wait),
    );
  }

  async #fetch(uri: string): Promise<void> {
    const probes =
      this.#store.view.probes.length > 0 ? await this.#server.request(probesLsp.ofDocument, { uri }) : null;
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri);
    // The text has moved on: the change that did it asks again.
    if (!document || (probes && probes.version !== document.version)) return;
    this.#known.set(uri, probes?.probes ?? []);
    this.#changed.fire(uri);
  }
}

const visible = (): ReadonlySet<string> =>
  new Set(
    vscode.window.visibleTextEditors
      .filter(({ document }) => isSupported(document.languageId))
      .map(({ document }) => document.uri.toString()),
  );
