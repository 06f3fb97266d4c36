/** The connection to the language server: starts it, restarts it a bounded number of times, sends typed messages. */
import { type Message, type ServerConfiguration, type ServerStatus } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
export declare class ServerConnection implements vscode.Disposable {
  #private;
  readonly onStatus: vscode.Event<ServerStatus>;
  readonly onFunctionsChanged: vscode.Event<readonly string[]>;
  /** Whether the server runs. */
  readonly onRunning: vscode.Event<boolean>;
  /** `configuration` is asked at each start, so that a restarted server has what is in force now. */
  constructor(serverModule: string, log: vscode.LogOutputChannel, configuration: () => ServerConfiguration);
  get status(): ServerStatus | null;
  get running(): boolean;
  /** True after the server ended more often than is allowed: only a person starts it again. */
  get gaveUp(): boolean;
  /** Starts the server; a failure is shown, never thrown. */
  start(): Promise<void>;
  /** A person's restart: the budget counts from zero. */
  restart(): Promise<void>;
  /** Sends a request; undefined when the server does not run, fails, or the request is cancelled. */
  request<Params, Result>(
    message: Message<Params, Result>,
    params: Params,
    token?: vscode.CancellationToken,
  ): Promise<Result | undefined>;
  /** Sends a notification; does nothing while the server does not run. */
  notify<Params>(message: Message<Params>, params: Params): Promise<void>;
  /** Looks for the collector again, now. */
  reconnect(): Promise<ServerStatus | null>;
  /** Ends the server; VS Code waits for it a few seconds. */
  stop(): Promise<void>;
  dispose(): void;
}
export declare function describe(error: unknown): string;
//# sourceMappingURL=server-connection.d.ts.map
