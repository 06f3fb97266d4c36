/** What a line of the tree of hot functions says. */
import type { HotOrder } from '@runlens/protocol/api/profile';
import type { HotItem, ServerStatus } from '@runlens/protocol/lsp';
export declare const orders: readonly {
  readonly by: HotOrder;
  readonly label: string;
  readonly description: string;
}[];
export interface HotText {
  /** Stable over refreshes, so that a selection stays where it was. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly tooltip: readonly string[];
  readonly spoken: string;
}
export declare function hotText(item: HotItem): HotText;
/** Beside the view's title: `by total time · shop · production · 15m`. */
export declare function viewDescription(by: HotOrder, status: ServerStatus | null): string;
//# sourceMappingURL=hot-model.d.ts.map
