/** Talks LSP to the server as an editor would, without one: in a process of its own, or in this one (quicker). */
import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { serverNodeFlags } from '@runlens/protocol/environment';
import {
  type DocumentFunctions,
  type Explanation,
  lsp,
  type Message,
  type Position,
  type ServerConfiguration,
  type ServerStatus,
} from '@runlens/protocol/lsp';
import {
  type CodeLens,
  CodeLensRefreshRequest,
  createConnection,
  createProtocolConnection,
  type Hover,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { serve } from '../language-server.ts';

export interface ClientOptions {
  /** The server's file, to run it in a process of its own; absent: it runs in this one. */
  readonly server?: string;
  readonly folders: readonly string[];
  readonly configuration: Partial<ServerConfiguration>;
  readonly environment?: NodeJS.ProcessEnv;
}

const defaults: ServerConfiguration = {
  selection: { window: '15m' },
  lens: { enabled: true, position: 'above', showAbsent: true },
  pathMappings: [],
};

export class LspClient {
  #process: ChildProcess | undefined;
  #stopped = false;
  readonly #connection: ProtocolConnection;
  readonly statuses: ServerStatus[] = [];
  readonly changes: string[][] = [];
  refreshes = 0;
  stderr = '';

  static async start(options: ClientOptions): Promise<LspClient> {
    const client = new LspClient(options);
    await client.#connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: { workspace: { codeLens: { refreshSupport: true }, workspaceFolders: true } },
      workspaceFolders: options.folders.map((folder) => ({ uri: pathToFileURL(folder).href, name: folder })),
      initializationOptions: { ...defaults, ...options.configuration },
    });
    await client.#connection.sendNotification('initialized', {});
    return client;
  }

  private constructor(options: ClientOptions) {
    const { RUNLENS_HOME: _home, RUNLENS_TOKEN: _token, RUNLENS_COLLECTOR_URL: _url, ...inherited } = process.env;
    const environment = { ...inherited, RUNLENS_HOME: '/nonexistent/runlens-home', ...options.environment };
    const [fromServer, toServer] = options.server ? this.#spawn(options.server, environment) : serveHere(environment);
    this.#connection = createProtocolConnection(new StreamMessageReader(fromServer), new StreamMessageWriter(toServer));
    this.#connection.onNotification(lsp.status.method, (status: ServerStatus) => {
      this.statuses.push(status);
    });
    this.#connection.onNotification(lsp.functionsChanged.method, ({ uris }: { uris: string[] }) => {
      this.changes.push(uris);
    });
    this.#connection.onRequest(CodeLensRefreshRequest.type, () => {
      this.refreshes += 1;
    });
    this.#connection.listen();
  }

  #spawn(server: string, environment: NodeJS.ProcessEnv): readonly [Readable, Writable] {
    const child = spawn(process.execPath, [...serverNodeFlags, '--conditions=runlens-source', server, '--stdio'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment,
    });
    this.#process = child;
    child.stderr.on('data', (chunk) => {
      this.stderr += String(chunk);
    });
    return [child.stdout, child.stdin];
  }

  /** Of a server in a process of its own. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  open(uri: string, text: string, languageId = 'javascript'): Promise<void> {
    return this.#connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  /** Replaces the range (or all) by the text. */
  change(
    uri: string,
    version: number,
    text: string,
    range?: { readonly start: Position; readonly end: Position },
  ): Promise<void> {
    return this.#connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [range ? { range, text } : { text }],
    });
  }

  close(uri: string): Promise<void> {
    return this.#connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  codeLenses(uri: string): Promise<CodeLens[]> {
    return this.#connection.sendRequest('textDocument/codeLens', { textDocument: { uri } });
  }

  /** `line: title` of each lens, lines 1-based. */
  async lensTexts(uri: string): Promise<string[]> {
    const lenses = await this.codeLenses(uri);
    return lenses.map(({ range, command }) => `${range.start.line + 1}: ${command?.title}`);
  }

  hover(uri: string, position: Position): Promise<Hover | null> {
    return this.#connection.sendRequest('textDocument/hover', { textDocument: { uri }, position });
  }

  functions(uri: string): Promise<DocumentFunctions> {
    return this.#connection.sendRequest(lsp.documentFunctions.method, { uri });
  }

  explain(uri: string, position: Position): Promise<Explanation | null> {
    return this.#connection.sendRequest(lsp.explain.method, { uri, position });
  }

  request<P, R>(message: Message<P, R>, params: P): Promise<R> {
    return this.#connection.sendRequest(message.method, params);
  }

  /** Hears a notification of the server. */
  listen<P>(message: Message<P>, handle: (params: P) => void): void {
    this.#connection.onNotification(message.method, handle);
  }

  notify<P>(message: Message<P>, params: P): Promise<void> {
    return this.#connection.sendNotification(message.method, params);
  }

  /** Tells other settings; what is not given is at its default. */
  configure(configuration: Partial<ServerConfiguration>): Promise<void> {
    return this.notify(lsp.configurationChanged, { ...defaults, ...configuration });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const child = this.#process;
    const gone = child && new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await this.#connection.sendRequest('shutdown').catch(() => undefined);
    // It ends the process that the server is in.
    if (gone) await this.#connection.sendNotification('exit').catch(() => undefined);
    await gone;
    this.#connection.dispose();
  }
}

function serveHere(environment: NodeJS.ProcessEnv): readonly [Readable, Writable] {
  const toServer = new PassThrough();
  const fromServer = new PassThrough();
  const connection = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(fromServer));
  serve(connection, environment);
  connection.listen();
  return [fromServer, toServer];
}

/** Waits until the condition holds; fails with the message after the deadline. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = 60_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`after ${milliseconds} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
