import type { DocumentFunction, ServerStatus } from '@runlens/protocol/lsp';
export interface StatusInput {
  /** Null: the server has not answered yet. */
  readonly status: ServerStatus | null;
  readonly server: 'starting' | 'running' | 'stopped';
  /** The embedded collector, when this window is starting it. */
  readonly collectorStarting: boolean;
  /** The functions of the active document, for the warning mark. */
  readonly functions: readonly Pick<DocumentFunction, 'name' | 'failingElsewhere'>[];
  /** Milliseconds since 1970. */
  readonly now: number;
}
export interface StatusText {
  /** With a codicon in front, as `$(pulse) shop`. */
  readonly text: string;
  /** Lines of plain text. */
  readonly tooltip: readonly string[];
  /** What a screen reader says: the same without icons. */
  readonly spoken: string;
  readonly severity: 'normal' | 'warning' | 'error';
}
export declare function statusText(input: StatusInput): StatusText;
//# sourceMappingURL=status-text.d.ts.map
