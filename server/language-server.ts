/** The language server: what a client may ask, and what it is told. */

import { join } from 'node:path';
import type { EventEvent } from '@runlens/protocol/api/events';
import { hotOrders } from '@runlens/protocol/api/profile';
import {
  type DocumentFunction,
  type DocumentFunctions,
  lsp,
  type Position,
  type ServerConfiguration,
  type ServerStatus,
} from '@runlens/protocol/lsp';
import { eventsLsp } from '@runlens/protocol/lsp-events';
import { findingsLsp } from '@runlens/protocol/lsp-findings';
import {
  type CancellationToken,
  CodeLensRefreshRequest,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { URI } from 'vscode-uri';
import { z } from 'zod';
import { abortable } from './abortable.ts';
import { AgentTools, withinRoom } from './agent/agent-tools.ts';
import { mostNamedFunctions } from './agent/named-functions.ts';
import { serveDeploys } from './deploys/deploy-list.ts';
import { ChangeNotices } from './documents/change-notices.ts';
import { type DocumentView, DocumentViews } from './documents/document-views.ts';
import { FunctionLocations } from './documents/function-locations.ts';
import { Parsers } from './documents/parsed-text.ts';
import { RepositoryPaths } from './documents/repository-path.ts';
import { warmUp } from './documents/warm-up.ts';
import { changesOf, serveEvents } from './events/event-list.ts';
import { serveFindings } from './findings/finding-list.ts';
import { Git } from './git/git.ts';
import { GitCommits } from './git/git-side.ts';
import { MovedFiles } from './git/moved-files.ts';
import { RemoteUrls } from './git/remote-urls.ts';
import { HotFunctions } from './hot-functions.ts';
import { codeLenses } from './lens/code-lens.ts';
import { explain } from './lens/explain.ts';
import { hoverMarkdown } from './lens/hover.ts';
import { DeployedTexts } from './mapping/deployed-texts.ts';
import { SeenTexts } from './mapping/seen-texts.ts';
import { servePages } from './pages/page-requests.ts';
import { ProbeList } from './probes/probe-list.ts';
import { ProbePlaces } from './probes/probe-places.ts';
import { ProbeNotices, serveProbes } from './probes/probe-requests.ts';
import { CollectorConnection } from './profiles/collector-connection.ts';
import { ProfileStore } from './profiles/profile-store.ts';
import { readConfiguration } from './settings.ts';
import { DiskFolder } from './storage/disk-folder.ts';

/** A first answer waits so long for numbers, so that lenses come once and not in two steps. */
const coldWaitMilliseconds = 3_000;
/** Lenses are made anew at most this often. */
const leastNoticeMilliseconds = 300;
/** What an event changed is asked for after this, together. */
const refetchMilliseconds = 100;
/** Ages in lenses (`last call 5 min ago`) and rates move on, also where nothing is reported. */
const ageMilliseconds = 30_000;

/** A hover waits so long for what git tells of the function's changes, and does without it then. */
const historyMilliseconds = 1_500;

const uriParams = z.object({ uri: z.string() });
const placeParams = uriParams.extend({ position: z.object({ line: z.number(), character: z.number() }) });
const hotParams = z.object({ by: z.enum(hotOrders), limit: z.number().int().min(1).max(1_000) });
const agentToolParams = z.object({
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  roomTokens: z.number().int().positive().optional(),
});
const namedFunctionsParams = z.object({
  functions: z.array(z.object({ file: z.string(), function: z.string(), line: z.number() })).max(mostNamedFunctions),
});
const reviewParams = z.object({ base: z.string().min(1).max(200).optional() });
const visibleParams = z.object({ uris: z.array(z.string()) });

/** Everything that lives as long as a client's session; made when the client has said how it is configured. */
class Session {
  readonly views: DocumentViews;
  readonly collector: CollectorConnection;
  readonly hot: HotFunctions;
  readonly locations: FunctionLocations;
  readonly agentTools: AgentTools;
  readonly probes: ProbeList;
  readonly places: ProbePlaces;
  readonly #probeNotices: ProbeNotices;
  configuration: ServerConfiguration;
  workspaceFolders: readonly string[];
  readonly #connection: Connection;
  readonly #clientRefreshes: boolean;
  readonly #parsers = new Parsers();
  readonly #store: ProfileStore;
  readonly git: Git;
  readonly paths = new RepositoryPaths();
  readonly #deployed: DeployedTexts;
  readonly #disks: readonly DiskFolder[];
  readonly #notices: ChangeNotices;
  readonly #ages: NodeJS.Timeout;
  readonly #stop = new AbortController();
  #warming: Promise<void> | undefined;
  /** Null until the client has said so once: then what it asked about counts as seen. */
  #visible: readonly string[] | null = null;
  readonly #asked = new Set<string>();
  readonly #served = new Map<string, string>();
  #refetch: NodeJS.Timeout | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #lastStatus = '';
  #dataUntil: string | null = null;

  constructor(connection: Connection, params: InitializeParams, environment: NodeJS.ProcessEnv) {
    this.#connection = connection;
    this.#clientRefreshes = params.capabilities.workspace?.codeLens?.refreshSupport === true;
    this.configuration = readConfiguration(params.initializationOptions);
    this.workspaceFolders = (params.workspaceFolders ?? []).flatMap(({ uri }) => folderOf(uri) ?? []);
    const { cacheFolder } = this.configuration;
    const disk = (name: string, mostFiles: number, mostBytes: number) =>
      cacheFolder === undefined ? undefined : new DiskFolder(join(cacheFolder, name), { mostFiles, mostBytes });
    const profilesDisk = disk('profiles', 500, 60_000_000);
    const textsDisk = disk('texts', 500, 30_000_000);
    this.#disks = [profilesDisk, textsDisk].filter((folder) => folder !== undefined);
    this.collector = new CollectorConnection(this.configuration, environment, {
      onChange: () => this.#collectorChanged(),
      onReset: () => {
        this.#store.reset();
        void this.probes.load();
        this.#findingsChanged();
        this.#eventsChanged([]);
        this.#refetchSoon();
      },
      onProfiles: (event) => {
        this.#dataUntil = event.at;
        if (this.views.onProfiles(event).length > 0) this.#refetchSoon();
        this.#statusSoon();
      },
      onProbe: (event) => this.probes.onProbe(event),
      onCapture: (event) => this.probes.onCapture(event),
      onFindings: () => this.#findingsChanged(),
      onEvents: (event) => this.#eventsChanged(changesOf(event, this)),
      log: (message) => connection.console.info(message),
    });
    this.#store = new ProfileStore(
      {
        client: () => this.collector.client,
        onChange: (key) => this.#changed(this.views.urisOf([key])),
        onUnauthorized: () => this.collector.unauthorized(),
        onUnreachable: () => this.collector.unreachable(),
      },
      profilesDisk,
    );
    const seen = new SeenTexts(textsDisk);
    const { paths } = this;
    // Absent: a client that knows no restricted workspaces.
    this.git = new Git({ trusted: () => this.configuration.trusted !== false, environment });
    this.#deployed = new DeployedTexts(this.#parsers, seen, this.git);
    const moved = new MovedFiles(this.git, () => runningRevisions(this.collector.services));
    this.locations = new FunctionLocations(this.#parsers, paths, moved);
    this.hot = new HotFunctions(this.locations);
    this.views = new DocumentViews({
      parsers: this.#parsers,
      paths,
      store: this.#store,
      connection: this.collector,
      deployed: this.#deployed,
      seen,
      remotes: new RemoteUrls(this.git),
      moved,
      git: this.git,
      commits: new GitCommits(this.git),
      configuration: () => this.configuration,
      workspaceFolders: () => this.workspaceFolders,
      onLateText: (uri) => this.#changed([uri]),
    });
    this.#probeNotices = new ProbeNotices(connection, () => this.probes);
    this.probes = new ProbeList({
      client: () => this.collector.client,
      away: () => awayMessage(this.collector.state),
      trusted: () => this.configuration.trusted !== false,
      onChange: () => this.#probeNotices.changed(),
      onCaptures: (captures) => this.#probeNotices.captured(captures),
    });
    this.places = new ProbePlaces({
      views: this.views,
      deployed: this.#deployed,
      parsers: this.#parsers,
      paths,
      configuration: () => this.configuration,
      workspaceFolders: () => this.workspaceFolders,
    });
    this.agentTools = new AgentTools({
      endpoint: () => this.collector.client?.endpoint,
      away: () => awayMessage(this.collector.state),
      paths,
      git: this.git,
      workspaceFolders: () => this.workspaceFolders,
      trusted: () => this.configuration.trusted !== false,
      log: (message) => connection.console.error(message),
    });
    this.#notices = new ChangeNotices(leastNoticeMilliseconds, (uris) => this.#tell(uris));
    this.#ages = setInterval(() => {
      this.#changed(this.#seen());
      // A function that is called no more brings no event, and its rate falls all the same.
      this.#store.invalidateAll();
      this.#refetchSoon();
    }, ageMilliseconds);
    this.#ages.unref();
  }

  start(): void {
    this.collector.start();
    this.#warming = warmUp(this.#parsers, this.workspaceFolders, this.#stop.signal);
  }

  configure(sent: unknown): void {
    const before = this.configuration;
    this.configuration = readConfiguration(sent);
    const { collectorUrl, token, home } = this.configuration;
    if (collectorUrl !== before.collectorUrl || token !== before.token || home !== before.home) {
      this.collector.configure(this.configuration);
    }
    if (this.configuration.trusted !== before.trusted) {
      this.#deployed.forgetAbsent();
      this.#probeNotices.changed();
    }
    this.#changed(this.views.uris);
    // Where lenses stand is no part of what they say, by which the client is told of changes.
    if (this.configuration.lens.position !== before.lens.position) this.#refreshLenses();
    this.#refetchSoon();
    this.#statusSoon();
  }

  setVisible(uris: readonly string[]): void {
    this.#visible = uris.filter((uri) => this.views.has(uri));
    this.#refetchSoon();
    this.#statusSoon();
  }

  close(uri: string): void {
    this.views.close(uri);
    this.#asked.delete(uri);
    this.#served.delete(uri);
  }

  async functions(uri: string): Promise<DocumentView | undefined> {
    this.#asked.add(uri);
    const view = await this.views.view(uri, coldWaitMilliseconds);
    if (view) {
      this.#served.set(uri, signature(view.functions));
      this.#statusSoon();
    }
    return view;
  }

  status(): ServerStatus {
    const active = this.#seen()[0];
    const view = active === undefined ? undefined : this.views.shown(active);
    const { selection } = this.configuration;
    return {
      collector: this.collector.state,
      selection,
      services: this.collector.services,
      dataUntil: this.#dataUntil ?? newestData(this.collector.services, selection),
      effective: view?.chosen ? { ...view.chosen, versions: view.versions } : null,
    };
  }

  /** What is seen, the active document first. */
  #seen(): readonly string[] {
    return this.#visible ?? [...this.#asked];
  }

  #collectorChanged(): void {
    this.#probeNotices.changed();
    this.#changed(this.views.uris);
    this.#statusSoon();
  }

  #findingsChanged(): void {
    void this.#connection.sendNotification(findingsLsp.changed.method, null);
  }

  #eventsChanged(changes: EventEvent['changes']): void {
    void this.#connection.sendNotification(eventsLsp.changed.method, { changes });
  }

  #changed(uris: readonly string[]): void {
    this.views.invalidate(uris);
    const seen = new Set(this.#seen());
    this.#notices.add(uris.filter((uri) => seen.has(uri)));
  }

  #refetchSoon(): void {
    this.#refetch ??= setTimeout(() => {
      this.#refetch = undefined;
      for (const uri of this.#seen()) void this.views.refresh(uri, true);
    }, refetchMilliseconds);
  }

  /** Tells the client only of documents whose lenses or states read differently now. */
  async #tell(uris: readonly string[]): Promise<void> {
    const changed: string[] = [];
    const seen = new Set(this.#seen());
    for (const uri of uris) {
      // Who has not been answered yet will be with what is known then.
      if (!seen.has(uri) || !this.#served.has(uri)) continue;
      const view = await this.views.view(uri, 0);
      if (view && this.#served.get(uri) !== signature(view.functions)) {
        this.#served.set(uri, signature(view.functions));
        changed.push(uri);
      }
    }
    this.#statusSoon();
    if (changed.length === 0) return;
    await this.#connection.sendNotification(lsp.functionsChanged.method, { uris: changed });
    const { lens } = this.configuration;
    if (lens.enabled && lens.position === 'above') this.#refreshLenses();
  }

  #refreshLenses(): void {
    if (this.#clientRefreshes) this.#connection.sendRequest(CodeLensRefreshRequest.type).catch(() => undefined);
  }

  #statusSoon(): void {
    this.#statusTimer ??= setTimeout(() => {
      this.#statusTimer = undefined;
      const status = this.status();
      const text = JSON.stringify(status);
      if (text === this.#lastStatus) return;
      this.#lastStatus = text;
      void this.#connection.sendNotification(lsp.status.method, status);
    }, leastNoticeMilliseconds);
  }

  async dispose(): Promise<void> {
    this.#stop.abort();
    await this.#warming;
    clearInterval(this.#ages);
    clearTimeout(this.#refetch);
    clearTimeout(this.#statusTimer);
    this.#notices.dispose();
    this.#probeNotices.dispose();
    this.probes.dispose();
    await this.agentTools.dispose();
    await this.collector.dispose();
    this.#store.dispose();
    this.views.dispose();
    this.git.dispose();
    this.#deployed.dispose();
    await Promise.all(this.#disks.map((folder) => folder.flush()));
    this.#parsers.dispose();
  }
}

/** Answers on a connection; call before `connection.listen()`. */
export function serve(connection: Connection, environment: NodeJS.ProcessEnv = process.env): void {
  let session: Session | undefined;
  let watchesFolders = false;

  connection.onInitialize((params): InitializeResult => {
    session = new Session(connection, params, environment);
    watchesFolders = params.capabilities.workspace?.workspaceFolders === true;
    return {
      serverInfo: { name: 'Runlens' },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        codeLensProvider: { resolveProvider: false },
        hoverProvider: true,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });
  connection.onInitialized(() => {
    session?.start();
    if (!watchesFolders) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      if (!session) return;
      const gone = new Set(removed.map(({ uri }) => folderOf(uri)));
      session.workspaceFolders = [
        ...session.workspaceFolders.filter((folder) => !gone.has(folder)),
        ...added.flatMap(({ uri }) => folderOf(uri) ?? []),
      ];
    });
  });
  connection.onShutdown(async () => {
    await session?.dispose();
    session = undefined;
  });

  connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version, text } }) => {
    session?.views.open(uri, languageId, version, text);
  });
  connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
    session?.views.change(textDocument.uri, contentChanges, textDocument.version);
  });
  connection.onDidCloseTextDocument(({ textDocument }) => session?.close(textDocument.uri));

  connection.onCodeLens(async ({ textDocument }) => {
    const lens = session?.configuration.lens;
    if (!session?.views.hasLenses(textDocument.uri) || lens?.position !== 'above') return [];
    const view = await session.functions(textDocument.uri);
    return view ? codeLenses(view.functions) : [];
  });
  connection.onHover(async ({ textDocument, position }) => {
    const view = await session?.functions(textDocument.uri);
    const index = view ? headerAt(view, position) : undefined;
    const found = index === undefined ? undefined : view?.functions.functions[index];
    if (!session || !view || index === undefined || !found) return null;
    const value = hoverMarkdown({
      found,
      history: await inTime(session.views.history(textDocument.uri, view, index), historyMilliseconds),
      uri: textDocument.uri,
      window: session.configuration.selection.window,
      now: Date.now(),
    });
    return value === undefined ? null : { contents: { kind: 'markdown', value }, range: found.selectionRange };
  });

  serveProbes(connection, () => session);
  serveFindings(connection, () => session);
  serveEvents(connection, () => session);
  serveDeploys(connection, () => session);
  servePages(
    connection,
    () => session,
    async (uri, position) => {
      const view = await session?.functions(uri);
      const index = view ? functionAt(view, position) : undefined;
      return index === undefined ? undefined : view?.functions.functions[index]?.state;
    },
  );
  connection.onNotification(lsp.configurationChanged.method, (params: unknown) => session?.configure(params));
  connection.onNotification(lsp.visibleDocuments.method, (params: unknown) => {
    const parsed = visibleParams.safeParse(params);
    if (parsed.success) session?.setVisible(parsed.data.uris);
  });
  connection.onRequest(lsp.getStatus.method, () => session?.status() ?? null);
  connection.onRequest(lsp.reconnect.method, () => {
    session?.collector.reconnect();
    return session?.status() ?? null;
  });
  connection.onRequest(lsp.documentFunctions.method, async (params: unknown): Promise<DocumentFunctions> => {
    const { uri } = uriParams.parse(params);
    const view = await session?.functions(uri);
    return view?.functions ?? { uri, version: 0, functions: [] };
  });
  connection.onRequest(lsp.functionDetails.method, async (params: unknown) => {
    const { uri, position } = placeParams.parse(params);
    const view = await session?.functions(uri);
    const index = view ? functionAt(view, position) : undefined;
    const found = index === undefined ? undefined : view?.functions.functions[index];
    return view && found && index !== undefined ? { function: found, environments: view.environments(index) } : null;
  });
  connection.onRequest(lsp.explain.method, async (params: unknown) => {
    const { uri, position } = placeParams.parse(params);
    const view = await session?.functions(uri);
    if (!session || !view) return null;
    const index = functionAt(view, position);
    return explain({
      found: (index === undefined ? undefined : view.functions.functions[index]) ?? null,
      collector: session.collector.state,
      selection: session.configuration.selection,
      notice: view.functions.notice,
      problem: view.problem,
      now: Date.now(),
    });
  });
  connection.onRequest(lsp.agentTool.method, (params: unknown, token: CancellationToken): Promise<object> => {
    const { tool, input, roomTokens } = agentToolParams.parse(params);
    return abortable(token, async (signal) =>
      session ? session.agentTools.call(tool, withinRoom(input, roomTokens), signal) : notStarted,
    );
  });
  connection.onRequest(lsp.locateFunctions.method, async (params: unknown) => {
    const { functions } = namedFunctionsParams.parse(params);
    if (!session) return functions.map(() => null);
    return session.locations.of(functions, session.configuration, session.workspaceFolders);
  });
  connection.onRequest(lsp.reviewChange.method, (params: unknown, token: CancellationToken): Promise<object> => {
    const { base } = reviewParams.parse(params);
    return abortable(token, async (signal) => {
      if (!session) return notStarted;
      const { agentTools, locations, configuration, workspaceFolders } = session;
      const { service, environment, window: since } = configuration.selection;
      return agentTools.review(
        { base, scope: { service, environment, since } },
        (functions, folders = workspaceFolders) => locations.of(functions, configuration, folders),
        signal,
      );
    });
  });
  connection.onRequest(lsp.hot.method, (params: unknown, token: CancellationToken) => {
    const { by, limit } = hotParams.parse(params);
    return abortable(token, async (signal) => {
      if (!session) return { items: [], problem: null };
      const { collector, configuration, workspaceFolders } = session;
      return session.hot.ask(
        { by, limit },
        collector.client,
        collector.services,
        configuration,
        workspaceFolders,
        signal,
      );
    });
  });
}

