/** Probes that agents ask for: a person sees exactly what is asked, and says yes or no to that. */

import type { KnownProbe } from '@runlens/protocol/lsp-probes';
import { probesLsp } from '@runlens/protocol/lsp-probes';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import type { ProbeStore } from './probe-store.ts';
import { actionText, placeText } from './probe-text.ts';
import { inMessage, oneLine } from './shown-text.ts';

const remembered = 1_000;

export class Proposals implements vscode.Disposable {
  readonly #store: ProbeStore;
  readonly #server: ServerConnection;
  readonly #listener: vscode.Disposable;
  /** Told already, oldest first. */
  readonly #told = new Set<string>();

  constructor(store: ProbeStore, server: ServerConnection) {
    this.#store = store;
    this.#server = server;
    this.#listener = store.onChange(({ probes, access }) => {
      if (access.kind === 'denied') return;
      for (const known of probes) if (known.status.state === 'proposed') this.#tell(known);
    });
  }

  /** Shows the probe whole, and does what the person says. */
  async review(id: string): Promise<void> {
    const known = this.#store.find(id);
    if (known?.status.state !== 'proposed') {
      await vscode.window.showInformationMessage('This probe waits for no yes any more.');
      return;
    }
    const { probe } = known.status;
    const choice = await vscode.window.showInformationMessage(
      inMessage(`${probe.owner.name} asks for a probe in ${probe.request.target.service}. Allow it?`),
      { modal: true, detail: proposalText(known) },
      'Allow',
      'Refuse',
    );
    if (choice === 'Allow') await this.approve(id, probe.hash);
    else if (choice === 'Refuse') await this.refuse(id);
  }

  /** `hash`: of the request that was shown. */
  async approve(id: string, hash: string): Promise<void> {
    const answer = await this.#server.request(probesLsp.act, { id, action: { kind: 'approve', hash } });
    tellRefusal(answer);
  }

  async refuse(id: string): Promise<void> {
    const answer = await this.#server.request(probesLsp.act, { id, action: { kind: 'remove' } });
    tellRefusal(answer);
  }

  dispose(): void {
    this.#listener.dispose();
  }

  #tell(known: KnownProbe): void {
    const { probe } = known.status;
    const key = `${probe.id} ${probe.hash}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const [oldest] = this.#told;
    if (this.#told.size > remembered && oldest !== undefined) this.#told.delete(oldest);
    const review = 'Review';
    const no = 'Refuse';
    vscode.window
      .showInformationMessage(
        inMessage(
          `${probe.owner.name} asks for a probe: ${actionText(probe)} at ${placeText(probe)} in ${probe.request.target.service}.`,
        ),
        review,
        no,
      )
      .then(async (choice) => {
        if (choice === review) await this.review(probe.id);
        if (choice === no) await this.refuse(probe.id);
      })
      .then(undefined, () => undefined); // the window may be closing
  }
}

/** Everything that is asked, uncut where it matters: what is approved is bound to this by its hash. */
function proposalText({ status: { probe } }: KnownProbe): string {
  const { request } = probe;
  const { target, place } = request;
  const lines: (readonly [string, string | number | undefined])[] = [
    ['Kind', request.kind],
    [
      'Place',
      `${place.file}:${place.line}${place.at === 'line' ? '' : ` (${place.at})`}${place.function === undefined ? '' : ` in ${place.function}`}`,
    ],
    [
      'Service',
      `${target.service} · ${target.environment ?? 'all environments'}${target.version === undefined ? '' : ` · ${target.version}`}`,
    ],
    ['Only where', request.condition],
    ['Reads', request.expressions?.join('; ')],
    ['Logs', request.message],
    ['Told apart by', request.by],
    ['Hits', probe.hits ?? 'no bound'],
    ['For', `${request.life ?? 3600} s`],
    ['Because', request.reason],
    ['Hash', probe.hash],
  ];
  return lines
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${oneLine(String(value), 4_096)}`]))
    .join('\n');
}

export function tellRefusal(answer: { readonly kind: string; readonly message?: string } | undefined): boolean {
  if (answer?.kind === 'done') return false;
  const message = answer?.message ?? 'The Runlens language server does not answer.';
  vscode.window.showWarningMessage(inMessage(message)).then(undefined, () => undefined);
  return true;
}
