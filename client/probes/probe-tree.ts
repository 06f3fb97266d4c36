/** The view of probes: each with its captures, each capture with its values and its stack, as a debugger shows them. */
import type { Capture, CapturedFrame } from '@runlens/protocol';
import type { KnownProbe } from '@runlens/protocol/lsp-probes';
import * as vscode from 'vscode';
import { frameText } from './capture-document.ts';
import { childrenOf, sectionsOf, type ValueNode, type ValueSection, valueText } from './capture-values.ts';
import type { ProbeStore } from './probe-store.ts';
import {
  actionText,
  hasEnded,
  markOf,
  type ProbeMark,
  placeText,
  probeLines,
  stateText,
  timeLeft,
} from './probe-text.ts';
import { oneLine } from './shown-text.ts';

export type ProbeItem =
  | { readonly kind: 'probe'; readonly id: string; readonly known: KnownProbe }
  | { readonly kind: 'capture'; readonly id: string; readonly capture: Capture }
  | { readonly kind: 'section'; readonly id: string; readonly section: ValueSection }
  | { readonly kind: 'stack'; readonly id: string; readonly capture: Capture }
  | { readonly kind: 'frame'; readonly id: string; readonly frame: CapturedFrame }
  | { readonly kind: 'value'; readonly id: string; readonly node: ValueNode };

/** States come in bursts. */
const refreshMilliseconds = 150;
const shownCaptures = 50;

const icons: Readonly<Record<ProbeMark, string>> = {
  proposed: 'question',
  waiting: 'watch',
  armed: 'circle-filled',
  hit: 'record',
  limited: 'debug-pause',
  refused: 'error',
  ended: 'circle-slash',
};

export class ProbeTree implements vscode.TreeDataProvider<ProbeItem>, vscode.Disposable {
  readonly #store: ProbeStore;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<ProbeItem>;
  readonly #listeners: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;
  readonly onDidChangeSelection: vscode.Event<vscode.TreeViewSelectionChangeEvent<ProbeItem>>;

  constructor(store: ProbeStore) {
    this.#store = store;
    this.#view = vscode.window.createTreeView<ProbeItem>('runlens.probes', {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.onDidChangeSelection = this.#view.onDidChangeSelection;
    this.#listeners = vscode.Disposable.from(
      store.onChange(() => this.#refreshSoon()),
      store.onCaptures(() => this.#refreshSoon()),
    );
  }

  getParent(item: ProbeItem): ProbeItem | undefined {
    if (item.kind !== 'capture') return undefined;
    const known = this.#store.find(item.capture.probe);
    return known && probeItem(known);
  }

  async getChildren(item?: ProbeItem): Promise<ProbeItem[]> {
    if (!item) return this.#roots();
    switch (item.kind) {
      case 'probe': {
        const { probe, captures } = item.known.status;
        if (captures > 0 && this.#store.capturesOf(probe.id).length === 0) await this.#store.loadCaptures(probe.id);
        return this.#store.capturesOf(probe.id).slice(-shownCaptures).reverse().map(captureItem);
      }
      case 'capture': {
        const { capture, id } = item;
        return [
          ...sectionsOf(capture).map(
            (section): ProbeItem => ({ kind: 'section', id: `${id}/${section.title}`, section }),
          ),
          ...(capture.stack && capture.stack.length > 0
            ? [{ kind: 'stack', id: `${id}/stack`, capture } satisfies ProbeItem]
            : []),
        ];
      }
      case 'section':
        return values(item.id, item.section.values);
      case 'stack':
        return (item.capture.stack ?? []).map((frame, at) => ({ kind: 'frame', id: `${item.id}/${at}`, frame }));
      case 'value':
        return values(item.id, childrenOf(item.node.value));
      case 'frame':
        return [];
    }
  }

  getTreeItem(item: ProbeItem): vscode.TreeItem {
    const made = treeItem(item);
    made.id = item.id;
    return made;
  }

  /** Selects a probe, or one of its captures, in the view. */
  async reveal(id: string, capture?: Capture): Promise<void> {
    const known = this.#store.find(id);
    if (!known) return;
    const item = capture ? captureItem(capture) : probeItem(known);
    await this.#view.reveal(item, { select: true, focus: true, expand: true });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listeners.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  #roots(): ProbeItem[] {
    const { probes, access, problem } = this.#store.view;
    // What is not allowed is told where a person looks for the probes.
    this.#view.message = problem ?? (access.kind === 'denied' && access.why !== 'away' ? access.message : '');
    const waiting = probes.filter(({ status }) => status.state === 'proposed').length;
    this.#view.badge =
      waiting === 0 ? undefined : { value: waiting, tooltip: `${waiting} probes of agents wait for a person’s yes` };
    const shown = probes.filter(({ status }) => status.state !== 'removed' || status.captures > 0);
    const rank = ({ status }: KnownProbe): number => (status.state === 'proposed' ? 0 : hasEnded(status) ? 2 : 1);
    return [...shown].sort((a, b) => rank(a) - rank(b)).map(probeItem);
  }

  #refreshSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed.fire(undefined);
    }, refreshMilliseconds);
  }
}