/** Undefined when it takes longer. */
async function inTime<Result>(work: Promise<Result>, milliseconds: number): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const notStarted = { kind: 'failed', message: 'Runlens has not started yet: ask again.' };

const signature = ({ functions, notice }: DocumentFunctions): string =>
  `${notice ?? ''}\n${functions.map(({ label, heat, state }) => `${label}\t${heat}\t${state.kind}`).join('\n')}`;

const before = (a: Position, b: Position): boolean =>
  a.line < b.line || (a.line === b.line && a.character < b.character);
const within = ({ range }: DocumentFunction, position: Position): boolean =>
  !before(position, range.start) && !before(range.end, position);

/** The innermost function at a position; where a lens stands (the first line), the one that starts there. */
function functionAt({ functions: { functions } }: DocumentView, position: Position): number | undefined {
  const exact = functions.findIndex(
    ({ range: { start }, selectionRange }) => samePlace(start, position) || samePlace(selectionRange.start, position),
  );
  if (exact !== -1) return exact;
  let innermost: number | undefined;
  functions.forEach((candidate, index) => {
    if (within(candidate, position)) innermost = index;
  });
  if (innermost !== undefined) return innermost;
  const onLine = functions.findIndex(({ range }) => range.start.line === position.line);
  return onLine === -1 ? undefined : onLine;
}

