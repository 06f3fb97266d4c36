/** What a person can do with probes and captures. */
import type { Capture, ProbeKind, ProbeStatus } from '@runlens/protocol';
import { type ProbeAction, probesLsp } from '@runlens/protocol/lsp-probes';
import { previewLines } from '@runlens/protocol/probes/preview-lines';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import type { CaptureDocuments } from './capture-documents.ts';
import { captureFixture } from './capture-fixture.ts';
import { flatten } from './capture-values.ts';
import type { DocumentProbes } from './document-probes.ts';
import { checkText, type FormPlace, type FormValues, requestOf } from './form-model.ts';
import { askKind, readyPlace, writeProbe } from './probe-form.ts';
import type { ProbeMarks } from './probe-marks.ts';
import type { ProbeStore } from './probe-store.ts';
import { actionText, hasEnded, placeText, stateText } from './probe-text.ts';
import type { ProbeItem, ProbeTree } from './probe-tree.ts';
import { type Proposals, tellRefusal } from './proposals.ts';
import { inMessage, oneLine, withoutIcons } from './shown-text.ts';

/** Values that a search looks through in each capture, and in all. */
const searchedOfOne = 2_000;
const searchedOfAll = 20_000;

export interface ProbeParts {
  readonly server: ServerConnection;
  readonly store: ProbeStore;
  readonly documents: DocumentProbes;
  readonly marks: ProbeMarks;
  readonly tree: ProbeTree;
  readonly captureDocuments: CaptureDocuments;
  readonly proposals: Proposals;
}

export class ProbeCommands {
  readonly #parts: ProbeParts;

  constructor(parts: ProbeParts) {
    this.#parts = parts;
  }

  /**
   * Places a probe where the command came from: the lens and other callers give `[uri, position, values]`, the gutter its
   * line, the palette and the keyboard nothing, which is the cursor. With `values.text` it is placed without a form.
   */
  async place(kind: ProbeKind | undefined, args: readonly unknown[]): Promise<ProbeStatus | undefined> {
    const { store, server } = this.#parts;
    if (store.access.kind === 'denied') {
      await this.#sayDenied(store.access.message, store.access.why);
      return undefined;
    }
    const place = placeOf(args);
    if (!place) {
      await this.#sayNoPlace();
      return undefined;
    }
    const selected = givenPlace(args) ? undefined : selectedLines();
    const wanted = kind ?? (await askKind());
    if (!wanted) return undefined;
    const given = givenValues(wanted, args[2]);
    const written = given
      ? await this.#ready(given, place)
      : await writeProbe(server, wanted, wanted === 'timer' ? { ...place, ...selected } : place);
    if (!written) return undefined;
    const answer = await server.request(probesLsp.place, { request: requestOf(written.ready, written.values) });
    if (tellRefusal(answer) || answer?.kind !== 'done') return undefined;
    store.adopt(answer.status);
    vscode.window.setStatusBarMessage(
      `$(record) Runlens: ${withoutIcons(oneLine(stateText(answer.status), 80))}`,
      5_000,
    );
    return answer.status;
  }