const probeItem = (known: KnownProbe): ProbeItem => ({ kind: 'probe', id: known.status.probe.id, known });
const captureItem = (capture: Capture): ProbeItem => ({
  kind: 'capture',
  id: `${capture.probe}/${capture.id}`,
  capture,
});
const values = (parent: string, nodes: readonly ValueNode[]): ProbeItem[] =>
  nodes.map((node, at) => ({ kind: 'value', id: `${parent}/${at}`, node }));

function treeItem(item: ProbeItem): vscode.TreeItem {
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  switch (item.kind) {
    case 'probe':
      return probeTreeItem(item.known);
    case 'capture': {
      const { capture } = item;
      const made = new vscode.TreeItem(timeText(capture.at), Collapsed);
      made.description = oneLine(
        [capture.message ?? preview(capture), capture.entry ?? '', capture.instance]
          .filter((part) => part !== '')
          .join(' · '),
      );
      made.iconPath = new vscode.ThemeIcon(capture.kind === 'log' ? 'output' : 'symbol-variable');
      made.contextValue = `capture ${capture.kind}`;
      made.tooltip = text(
        `${oneLine(capture.service)} ${oneLine(capture.environment)} ${oneLine(capture.version)}\ninstance ${oneLine(capture.instance)}`,
      );
      made.accessibilityInformation = { label: `captured ${timeText(capture.at)}, ${made.description}` };
      return made;
    }
    case 'section':
      return new vscode.TreeItem(item.section.title, item.section.title === 'Closure' ? Collapsed : Expanded);
    case 'stack':
      return new vscode.TreeItem('Stack', Collapsed);
    case 'frame': {
      const { frame } = item;
      const made = new vscode.TreeItem(oneLine(frame.function), None);
      made.description =
        frame.file === undefined ? 'not of this repository' : oneLine(`${frame.file}:${frame.line ?? '?'}`);
      made.iconPath = new vscode.ThemeIcon('debug-stackframe');
      made.tooltip = text(frameText(frame));
      if (frame.file !== undefined && frame.line !== undefined) {
        made.command = { command: 'runlens.probes.openFrame', title: 'Open the Code', arguments: [item] };
      }
      return made;
    }
    case 'value': {
      const { name, value } = item.node;
      const made = new vscode.TreeItem(`${oneLine(name, 80)}:`, childrenOf(value).length > 0 ? Collapsed : None);
      made.description = valueText(value);
      made.contextValue = 'value';
      const whole = new vscode.MarkdownString();
      whole.appendText(`${oneLine(name, 200)}: ${oneLine(value.v ?? valueText(value), 2_000)}`);
      made.tooltip = whole;
      return made;
    }
  }
}

function probeTreeItem({ status, mine }: KnownProbe): vscode.TreeItem {
  const { probe, state, captures } = status;
  const ended = hasEnded(status);
  const made = new vscode.TreeItem(
    actionText(probe),
    captures > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
  );
  const by = mine ? '' : `by ${oneLine(probe.owner.name, 40)}`;
  made.description = [placeText(probe), stateText(status), timeLeft(probe, Date.now()), by]
    .filter((part) => part !== '')
    .join(' · ');
  const lines = probeLines(status, Date.now());
  made.tooltip = text(lines.join('\n'));
  made.accessibilityInformation = { label: lines.slice(0, 3).join(', ') };
  const mark = markOf(status);
  made.iconPath = new vscode.ThemeIcon(
    icons[mark],
    mark === 'ended' ? undefined : new vscode.ThemeColor(mark === 'refused' ? 'runlens.probeRefused' : 'runlens.probe'),
  );
  made.contextValue = ['probe', ended ? 'ended' : state, probe.paused ? 'resting' : '', probe.request.kind]
    .filter((part) => part !== '')
    .join(' ');
  made.command = { command: 'runlens.probes.open', title: 'Open the Line', arguments: [probe.id] };
  return made;
}

/** The first values of a capture, for its line. */
function preview(capture: Capture): string {
  const first = sectionsOf(capture)[0]?.values.slice(0, 3) ?? [];
  return first.map(({ name, value }) => `${oneLine(name, 30)} = ${valueText(value, 0)}`).join(', ');
}

const text = (lines: string): vscode.MarkdownString => new vscode.MarkdownString().appendText(lines);

const timeText = (at: string): string => {
  const date = new Date(at);
  return `${date.toLocaleTimeString(undefined, { hour12: false })}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};
