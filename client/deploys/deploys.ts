/** The view of deploys, and the note to who changed something in one. */

import { type DeployItem, type DeployVerdict, deploysLsp } from '@runlens/protocol/lsp-deploys';
import * as vscode from 'vscode';
import { inMessage } from '../probes/shown-text.ts';
import type { ServerConnection } from '../server-connection.ts';
import type { Settings } from '../settings.ts';
import { treeItem } from '../tree-item.ts';
import { type DeployNode, deployKey, deployNodes, noteText, verdictText } from './deploy-model.ts';

const viewId = 'runlens.deploys';
/** A deploy is looked at again as often, as long as it is young. */
const refreshMilliseconds = 60_000;
const youngMilliseconds = 70 * 60_000;
/** Verdicts are asked for unasked of so many: the newest ones. */
const mostAsked = 4;
const notedKey = 'runlens.deploysNoted';
const mostNoted = 100;
/** What has been said by a deploy after so long stays. */
const settledMilliseconds = 12 * 60_000;

export class Deploys implements vscode.TreeDataProvider<DeployNode>, vscode.Disposable {
  readonly #server: ServerConnection;
  readonly #settings: () => Settings;
  readonly #memento: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<DeployNode>;
  readonly #listeners: vscode.Disposable;
  readonly #verdicts = new Map<string, DeployVerdict>();
  #items: readonly DeployItem[] = [];
  #nodes: readonly DeployNode[] = [];
  #askedFor = '';
  #asked = 0;
  readonly #timer: NodeJS.Timeout;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(server: ServerConnection, settings: () => Settings, memento: vscode.Memento) {
    this.#server = server;
    this.#settings = settings;
    this.#memento = memento;
    this.#view = vscode.window.createTreeView<DeployNode>(viewId, { treeDataProvider: this });
    this.#listeners = vscode.Disposable.from(
      server.onStatus(({ collector, selection }) => {
        const decides = JSON.stringify([collector.kind, selection.service, selection.environment]);
        if (decides !== this.#askedFor) this.#refreshQuietly();
        this.#askedFor = decides;
      }),
      server.onRunning(() => this.#refreshQuietly()),
      this.#view.onDidExpandElement(({ element }) => {
        if (element.item) this.#ask(element.item).catch(() => undefined); // request() has logged it
      }),
    );
    this.#timer = setInterval(() => this.#refreshQuietly(), refreshMilliseconds);
  }

  /** What the view shows. */
  get shown(): readonly DeployNode[] {
    return this.#nodes;
  }

  get commands(): Readonly<Record<string, (...args: unknown[]) => unknown>> {
    return {
      'runlens.deploys.refresh': () => this.#refresh(),
      'runlens.deploys.compare': () => this.#compare(),
      'runlens.deploys.open': (given) => open(given as DeployNode), // only the tree calls this, with its nodes
    };
  }

  getChildren(node?: DeployNode): DeployNode[] {
    return [...(node ? node.children : this.#nodes)];
  }

  getParent(node: DeployNode): DeployNode | undefined {
    const all = this.#nodes.flatMap((each) => [each, ...each.children]);
    return all.find((each) => each.children.includes(node));
  }

  getTreeItem(node: DeployNode): vscode.TreeItem {
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    const hasMore = node.children.length > 0 || node.item?.deploy.base !== undefined;
    const item = treeItem(node, hasMore ? Collapsed : None);
    if (node.location) item.command = { command: 'runlens.deploys.open', title: 'Open the Code', arguments: [node] };
    return item;
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#listeners.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  #refreshQuietly(): void {
    this.#refresh().catch(() => undefined); // request() has logged it
  }

  async #refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const answer = await this.#server.request(deploysLsp.list, null);
    // A later question is under way, and its answer is the newer one.
    if (asked !== this.#asked) return;
    this.#items = answer?.items ?? [];
    const connected = this.#server.status?.collector.kind === 'connected';
    this.#view.message = connected ? (answer?.problem ?? '') : '';
    const keys = new Set(this.#items.map(deployKey));
    for (const key of this.#verdicts.keys()) if (!keys.has(key)) this.#verdicts.delete(key);
    this.#redraw();
    const compared = this.#items.filter(({ deploy }) => deploy.base !== undefined);
    for (const item of compared.slice(0, mostAsked)) {
      const isYoung = Date.now() - Date.parse(item.deploy.since) < youngMilliseconds;
      if (isYoung || !this.#verdicts.has(deployKey(item))) await this.#ask(item);
      if (asked !== this.#asked) return;
    }
  }

  async #ask(item: DeployItem): Promise<DeployVerdict | undefined> {
    const { service, environment, deploy } = item;
    if (deploy.base === undefined) return undefined;
    const verdict = await this.#server.request(deploysLsp.verdict, {
      ...{ service, environment, version: deploy.version, baseVersion: deploy.base.version },
      ...(deploy.revision === undefined ? {} : { revision: deploy.revision }),
      ...(deploy.base.revision === undefined ? {} : { baseRevision: deploy.base.revision }),
    });
    if (verdict === undefined) return undefined;
    this.#verdicts.set(deployKey(item), verdict);
    this.#redraw();
    await this.#note(item, verdict);
    return verdict;
  }

  #redraw(): void {
    this.#nodes = deployNodes(this.#items, this.#verdicts, Date.now());
    this.#changed.fire(undefined);
  }

  /** Once for each deploy that commits of this user are in, when it has run long enough. */
  async #note(item: DeployItem, verdict: DeployVerdict): Promise<void> {
    const text = noteText(item, verdict);
    const age = Date.now() - Date.parse(item.deploy.since);
    if (text === undefined || !this.#settings().deploysNotify || !item.deploy.isRunning) return;
    if (age < settledMilliseconds || age > youngMilliseconds) return;
    const noted = this.#memento.get<unknown>(notedKey);
    const known = Array.isArray(noted) ? noted.filter((each): each is string => typeof each === 'string') : [];
    const key = deployKey(item);
    if (known.includes(key)) return;
    await this.#memento.update(notedKey, [...known, key].slice(-mostNoted));
    const show = 'Show';
    // Nobody waits for the answer: the view goes on meanwhile.
    void Promise.resolve(vscode.window.showInformationMessage(inMessage(text), show)).then(async (chosen) => {
      const node = this.#nodes.find(({ id }) => id === key);
      if (chosen === show && node) await this.#view.reveal(node, { expand: true, focus: true, select: true });
    });
  }

  /** Asks for a version and opens it in the view. */
  async #compare(): Promise<void> {
    await this.#refresh();
    const items = this.#items.filter(({ deploy }) => deploy.base !== undefined);
    if (items.length === 0) {
      await vscode.window.showInformationMessage(
        'Runlens knows of no two versions of a service yet: after the next deploy they are compared here.',
      );
      return;
    }
    const chosen = await vscode.window.showQuickPick(
      items.map((item) => ({
        label: inMessage(item.deploy.version),
        description: inMessage(`${item.service} · after ${item.deploy.base?.version ?? ''}`),
        detail: verdictText(this.#verdicts.get(deployKey(item))),
        item,
      })),
      { title: 'Runlens: Compare a Version with the One Before' },
    );
    if (!chosen) return;
    await this.#ask(chosen.item);
    const node = this.#nodes.find(({ id }) => id === deployKey(chosen.item));
    if (node) await this.#view.reveal(node, { expand: true, focus: true, select: true });
  }
}

async function open({ location }: DeployNode): Promise<void> {
  if (!location) return;
  const { line, character } = location.range.start;
  const place = new vscode.Range(line, character, line, character);
  await vscode.window.showTextDocument(vscode.Uri.parse(location.uri), { selection: place, preview: true });
}