  /** Names, types and sizes that a snapshot at the place would bring, and no value. */
  async preview(args: readonly unknown[]): Promise<void> {
    const { store, server, captureDocuments } = this.#parts;
    if (store.access.kind === 'denied') {
      await this.#sayDenied(store.access.message, store.access.why);
      return;
    }
    const place = placeOf(args);
    const ready = place && (await readyPlace(server, place));
    if (!ready) {
      if (!place) await this.#sayNoPlace();
      return;
    }
    const values = givenValues('snapshot', args[2]) ?? { kind: 'snapshot', text: '' };
    const problem = checkText('snapshot', values.text, ready.names).problem;
    if (problem !== null) {
      await vscode.window.showWarningMessage(inMessage(problem));
      return;
    }
    const answer = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: 'Runlens: waiting for a hit, to see shapes and no values',
      },
      () => server.request(probesLsp.preview, { request: requestOf(ready, values) }),
    );
    if (tellRefusal(answer) || answer?.kind !== 'done') return;
    const { preview } = answer;
    const lines = [...previewLines(preview, (text) => oneLine(text))];
    // No instance can tell: what your own text says is better than nothing.
    if (preview.from === 'nothing' && ready.names.length > 0) {
      lines.push('', 'In the text that runs these names are in scope:');
      for (const { name, from } of ready.names) lines.push(`  ${oneLine(name)}: ${from}`);
    }
    await captureDocuments.showPreview(lines);
  }

  async act(kind: 'pause' | 'resume' | 'remove', item: unknown): Promise<void> {
    const status = await this.#probe(item, kind === 'remove' ? () => true : (each) => !hasEnded(each));
    if (status) await this.#send(status.probe.id, { kind });
  }

  /** Again for as long as it was placed for. */
  async renew(item: unknown): Promise<void> {
    const status = await this.#probe(item, (each) => !hasEnded(each));
    if (status) await this.#send(status.probe.id, { kind: 'renew', life: status.probe.request.life ?? 3600 });
  }

  async duplicate(item: unknown): Promise<void> {
    const status = await this.#probe(item, () => true);
    if (status) tellRefusal(await this.#parts.server.request(probesLsp.place, { request: status.probe.request }));
  }

  async copyJson(item: unknown): Promise<void> {
    const status = await this.#probe(item, () => true);
    if (status) await vscode.env.clipboard.writeText(JSON.stringify(status.probe.request, null, 2));
  }

  async review(item: unknown): Promise<void> {
    const status = await this.#probe(item, ({ state }) => state === 'proposed');
    if (status) await this.#parts.proposals.review(status.probe.id);
  }

  async refuse(item: unknown): Promise<void> {
    const status = await this.#probe(item, ({ state }) => state === 'proposed');
    if (status) await this.#parts.proposals.refuse(status.probe.id);
  }

  /** Removes the probes of the line, from the gutter or the cursor. */
  async removeHere(args: readonly unknown[]): Promise<void> {
    const place = placeOf(args);
    const ids = place ? this.#parts.documents.at(vscode.Uri.parse(place.uri), place.line) : [];
    if (ids.length === 0) await vscode.window.showInformationMessage('No probe stands on this line.');
    for (const id of ids) await this.#send(id, { kind: 'remove' });
  }

  /** In an emergency: no question before, and one's own can be placed again after. */
  async disarmAll(): Promise<void> {
    const { server, store } = this.#parts;
    const live = store.view.probes.filter(({ status }) => !hasEnded(status));
    const answer = await server.request(probesLsp.disarmAll, null);
    if (tellRefusal(answer) || answer?.kind !== 'done') return;
    const { removed, unconfirmed } = answer;
    const mine = live.filter(({ mine, status }) => mine && removed.includes(status.probe.id));
    const again = 'Place Mine Again';
    const told = `${removed.length} ${removed.length === 1 ? 'probe is' : 'probes are'} removed.`;
    const doubt =
      unconfirmed.length === 0
        ? ''
        : ` Not confirmed by ${unconfirmed.map(({ instance }) => instance).join(', ')}: they lose their probes when they lose the collector.`;
    const show = unconfirmed.length === 0 ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
    show(inMessage(told + doubt), ...(mine.length > 0 ? [again] : [])).then(
      async (choice) => {
        if (choice !== again) return;
        for (const { status } of mine)
          tellRefusal(await server.request(probesLsp.place, { request: status.probe.request }));
      },
      () => undefined,
    );
  }

  /** Opens the line on which a probe stands. */
  async open(id: unknown): Promise<void> {
    const request = typeof id === 'string' ? this.#parts.store.find(id)?.status.probe.request : undefined;
    if (request) await this.#openSource(request.place.file, request.place.line, request.place.blob);
  }

  async openFrame(item: unknown): Promise<void> {
    if (!isItem(item) || item.kind !== 'frame' || item.frame.file === undefined) return;
    await this.#openSource(item.frame.file, item.frame.line ?? 1, undefined);
  }

  async reveal(id: unknown): Promise<void> {
    if (typeof id === 'string') await this.#parts.tree.reveal(id);
  }

  async openCapture(item: unknown): Promise<void> {
    const [capture] = capturesOf(item, undefined);
    if (capture) await this.#parts.captureDocuments.show(capture);
  }

  async compare(item: unknown, items: unknown): Promise<void> {
    const { store, captureDocuments } = this.#parts;
    const chosen = capturesOf(item, items);
    const [one, other = one && (await pickCapture(store.capturesOf(one.probe).filter(({ id }) => id !== one.id)))] =
      chosen;
    if (one && other) await captureDocuments.compare(one, other);
  }

  async fixture(item: unknown): Promise<void> {
    const [capture] = capturesOf(item, undefined);
    if (!capture) return;
    await showText('typescript', captureFixture(capture));
  }

  /** All captures of a probe, or those that are chosen. */
  async exportJson(item: unknown, items: unknown): Promise<void> {
    const { store } = this.#parts;
    if (isItem(item) && item.kind === 'probe') await store.loadCaptures(item.known.status.probe.id);
    const captures =
      isItem(item) && item.kind === 'probe' ? store.capturesOf(item.known.status.probe.id) : capturesOf(item, items);
    if (captures.length === 0) await vscode.window.showInformationMessage('This probe has captured nothing yet.');
    else await showText('json', `${JSON.stringify(captures, null, 2)}\n`);
  }

  /** Looks through the values of all captures that this window knows. */
  async search(): Promise<void> {
    const { store, tree, marks } = this.#parts;
    const items: (vscode.QuickPickItem & { readonly capture: Capture })[] = [];
    for (const capture of [...store.allCaptures].reverse()) {
      if (items.length >= searchedOfAll) break;
      const of = `${capture.file}:${capture.line} · ${capture.at}`;
      if (capture.message !== undefined)
        items.push({ label: withoutIcons(oneLine(capture.message)), description: of, capture });
      for (const { path, text } of flatten(capture, searchedOfOne)) {
        items.push({ label: withoutIcons(`${path} = ${text}`), description: withoutIcons(oneLine(of)), capture });
      }
    }
    const chosen = await vscode.window.showQuickPick(items, {
      title: 'Runlens: Search in Captures',
      placeHolder: items.length === 0 ? 'Nothing is captured yet' : 'A name, a path or a value',
      matchOnDescription: true,
    });
    if (!chosen) return;
    marks.choose(chosen.capture);
    await tree.reveal(chosen.capture.probe, chosen.capture);
  }

  async #sayNoPlace(): Promise<void> {
    await vscode.window.showInformationMessage('Put the cursor on a line of a Node.js service’s source first.');
  }

  async #ready(values: FormValues, place: FormPlace) {
    const ready = await readyPlace(this.#parts.server, place);
    const problem = ready && checkText(values.kind, values.text, ready.names).problem;
    if (!problem) return ready && { ready, values };
    await vscode.window.showWarningMessage(inMessage(problem));
    return undefined;
  }

  async #send(id: string, action: ProbeAction): Promise<void> {
    tellRefusal(await this.#parts.server.request(probesLsp.act, { id, action }));
  }

  async #openSource(file: string, line: number, blob: string | undefined): Promise<void> {
    const found = await this.#parts.server.request(probesLsp.locate, { file, line, blob });
    if (!found) {
      await vscode.window.showInformationMessage(
        inMessage(`No folder of this workspace has ${file}. Open its repository, or set runlens.pathMappings.`),
      );
      return;
    }
    const place = new vscode.Position(found.line, 0);
    await vscode.window.showTextDocument(vscode.Uri.parse(found.uri), {
      selection: new vscode.Range(place, place),
      preview: true,
    });
  }

  async #sayDenied(message: string, why: string): Promise<void> {
    const trust = 'Manage Workspace Trust';
    const choice = await vscode.window.showWarningMessage(inMessage(message), ...(why === 'restricted' ? [trust] : []));
    if (choice === trust) await vscode.commands.executeCommand('workbench.trust.manage');
  }

  /** Of the tree, else the one that is chosen. */
  async #probe(item: unknown, fits: (status: ProbeStatus) => boolean): Promise<ProbeStatus | undefined> {
    const { store } = this.#parts;
    const id =
      isItem(item) && item.kind === 'probe' ? item.known.status.probe.id : typeof item === 'string' ? item : undefined;
    if (id !== undefined) return store.find(id)?.status;
    const items = store.view.probes
      .filter(({ status }) => fits(status))
      .map(({ status }) => ({
        label: withoutIcons(actionText(status.probe)),
        description: withoutIcons(`${placeText(status.probe)} · ${stateText(status)}`),
        status,
      }));
    const placeHolder = items.length === 0 ? 'There is no such probe' : 'Choose a probe';
    return (await vscode.window.showQuickPick(items, { title: 'Runlens', placeHolder }))?.status;
  }
}

