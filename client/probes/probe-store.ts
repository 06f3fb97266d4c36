/** What the window knows of probes and their captures, as the language server tells it. */
import type { Capture, ProbeStatus } from '@runlens/protocol';
import { type KnownProbe, type ProbeAccess, type ProbesView, probesLsp } from '@runlens/protocol/lsp-probes';
import { probeLimits } from '@runlens/protocol/probes/limits';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';

/** Captures of so many probes are kept, of each as many as the collector keeps. */
const mostProbesWithCaptures = 100;

const noServer: ProbesView = {
  access: {
    kind: 'denied',
    why: 'away',
    message: 'The Runlens language server does not run: start it again by the status bar.',
  },
  probes: [],
  problem: null,
};

export class ProbeStore implements vscode.Disposable {
  readonly #server: ServerConnection;
  readonly #changed = new vscode.EventEmitter<ProbesView>();
  readonly #captured = new vscode.EventEmitter<readonly Capture[]>();
  readonly #captures = new Map<string, readonly Capture[]>();
  readonly #listeners: vscode.Disposable;
  #view: ProbesView = noServer;

  readonly onChange = this.#changed.event;
  /** Captures that have just arrived, or were asked for first. */
  readonly onCaptures = this.#captured.event;

  constructor(server: ServerConnection) {
    this.#server = server;
    this.#listeners = vscode.Disposable.from(
      server.listen(probesLsp.changed, (view) => this.#set(view)),
      server.listen(probesLsp.captured, ({ captures }) => this.#take(captures)),
      server.onRunning((running) => {
        if (running) this.refresh();
        else this.#set(noServer);
      }),
    );
  }

  get view(): ProbesView {
    return this.#view;
  }

  get access(): ProbeAccess {
    return this.#view.access;
  }

  find(id: string): KnownProbe | undefined {
    return this.#view.probes.find(({ status }) => status.probe.id === id);
  }

  /** Oldest first, as far as they are known here. */
  capturesOf(id: string): readonly Capture[] {
    return this.#captures.get(id) ?? [];
  }

  get allCaptures(): readonly Capture[] {
    return [...this.#captures.values()].flat();
  }

  /** Takes a probe that this window has placed, if the server’s notice of it, which is newer then, has not come yet. */
  adopt(status: ProbeStatus): void {
    if (this.find(status.probe.id)) return;
    this.#set({ ...this.#view, probes: [...this.#view.probes, { status, mine: true }] });
  }

  refresh(): void {
    this.#server.request(probesLsp.view, null).then(
      (view) => view && this.#set(view),
      () => undefined, // request() logs, and never rejects
    );
  }

  /** Asks for what a probe has captured; from then on its captures come by themselves. Returns why that failed. */
  async loadCaptures(id: string): Promise<string | null> {
    const answer = await this.#server.request(probesLsp.captures, { id });
    if (answer?.kind === 'done') this.#take(answer.captures);
    return answer?.kind === 'refused' ? answer.message : null;
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#changed.dispose();
    this.#captured.dispose();
  }

  #set(view: ProbesView): void {
    this.#view = view;
    if (view !== noServer) {
      const known = new Set(view.probes.map(({ status }) => status.probe.id));
      for (const id of this.#captures.keys()) if (!known.has(id)) this.#captures.delete(id);
    }
    this.#changed.fire(view);
  }

  #take(captures: readonly Capture[]): void {
    const fresh: Capture[] = [];
    for (const capture of captures) {
      const known = this.#captures.get(capture.probe) ?? [];
      if (known.some(({ id }) => id === capture.id)) continue;
      fresh.push(capture);
      this.#captures.delete(capture.probe);
      this.#captures.set(
        capture.probe,
        [...known, capture].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(-probeLimits.capturesKept),
      );
    }
    const [oldest] = this.#captures.keys();
    if (this.#captures.size > mostProbesWithCaptures && oldest !== undefined) this.#captures.delete(oldest);
    if (fresh.length > 0) this.#captured.fire(fresh);
  }
}
