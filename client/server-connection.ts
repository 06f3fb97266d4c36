/** The connection to the language server: starts it, restarts it a bounded number of times, sends typed messages. */
import { serverNodeFlags } from '@runlens/protocol/environment';
import {
  askCommand,
  lensCommand,
  lsp,
  type Message,
  type ServerConfiguration,
  type ServerStatus,
  whyCommand,
} from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import { languages } from './languages.ts';
import { RestartBudget } from './restart-budget.ts';

const restartsAllowed = 4;
const restartWindowMilliseconds = 3 * 60_000;
/** A server that writes this many broken messages in a row is stopped. */
const errorsAllowed = 3;

/** The server's own commands that a hover of it may link to; no other command link works there. */
const hoverCommands = [
  lensCommand,
  whyCommand,
  askCommand,
  'runlens.selectEnvironment',
  'runlens.selectVersion',
  'runlens.selectWindow',
];

export class ServerConnection implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #log: vscode.LogOutputChannel;
  readonly #budget = new RestartBudget(restartsAllowed, restartWindowMilliseconds);
  readonly #statusChanged = new vscode.EventEmitter<ServerStatus>();
  readonly #functionsChanged = new vscode.EventEmitter<readonly string[]>();
  readonly #stopped = new vscode.EventEmitter<boolean>();
  #status: ServerStatus | null = null;
  #gaveUp = false;

  readonly onStatus = this.#statusChanged.event;
  readonly onFunctionsChanged = this.#functionsChanged.event;
  /** Whether the server runs. */
  readonly onRunning = this.#stopped.event;

  /** `configuration` is asked at each start, so that a restarted server has what is in force now. */
  constructor(serverModule: string, log: vscode.LogOutputChannel, configuration: () => ServerConfiguration) {
    this.#log = log;
    const options: LanguageClientOptions = {
      documentSelector: languages.flatMap((language) => [
        { scheme: 'file', language },
        // The sides of a diff that are no file: each has the numbers of its own version.
        { scheme: 'git', language },
        // In a virtual workspace the text is there, and the server matches what it can by name.
        { scheme: 'vscode-vfs', language },
      ]),
      outputChannel: log,
      initializationOptions: configuration,
      markdown: { isTrusted: { enabledCommands: hoverCommands }, supportHtml: false },
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (error, _message, count) => {
          this.#log.error(`The connection to the language server failed: ${error.message}`);
          return { action: (count ?? 0) < errorsAllowed ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true };
        },
        closed: () => this.#closed(),
      },
    };
    // A sensor that this window's shell was given is not for the language server.
    const env = { NODE_OPTIONS: '' };
    this.#client = new LanguageClient(
      'runlens',
      'Runlens',
      {
        run: { module: serverModule, transport: TransportKind.ipc, options: { env, execArgv: [...serverNodeFlags] } },
        debug: {
          module: serverModule,
          transport: TransportKind.ipc,
          options: { env, execArgv: [...serverNodeFlags, '--nolazy', '--inspect=0'] },
        },
      },
      options,
    );
    this.#client.onNotification(lsp.status.method, (status: ServerStatus) => this.#setStatus(status));
    this.#client.onNotification(lsp.functionsChanged.method, (changed: { readonly uris: readonly string[] }) =>
      this.#functionsChanged.fire(changed.uris),
    );
    this.#client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) this.#afterStart();
      if (newState !== State.Starting) this.#stopped.fire(newState === State.Running);
    });
  }

  get status(): ServerStatus | null {
    return this.#status;
  }

  get running(): boolean {
    return this.#client.isRunning();
  }

  /** True after the server ended more often than is allowed: only a person starts it again. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** Starts the server; a failure is shown, never thrown. */
  async start(): Promise<void> {
    try {
      await this.#client.start();
    } catch (error) {
      this.#log.error(`The language server could not be started: ${describe(error)}`);
      this.#offerRestart('The Runlens language server could not be started, so no numbers are shown.');
    }
  }

  /** A person's restart: the budget counts from zero. */
  async restart(): Promise<void> {
    this.#budget.reset();
    this.#gaveUp = false;
    if (this.#client.isRunning()) await this.#client.stop();
    await this.start();
  }

  /** Sends a request; undefined when the server does not run, fails, or the request is cancelled. */
  async request<Params, Result>(
    message: Message<Params, Result>,
    params: Params,
    token?: vscode.CancellationToken,
  ): Promise<Result | undefined> {
    if (!this.#client.isRunning()) return undefined;
    try {
      // Without a token there is no third argument: an undefined one would be sent as a second parameter.
      return await (token
        ? this.#client.sendRequest<Result>(message.method, params, token)
        : this.#client.sendRequest<Result>(message.method, params));
    } catch (error) {
      if (!token?.isCancellationRequested) this.#log.warn(`${message.method} failed: ${describe(error)}`);
      return undefined;
    }
  }

  /** Hears a notification of the server, whichever run of it; dispose to hear it no more. */
  listen<Params>(message: Message<Params>, handle: (params: Params) => void): vscode.Disposable {
    return this.#client.onNotification(message.method, handle);
  }

  /** Sends a notification; does nothing while the server does not run. */
  async notify<Params>(message: Message<Params>, params: Params): Promise<void> {
    if (!this.#client.isRunning()) return;
    try {
      await this.#client.sendNotification(message.method, params ?? undefined);
    } catch (error) {
      this.#log.warn(`${message.method} failed: ${describe(error)}`);
    }
  }

  /** Looks for the collector again, now. */
  async reconnect(): Promise<ServerStatus | null> {
    const status = await this.request(lsp.reconnect, null);
    if (status) this.#setStatus(status);
    return this.#status;
  }

  /** Ends the server; VS Code waits for it a few seconds. */
  async stop(): Promise<void> {
    if (this.#client.isRunning()) await this.#client.stop(2_000);
  }

  dispose(): void {
    this.#statusChanged.dispose();
    this.#functionsChanged.dispose();
    this.#stopped.dispose();
    this.#client
      .dispose()
      .catch((error: unknown) => this.#log.warn(`Stopping the language server: ${describe(error)}`));
  }

  #afterStart(): void {
    this.request(lsp.getStatus, null).then(
      (status) => status && this.#setStatus(status),
      () => undefined, // request() has logged it
    );
  }

  #setStatus(status: ServerStatus): void {
    this.#status = status;
    this.#statusChanged.fire(status);
  }

  #closed(): { readonly action: CloseAction; readonly handled: true; readonly message?: string } {
    this.#status = null;
    if (this.#budget.take(Date.now())) {
      const message = `The language server ended; starting it again (${this.#budget.taken} of ${restartsAllowed}).`;
      return { action: CloseAction.Restart, handled: true, message };
    }
    this.#gaveUp = true;
    const minutes = restartWindowMilliseconds / 60_000;
    const ended = `The Runlens language server ended ${restartsAllowed + 1} times in ${minutes} minutes and stays off.`;
    this.#offerRestart(ended);
    return { action: CloseAction.DoNotRestart, handled: true, message: ended };
  }

  #offerRestart(message: string): void {
    const showLog = 'Show Log';
    const again = 'Start Again';
    vscode.window.showErrorMessage(message, showLog, again).then(async (choice) => {
      if (choice === showLog) this.#log.show();
      if (choice === again) await this.restart();
    });
  }
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
