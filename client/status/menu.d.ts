/** The menu of the status bar: every action that makes sense now. */
import type { ServerStatus } from '@runlens/protocol/lsp';
export interface MenuEntry {
  readonly label: string;
  readonly description?: string;
  readonly command: string;
}
export interface MenuGroup {
  readonly title: string;
  readonly entries: readonly MenuEntry[];
}
export interface MenuInput {
  readonly status: ServerStatus | null;
  readonly serverRunning: boolean;
  /** Whether this window started the collector that runs. */
  readonly ownsCollector: boolean;
  readonly trusted: boolean;
  readonly terminalSensor: boolean;
  readonly position: string;
}
export declare function menu(input: MenuInput): readonly MenuGroup[];
//# sourceMappingURL=menu.d.ts.map
