/** The view of hot functions. */
import type { HotOrder } from '@runlens/protocol/api/profile';
import { type HotItem, lsp } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import type { Settings } from '../settings.ts';
import { hotText, orders, viewDescription } from './hot-model.ts';

const orderKey = 'runlens.hotOrder';
/** While data streams in, the view is fetched at most this often, milliseconds. */
const refreshMilliseconds = 5_000;

export class HotTree implements vscode.TreeDataProvider<HotItem>, vscode.Disposable {
  readonly #server: ServerConnection;
  readonly #settings: () => Settings;
  readonly #memento: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #view: vscode.TreeView<HotItem>;
  readonly #listeners: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #fetchedFor = '';

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(server: ServerConnection, settings: () => Settings, memento: vscode.Memento) {
    this.#server = server;
    this.#settings = settings;
    this.#memento = memento;
    this.#view = vscode.window.createTreeView('runlens.hotFunctions', { treeDataProvider: this });
    this.#listeners = vscode.Disposable.from(
      server.onStatus((status) => {
        // The age of data aside, what decides the list: fetch at once when it changes, else now and then.
        const decides = JSON.stringify([status.collector.kind, status.selection, status.effective]);
        if (decides === this.#fetchedFor) this.#refreshSoon();
        else this.refresh();
        this.#fetchedFor = decides;
      }),
      server.onFunctionsChanged(() => this.#refreshSoon()),
      server.onRunning(() => this.refresh()),
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible) this.refresh();
      }),
    );
  }

  get order(): HotOrder {
    const stored = this.#memento.get<unknown>(orderKey);
    return orders.find((one) => one.by === stored)?.by ?? 'time';
  }

  refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed.fire();
  }

  /** Asks by what to sort. */
  async sort(): Promise<void> {
    const items = orders.map((one) => ({
      label: one.by === this.order ? `$(check) ${one.label}` : one.label,
      description: one.description,
      by: one.by,
    }));
    const chosen = await vscode.window.showQuickPick(items, { title: 'Runlens: Sort Hot Functions by' });
    if (!chosen) return;
    await this.#memento.update(orderKey, chosen.by);
    this.refresh();
  }

  async getChildren(parent?: HotItem): Promise<HotItem[]> {
    if (parent) return [];
    const by = this.order;
    this.#view.description = viewDescription(by, this.#server.status);
    const answer = await this.#server.request(lsp.hot, { by, limit: this.#settings().hotFunctionsLimit });
    // Without a collector the view's own page tells what to do, and a message would hide it.
    this.#view.message = this.#server.status?.collector.kind === 'connected' ? (answer?.problem ?? '') : '';
    return answer ? [...answer.items] : [];
  }

  getTreeItem(item: HotItem): vscode.TreeItem {
    const said = hotText(item, this.order);
    const node = new vscode.TreeItem(said.label);
    node.id = said.id;
    node.description = said.description;
    const tooltip = new vscode.MarkdownString();
    tooltip.appendText(said.tooltip.join('\n'));
    node.tooltip = tooltip;
    node.accessibilityInformation = { label: said.spoken };
    node.contextValue = item.location ? 'inWorkspace' : 'elsewhere';
    node.iconPath = item.location
      ? new vscode.ThemeIcon('flame', item.heat === 0 ? undefined : new vscode.ThemeColor(`runlens.heat${item.heat}`))
      : new vscode.ThemeIcon('circle-slash');
    node.command = { command: 'runlens.openHotFunction', title: 'Open the Code', arguments: [item] };
    return node;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listeners.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  #refreshSoon(): void {
    if (!this.#view.visible || this.#timer) return;
    this.#timer = setTimeout(() => this.refresh(), refreshMilliseconds);
  }
}

/** Opens the code of a hot function, or says that it is not here. */
export async function openHotFunction(item: HotItem): Promise<void> {
  const { location, profile } = item;
  if (!location) {
    await vscode.window.showInformationMessage(
      `${profile.function} is in ${profile.file} of ${profile.service}, and no folder of this workspace has that file. Open the repository’s folder, or set runlens.pathMappings.`,
    );
    return;
  }
  const { start } = location.range;
  const place = new vscode.Position(start.line, start.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(location.uri), {
    selection: new vscode.Range(place, place),
    preview: true,
  });
}