/** The place that a command was given, else the cursor's; undefined when there is neither. */
function placeOf(args: readonly unknown[]): FormPlace | undefined {
  const given = givenPlace(args);
  if (given) return given;
  const editor = vscode.window.activeTextEditor;
  return editor && { uri: editor.document.uri.toString(), line: editor.selection.active.line, at: placeAt(args[2]) };
}

function givenPlace([first, second, third]: readonly unknown[]): FormPlace | undefined {
  const at = placeAt(third);
  const untilLine = isRecord(third) && typeof third.untilLine === 'number' ? third.untilLine : undefined;
  if (typeof first === 'string' || first instanceof vscode.Uri) {
    const uri = typeof first === 'string' ? vscode.Uri.parse(first) : first;
    if (isRecord(second) && typeof second.line === 'number')
      return { uri: uri.toString(), line: second.line, at, untilLine };
  }
  // The menu of the gutter gives a line, 1-based.
  if (isRecord(first) && typeof first.lineNumber === 'number' && first.uri instanceof vscode.Uri)
    return { uri: first.uri.toString(), line: first.lineNumber - 1, at };
  return undefined;
}

const placeAt = (given: unknown): FormPlace['at'] =>
  isRecord(given) && (given.at === 'entry' || given.at === 'exit') ? given.at : 'line';

