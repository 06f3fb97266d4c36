/** Why the chat can tell nothing now, and what to do. Pure. */
import type { ServerStatus } from '@runlens/protocol/lsp';

export interface Absence {
  readonly text: string;
  readonly buttons: readonly { readonly command: string; readonly title: string }[];
}

const again = { command: 'runlens.reconnect', title: 'Look Again' };
const log = { command: 'runlens.openLog', title: 'Show Log' };

export interface KnownStatus {
  /** Null: the language server does not run, or has told nothing yet. */
  readonly status: ServerStatus | null;
  readonly trusted: boolean;
  /** The text of the change can be judged without any service. */
  readonly needsServices: boolean;
}

/** Undefined: there is somebody to ask. The collector's own message is added by whoever shows this, as text. */
export function absenceOf({ status, trusted, needsServices }: KnownStatus): Absence | undefined {
  if (!status) {
    return {
      text: 'The Runlens language server does not run, so nothing is known here.',
      buttons: [{ command: 'runlens.restartServer', title: 'Start It Again' }, log],
    };
  }
  switch (status.collector.kind) {
    case 'none':
    case 'away':
      return {
        text: trusted
          ? 'No collector can be reached, so production cannot be asked.'
          : 'No collector can be reached, and in Restricted Mode Runlens starts none.',
        buttons: [
          trusted
            ? { command: 'runlens.startCollector', title: 'Start the Collector' }
            : { command: 'workbench.trust.manage', title: 'Manage Workspace Trust' },
          again,
        ],
      };
    case 'unauthorized':
      return {
        text: 'The collector does not accept the token of this editor.',
        buttons: [{ command: 'runlens.setCollectorToken', title: 'Set Collector Token' }, again],
      };
    case 'connecting':
      return { text: 'The collector has not answered yet.', buttons: [again, log] };
    case 'connected':
      return needsServices && status.services.length === 0
        ? {
            text: 'The collector runs, and no service has reported to it yet: start yours with the sensor.',
            buttons: [{ command: 'runlens.runWithSensor', title: 'Run with Sensor' }, again],
          }
        : undefined;
  }
}
