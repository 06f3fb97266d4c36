/** The view of events, the notification of what begins to fire, and the commands of both. */

import { type EventItem, eventsLsp } from '@runlens/protocol/lsp-events';
import * as vscode from 'vscode';
import { inMessage } from '../probes/shown-text.ts';
import type { ServerConnection } from '../server-connection.ts';
import type { Settings } from '../settings.ts';
import { treeItem } from '../tree-item.ts';
import { EventLenses } from './event-lenses.ts';
import { type EventNode, eventLenses, eventNodes, firingEvents, notification } from './event-model.ts';

const viewId = 'runlens.events';
/** Events that come together are one question. */
const gatherMilliseconds = 300;
/** Ages are told anew this often. */
const tickMilliseconds = 30_000;

export class Events implements vscode.TreeDataProvider<EventNode>, vscode.Disposable {
  readonly #server: ServerConnection;
  readonly #settings: () => Settings;
  readonly #onFiring: () => void;
  readonly #lenses = new EventLenses();
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<EventNode>;
  readonly #listeners: vscode.Disposable;
  readonly #tick: NodeJS.Timeout;
  #items: readonly EventItem[] = [];
  #nodes: readonly EventNode[] = [];
  #askedFor = '';
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #isTelling = false;

  readonly onDidChangeTreeData = this.#changed.event;

  /** `onFiring`: is called when other events fire than before. */
  constructor(server: ServerConnection, settings: () => Settings, onFiring: () => void) {
    this.#server = server;
    this.#settings = settings;
    this.#onFiring = onFiring;
    this.#view = vscode.window.createTreeView<EventNode>(viewId, { treeDataProvider: this });
    this.#listeners = vscode.Disposable.from(
      server.listen(eventsLsp.changed, ({ changes }) => {
        this.refreshSoon();
        void this.#tell(changes);
      }),
      server.onStatus(({ collector, selection }) => {
        const decides = JSON.stringify([collector.kind, selection.service, selection.environment]);
        if (decides !== this.#askedFor) this.refreshSoon();
        this.#askedFor = decides;
      }),
      server.onRunning(() => this.refreshSoon()),
      vscode.workspace.onDidSaveTextDocument(() => this.refreshSoon()),
    );
    this.#tick = setInterval(() => this.#draw(), tickMilliseconds);
  }

  get items(): readonly EventItem[] {
    return this.#items;
  }

  get commands(): Readonly<Record<string, (...args: unknown[]) => unknown>> {
    return {
      'runlens.events.refresh': () => this.#refresh(),
      'runlens.events.show': (given) => this.#show(given),
      'runlens.events.open': (given) => this.#open(given),
      'runlens.events.openUrl': async (given) => {
        const url = this.#nodeOf(given)?.item.event.url;
        if (url !== undefined) await vscode.env.openExternal(vscode.Uri.parse(url));
      },
    };
  }

  refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#refresh().catch(() => undefined); // request() has logged it
    }, gatherMilliseconds);
  }

  getChildren(node?: EventNode): EventNode[] {
    return [...(node ? node.children : this.#nodes)];
  }

  getParent(node: EventNode): EventNode | undefined {
    return this.#nodes.find((each) => each.id === node.item.event.id && each.id !== node.id);
  }

  getTreeItem(node: EventNode): vscode.TreeItem {
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    const item = treeItem(node, node.children.length > 0 ? Collapsed : None);
    item.contextValue = node.context;
    if (node.location) item.command = { command: 'runlens.events.open', title: 'Open the Code', arguments: [node] };
    return item;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#tick);
    this.#listeners.dispose();
    this.#lenses.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  async #refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const answer = await this.#server.request(eventsLsp.list, null);
    // A later question is under way, and its answer is the newer one.
    if (asked !== this.#asked) return;
    this.#items = answer?.items ?? [];
    const connected = this.#server.status?.collector.kind === 'connected';
    this.#view.message = connected ? (answer?.problem ?? '') : '';
    this.#draw();
    this.#onFiring();
  }

  #draw(): void {
    const now = Date.now();
    this.#nodes = eventNodes(this.#items, now);
    const firing = firingEvents(this.#items).length;
    const tooltip = `${firing} ${firing === 1 ? 'event fires' : 'events fire'}`;
    this.#view.badge = firing > 0 ? { value: firing, tooltip } : undefined;
    this.#lenses.show(this.#settings().lens.enabled ? eventLenses(this.#items, now) : []);
    this.#changed.fire(undefined);
  }

  /** One at a time: what begins meanwhile is in the view. */
  async #tell(changes: Parameters<typeof notification>[0]): Promise<void> {
    const told = notification(changes, this.#settings().notifiedEvents);
    if (told === undefined || this.#isTelling) return;
    this.#isTelling = true;
    try {
      const show = 'Show Event';
      const text = `Runlens: ${inMessage(told.text)}`;
      const chosen = await (told.isCritical
        ? vscode.window.showErrorMessage(text, show)
        : vscode.window.showWarningMessage(text, show));
      if (chosen === show) {
        await this.#refresh();
        await this.#show(told.id);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  /** A node of the tree, or the id of an event. */
  #nodeOf(given: unknown): EventNode | undefined {
    if (typeof given === 'object' && given !== null && 'item' in given) return given as EventNode; // only the tree gives objects
    return this.#nodes.find(({ id }) => id === given);
  }

  async #show(given: unknown): Promise<void> {
    const node = this.#nodeOf(given);
    const own = this.#nodes.find(({ id }) => id === node?.item.event.id);
    if (own) await this.#view.reveal(own, { expand: true, focus: true, select: true });
    else await vscode.commands.executeCommand(`${viewId}.focus`);
  }

  async #open(given: unknown): Promise<void> {
    const location = this.#nodeOf(given)?.location;
    if (!location) return;
    const { line, character } = location.range.start;
    const place = new vscode.Range(line, character, line, character);
    await vscode.window.showTextDocument(vscode.Uri.parse(location.uri), { selection: place, preview: true });
  }
}
