/** Captures as read-only documents of the editor, where its own search and comparison work on them. */
import type { Capture } from '@runlens/protocol';
import * as vscode from 'vscode';
import { captureDocument, differences } from './capture-document.ts';
import type { ProbeStore } from './probe-store.ts';

const scheme = 'runlens-capture';

export class CaptureDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #store: ProbeStore;
  readonly #registration: vscode.Disposable;

  constructor(store: ProbeStore) {
    this.#store = store;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  provideTextDocumentContent({ path }: vscode.Uri): string {
    const [, probe = '', file = ''] = path.split('/');
    const capture = this.#store.capturesOf(probe).find(({ id }) => `${id}.txt` === file);
    return capture
      ? captureDocument(capture)
      : 'This capture is no longer known: the collector keeps the newest 200 of a probe.\n';
  }

  async show(capture: Capture): Promise<void> {
    await vscode.window.showTextDocument(uriOf(capture), { preview: true });
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
