/** The view of findings, the marks in the text, and the commands of both. */

import { type FindingKind, findingKindNames, findingKinds } from '@runlens/protocol/api/findings';
import { type FoundItem, findingsLsp } from '@runlens/protocol/lsp-findings';
import * as vscode from 'vscode';
import type { AskCopilot } from '../chat/ask-copilot.ts';
import { inMessage } from '../probes/shown-text.ts';
import type { ServerConnection } from '../server-connection.ts';
import type { Settings } from '../settings.ts';
import { treeItem } from '../tree-item.ts';
import { FindingMarks } from './finding-marks.ts';
import { type FindingNode, findingNodes, type ShownState } from './finding-model.ts';

const viewId = 'runlens.findings';
/** Events that come together are one question. */
const gatherMilliseconds = 300;

type NewState = 'new' | 'accepted' | 'inWork' | 'muted';

export class Findings implements vscode.TreeDataProvider<FindingNode>, vscode.Disposable {
  readonly #server: ServerConnection;
  readonly #settings: () => Settings;
  readonly #askCopilot: AskCopilot;
  readonly #marks = new FindingMarks();
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<FindingNode>;
  readonly #listeners: vscode.Disposable;
  #items: readonly FoundItem[] = [];
  #nodes: readonly FindingNode[] = [];
  #state: ShownState = 'open';
  #kind: FindingKind | undefined;
  #askedFor = '';
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(server: ServerConnection, settings: () => Settings, askCopilot: AskCopilot) {
    this.#server = server;
    this.#settings = settings;
    this.#askCopilot = askCopilot;
    this.#view = vscode.window.createTreeView<FindingNode>(viewId, { treeDataProvider: this });
    this.#listeners = vscode.Disposable.from(
      server.listen(findingsLsp.changed, () => this.refreshSoon()),
      server.onStatus(({ collector, selection }) => {
        const decides = JSON.stringify([collector.kind, selection.service, selection.environment]);
        if (decides !== this.#askedFor) this.refreshSoon();
        this.#askedFor = decides;
      }),
      server.onRunning(() => this.refreshSoon()),
      vscode.workspace.onDidSaveTextDocument(() => this.refreshSoon()),
    );
  }

  /** All of the state that is shown. */
  get items(): readonly FoundItem[] {
    return this.#items;
  }

  get commands(): Readonly<Record<string, (...args: unknown[]) => unknown>> {
    const set = (state: NewState) => (given: unknown) => this.#set(given, state);
    return {
      'runlens.findings.refresh': () => this.#refresh(),
      'runlens.findings.filter': () => this.#filter(),
      'runlens.findings.show': (given) => this.#show(given),
      'runlens.findings.open': (given) => this.#open(given),
      'runlens.findings.askCopilot': async (given) => {
        const item = this.#itemOf(given);
        if (item) await this.#askCopilot.aboutFinding(item);
      },
      'runlens.findings.placeProbe': async (given) => {
        const location = this.#itemOf(given)?.location;
        if (location) await vscode.commands.executeCommand('runlens.probes.place', location.uri, location.range.start);
      },
      'runlens.findings.accept': set('accepted'),
      'runlens.findings.start': set('inWork'),
      'runlens.findings.reopen': set('new'),
      'runlens.findings.mute': set('muted'),
    };
  }

  refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#refresh().catch(() => undefined); // request() has logged it
    }, gatherMilliseconds);
  }

  /** Sets the marks anew, as the settings say. */
  remark(): void {
    this.#marks.show(this.#state === 'open' ? this.#items : [], this.#settings().findingSeverity);
  }

  getChildren(node?: FindingNode): FindingNode[] {
    return [...(node ? node.children : this.#nodes)];
  }

  getParent(node: FindingNode): FindingNode | undefined {
    return this.#nodes.find((each) => each.children.includes(node));
  }

  getTreeItem(node: FindingNode): vscode.TreeItem {
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    const item = treeItem(node, node.children.length > 0 ? Collapsed : None);
    item.contextValue = node.context;
    if (node.children.length > 0 && node.item.location) {
      item.command = { command: 'runlens.findings.open', title: 'Open the Code', arguments: [node.item.finding.id] };
    }
    return item;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listeners.dispose();
    this.#marks.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  async #refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const answer = await this.#server.request(findingsLsp.list, { state: this.#state });
    // A later question is under way, and its answer is the newer one.
    if (asked !== this.#asked) return;
    this.#items = answer?.items ?? [];
    this.#nodes = findingNodes(this.#items, this.#kind);
    const connected = this.#server.status?.collector.kind === 'connected';
    this.#view.message = connected ? (answer?.problem ?? '') : '';
    this.#view.description = [
      ...(this.#state === 'open' ? [] : [this.#state]),
      ...(this.#kind === undefined ? [] : [findingKindNames[this.#kind]]),
    ].join(' · ');
    const fresh = this.#items.filter(({ finding: { state } }) => state === 'new' || state === 'back').length;
    this.#view.badge =
      this.#state === 'open' && fresh > 0 ? { value: fresh, tooltip: `${fresh} new findings` } : undefined;
    this.remark();
    this.#changed.fire(undefined);
  }

  async #filter(): Promise<void> {
    const states: readonly { readonly label: string; readonly state: ShownState }[] = [
      { label: 'Open', state: 'open' },
      { label: 'Muted', state: 'muted' },
      { label: 'Fixed', state: 'fixed' },
    ];
    const separator = { label: 'Kind', kind: vscode.QuickPickItemKind.Separator };
    const marked = (label: string, is: boolean): string => (is ? `$(check) ${label}` : label);
    const chosen = await vscode.window.showQuickPick<
      vscode.QuickPickItem & { readonly state?: ShownState; readonly only?: FindingKind | 'all' }
    >(
      [
        ...states.map(({ label, state }) => ({ label: marked(label, state === this.#state), state })),
        separator,
        { label: marked('All kinds', this.#kind === undefined), only: 'all' as const },
        ...findingKinds.map((only) => ({ label: marked(findingKindNames[only], only === this.#kind), only })),
      ],
      { title: 'Runlens: Show Findings' },
    );
    if (chosen?.state) this.#state = chosen.state;
    if (chosen?.only) this.#kind = chosen.only === 'all' ? undefined : chosen.only;
    if (chosen) await this.#refresh();
  }

  /** A node of the tree, or the id of a mark. */
  #itemOf(given: unknown): FoundItem | undefined {
    const id =
      typeof given === 'object' && given !== null && 'item' in given ? (given as FindingNode).item.finding.id : given; // only the tree gives objects
    return this.#items.find(({ finding }) => finding.id === id);
  }

  async #show(given: unknown): Promise<void> {
    const id = this.#itemOf(given)?.finding.id;
    const node = this.#nodes.find((each) => each.id === id);
    if (node) await this.#view.reveal(node, { expand: true, focus: true, select: true });
  }

  async #open(given: unknown): Promise<void> {
    const location = this.#itemOf(given)?.location;
    if (!location) return;
    const { line, character } = location.range.start;
    const place = new vscode.Range(line, character, line, character);
    await vscode.window.showTextDocument(vscode.Uri.parse(location.uri), { selection: place, preview: true });
  }

  async #set(given: unknown, state: NewState): Promise<void> {
    const item = this.#itemOf(given);
    if (!item) return;
    const reason = state === 'muted' ? await askReason(item) : undefined;
    if (state === 'muted' && reason === undefined) return;
    const { id } = item.finding;
    const answer = await this.#server.request(findingsLsp.setState, {
      ...{ id, state },
      ...(reason === undefined ? {} : { reason }),
    });
    if (answer?.kind === 'refused') await vscode.window.showWarningMessage(inMessage(answer.message));
    await this.#refresh();
  }
}

/** Undefined: a person thought better of it. */
const askReason = ({ finding }: FoundItem): Thenable<string | undefined> =>
  vscode.window.showInputBox({
    title: `Runlens: Mute ${findingKindNames[finding.kind]}`,
    prompt: 'Why: for those who look for it later. It stays muted, also in later versions.',
    placeHolder: 'a report, at night',
    validateInput: (value) => (value.trim() === '' ? 'Say why.' : value.length > 500 ? 'Say it shorter.' : undefined),
  });