/** Of a selection over several lines its first and last one: what a timer measures. */
function selectedLines(): Pick<FormPlace, 'line' | 'untilLine'> | undefined {
  const selection = vscode.window.activeTextEditor?.selection;
  if (!selection) return undefined;
  const { start, end } = selection;
  // A whole line that is selected ends at the beginning of the next.
  const until = end.character === 0 ? end.line - 1 : end.line;
  return until > start.line ? { line: start.line, untilLine: until } : undefined;
}

/** Values that make the form unnecessary; what is not of their kind is left out. */
function givenValues(kind: ProbeKind, given: unknown): FormValues | undefined {
  if (!isRecord(given) || typeof given.text !== 'string') return undefined;
  const text = (key: string): string | undefined => (typeof given[key] === 'string' ? given[key] : undefined);
  const count = (key: string): number | undefined => (typeof given[key] === 'number' ? given[key] : undefined);
  return {
    kind,
    text: given.text,
    condition: text('condition'),
    by: text('by'),
    reason: text('reason'),
    hits: count('hits'),
    life: count('life'),
    expressions: Array.isArray(given.expressions)
      ? given.expressions.filter((each) => typeof each === 'string')
      : undefined,
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Items come back from the view that made them. */
const isItem = (value: unknown): value is ProbeItem =>
  isRecord(value) && typeof value.kind === 'string' && typeof value.id === 'string';

function capturesOf(item: unknown, items: unknown): readonly Capture[] {
  const all: readonly unknown[] = Array.isArray(items) && items.length > 1 ? items : [item];
  return all.flatMap((each) => (isItem(each) && each.kind === 'capture' ? [each.capture] : []));
}

/** The capture of an item of the tree. */
export const captureOf = (item: unknown): Capture | undefined => capturesOf(item, undefined)[0];

async function pickCapture(captures: readonly Capture[]): Promise<Capture | undefined> {
  const items = [...captures].reverse().map((capture) => ({
    label: capture.at,
    description: withoutIcons(oneLine(`${capture.entry ?? ''} ${capture.instance}`)),
    capture,
  }));
  return (await vscode.window.showQuickPick(items, { title: 'Runlens: Compare with' }))?.capture;
}

async function showText(language: string, content: string): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language, content }));
}
