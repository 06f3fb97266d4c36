/** Captures as read-only documents of the editor, where its own search and comparison work on them. */
import type { Capture } from '@runlens/protocol';
import * as vscode from 'vscode';
import { captureDocument, differences } from './capture-document.ts';
import type { ProbeStore } from './probe-store.ts';

const scheme = 'runlens-capture';
/** Previews that are kept while their editors may be open. */
const mostPreviews = 20;

export class CaptureDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #store: ProbeStore;
  readonly #registration: vscode.Disposable;
  readonly #previews = new Map<string, string>();
  #number = 0;

  constructor(store: ProbeStore) {
    this.#store = store;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  provideTextDocumentContent({ path }: vscode.Uri): string {
    const preview = this.#previews.get(path);
    if (preview !== undefined) return preview;
    const [, probe = '', file = ''] = path.split('/');
    const capture = this.#store.capturesOf(probe).find(({ id }) => `${id}.txt` === file);
    return capture
      ? captureDocument(capture)
      : 'This capture is no longer known: the collector keeps the newest 200 of a probe.\n';
  }

  async show(capture: Capture): Promise<void> {
    await vscode.window.showTextDocument(uriOf(capture), { preview: true });
  }

  /** What a probe would capture, as it is told now. */
  async showPreview(lines: readonly string[]): Promise<void> {
    this.#number += 1;
    const path = `/preview/Preview ${this.#number}.txt`;
    this.#previews.set(path, `${lines.join('\n')}\n`);
    const [oldest] = this.#previews.keys();
    if (this.#previews.size > mostPreviews && oldest !== undefined) this.#previews.delete(oldest);
    await vscode.window.showTextDocument(vscode.Uri.from({ scheme, path }), { preview: true });
  }

  /** Side by side, the older one left. */
  async compare(one: Capture, other: Capture): Promise<void> {
    const [left, right] = one.at <= other.at ? [one, other] : [other, one];
    const found = differences(left, right).length;
    const title =
      found === 0
        ? 'Captures: no value differs'
        : `Captures: ${found} ${found === 1 ? 'value differs' : 'values differ'}`;
    await vscode.commands.executeCommand('vscode.diff', uriOf(left), uriOf(right), title, { preview: true });
  }

  dispose(): void {
    this.#registration.dispose();
  }
}

/** Ids are of the protocol's alphabet: nothing in them is a part of a path. */
const uriOf = ({ probe, id }: Capture): vscode.Uri => vscode.Uri.from({ scheme, path: `/${probe}/${id}.txt` });