const samePlace = (a: Position, b: Position): boolean => a.line === b.line && a.character === b.character;

/** The function on whose header (name, parameters) the position is. */
function headerAt(view: DocumentView, position: Position): number | undefined {
  let innermost: number | undefined;
  view.functions.functions.forEach((candidate, index) => {
    const end = view.headerEnds[index];
    if (end && !before(position, candidate.range.start) && before(position, end)) innermost = index;
  });
  return innermost;
}

const awayMessage = (state: ServerStatus['collector']): string =>
  'message' in state ? state.message : 'The collector has not answered yet.';

function folderOf(uri: string): string | undefined {
  const parsed = URI.parse(uri);
  return parsed.scheme === 'file' ? parsed.fsPath : undefined;
}

/** Of all services and environments, the newest first. */
const runningRevisions = (services: ServerStatus['services']): readonly string[] =>
  services
    .flatMap(({ environments }) => environments.flatMap(({ versions }) => versions))
    .toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1))
    .flatMap(({ revision }) => revision ?? []);

function newestData(
  services: ServerStatus['services'],
  { service, environment }: ServerConfiguration['selection'],
): string | null {
  const seen = services
    .filter(({ name }) => service === undefined || name === service)
    .flatMap(({ environments }) => environments)
    .filter(({ name }) => environment === undefined || name === environment)
    .map(({ lastSeen }) => lastSeen)
    .sort();
  return seen.at(-1) ?? null;
}
