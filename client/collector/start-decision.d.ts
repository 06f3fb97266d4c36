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
export declare function wantsCollector(input: StartInput): boolean;
/** Undefined when this Node (as `22.15.1`) can run the collector, else a sentence that says what to do. */
export declare function nodeProblem(version: string): string | undefined;
/** Milliseconds until the next try after `restarts` restarts: 1 s, 4 s, 16 s. */
export declare function backOff(restarts: number): number;
//# sourceMappingURL=start-decision.d.ts.map
