/**
 * The collector that this window starts when none is found. Windows share it by the home folder: the first starts it, the
 * others find it, and when the first is closed one of the others starts it again; what was stored stays on disk.
 */
import type { ServerStatus } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import type { Settings } from '../settings.ts';
export declare class EmbeddedCollector implements vscode.Disposable {
  #private;
  readonly output: vscode.LogOutputChannel;
  readonly onChange: vscode.Event<void>;
  constructor(cli: string, server: ServerConnection, settings: () => Settings);
  get starting(): boolean;
  /** The process id of the collector that this window started; undefined: it started none. */
  get ownPid(): number | undefined;
  /** Called with each status: starts a collector where one is wanted and none is there. */
  consider(status: ServerStatus): void;
  /** A person's start. */
  startByHand(): Promise<void>;
  /** A person's stop: it stays off until it is started by hand, or the window is reloaded. */
  stopByHand(): Promise<void>;
  /** Stops the collector if this window started it; by its own id. */
  stop(): Promise<void>;
  dispose(): void;
}
//# sourceMappingURL=embedded-collector.d.ts.map
