/** All that the extension has of probes, owned as one. */
import type { ProbeKind } from '@runlens/protocol';
import * as vscode from 'vscode';
import type { VisibleFunctions } from '../lens/document-functions.ts';
import type { ServerConnection } from '../server-connection.ts';
import type { Settings } from '../settings.ts';
import { CaptureDocuments } from './capture-documents.ts';
import { DocumentProbes } from './document-probes.ts';
import { ProbeCommands } from './probe-commands.ts';
import { ProbeLenses } from './probe-lenses.ts';
import { ProbeLog } from './probe-log.ts';
import { ProbeMarks } from './probe-marks.ts';
import { ProbeStore } from './probe-store.ts';
import { ProbeTree } from './probe-tree.ts';
import { Proposals } from './proposals.ts';

type Command = (...args: unknown[]) => unknown;

export class Probes implements vscode.Disposable {
  readonly store: ProbeStore;
  readonly marks: ProbeMarks;
  readonly #log: ProbeLog;
  readonly #commands: ProbeCommands;
  readonly #owned: vscode.Disposable;

  constructor(server: ServerConnection, functions: VisibleFunctions, settings: () => Settings) {
    const store = new ProbeStore(server);
    const documents = new DocumentProbes(server, store);
    const tree = new ProbeTree(store);
    const captureDocuments = new CaptureDocuments(store);
    const proposals = new Proposals(store, server);
    this.store = store;
    this.marks = new ProbeMarks(store, documents, functions, settings);
    this.#log = new ProbeLog(store);
    const { marks } = this;
    this.#commands = new ProbeCommands({ server, store, documents, marks, tree, captureDocuments, proposals });
    this.#owned = vscode.Disposable.from(
      new ProbeLenses(store, documents, functions, settings),
      marks,
      this.#log,
      proposals,
      captureDocuments,
      tree,
      documents,
      store,
      store.onChange(({ access, probes }) => {
        setContext('mayPlace', access.kind === 'allowed');
        setContext('any', probes.length > 0);
      }),
      // The values of the capture that is looked at are those in the text.
      tree.onDidChangeSelection(({ selection: [item] }) => {
        if (item?.kind === 'capture') marks.choose(item.capture);
      }),
    );
  }

  get commands(): Readonly<Record<string, Command>> {
    const commands = this.#commands;
    const place =
      (kind: ProbeKind | undefined): Command =>
      (...args) =>
        commands.place(kind, args);
    return {
      'runlens.probes.place': place(undefined),
      'runlens.probes.placeSnapshot': place('snapshot'),
      'runlens.probes.placeLog': place('log'),
      'runlens.probes.placeCounter': place('counter'),
      'runlens.probes.placeTimer': place('timer'),
      'runlens.probes.preview': (...args) => commands.preview(args),
      'runlens.probes.removeHere': (...args) => commands.removeHere(args),
      'runlens.probes.disarmAll': () => commands.disarmAll(),
      'runlens.probes.pause': (item) => commands.act('pause', item),
      'runlens.probes.resume': (item) => commands.act('resume', item),
      'runlens.probes.remove': (item) => commands.act('remove', item),
      'runlens.probes.renew': (item) => commands.renew(item),
      'runlens.probes.duplicate': (item) => commands.duplicate(item),
      'runlens.probes.copyJson': (item) => commands.copyJson(item),
      'runlens.probes.review': (item) => commands.review(item),
      'runlens.probes.refuse': (item) => commands.refuse(item),
      'runlens.probes.open': (id) => commands.open(id),
      'runlens.probes.openFrame': (item) => commands.openFrame(item),
      'runlens.probes.reveal': (id) => commands.reveal(id),
      'runlens.probes.openCapture': (item) => commands.openCapture(item),
      'runlens.probes.compareCaptures': (item, items) => commands.compare(item, items),
      'runlens.probes.captureToFixture': (item) => commands.fixture(item),
      'runlens.probes.exportCaptures': (item, items) => commands.exportJson(item, items),
      'runlens.probes.searchCaptures': () => commands.search(),
      'runlens.probes.showLog': () => this.#log.show(),
      'runlens.probes.refresh': () => this.store.refresh(),
    };
  }

  dispose(): void {
    this.#owned.dispose();
  }
}

/** For `when` clauses of package.json. */
function setContext(key: string, value: boolean): void {
  vscode.commands.executeCommand('setContext', `runlens.probes.${key}`, value).then(undefined, () => undefined);
}
