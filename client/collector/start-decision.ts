/** Whether this window starts a collector by itself. */
import type { CollectorState } from '@runlens/protocol/lsp';

export interface StartInput {
  readonly setting: 'auto' | 'never';
  /** The collector that the settings name; empty: none. */
  readonly url: string;
  readonly trusted: boolean;
  readonly collector: CollectorState['kind'];
}

/**
 * Only where nobody has said that a collector runs elsewhere, and only in a trusted workspace: Restricted Mode starts no
 * program. `away` counts, so that a second window takes over when the one that owned the collector is closed.
 */
export function wantsCollector(input: StartInput): boolean {
  return (
    input.setting === 'auto' &&
    input.url === '' &&
    input.trusted &&
    (input.collector === 'none' || input.collector === 'away')
  );
}

/** The least Node of the collector: `node:sqlite` is there without a flag from 22.13 on. */
const leastNode = [22, 13] as const;

/** Undefined when this Node (as `22.15.1`) can run the collector, else a sentence that says what to do. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return undefined;
  return `The collector needs Node ${leastNode.join('.')} or newer, and this editor has Node ${version}. Update the editor, or run "runlens collector" yourself with a newer Node.`;
}

/** Milliseconds until the next try after `restarts` restarts: 1 s, 4 s, 16 s. */
export function backOff(restarts: number): number {
  return 1_000 * 4 ** Math.min(Math.max(restarts - 1, 0), 2);
}
