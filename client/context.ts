/** The one object that owns what the extension has: connection, settings, collector, and all that is shown. */
import type { ServerStatus } from '@runlens/protocol/lsp';
import { lsp } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import { LanguageModelTools } from './agent/language-model-tools.ts';
import { McpServerOffer } from './agent/mcp-server.ts';
import { AskCopilot } from './chat/ask-copilot.ts';
import { AskLens } from './chat/ask-lens.ts';
import { ChatParticipant } from './chat/chat-participant.ts';
import { ContextFiles } from './chat/context-files.ts';
import { EmbeddedCollector } from './collector/embedded-collector.ts';
import { CollectorTokens } from './collector-token.ts';
import { Deploys } from './deploys/deploys.ts';
import { DetailsPanel } from './details/details-panel.ts';
import { firingEvents } from './events/event-model.ts';
import { Events } from './events/events.ts';
import { Findings } from './findings/findings.ts';
import { HotTree } from './hot/hot-tree.ts';
import { Decorations } from './lens/decorations.ts';
import { VisibleFunctions } from './lens/document-functions.ts';
import { TemplateProblem } from './lens/template-problem.ts';
import { OverviewPanel } from './overview/overview-panel.ts';
import { Probes } from './probes/probes.ts';
import { ChangeReview } from './review/change-review.ts';
import type { SensorSettings } from './run/sensor-environment.ts';
import { TerminalSensor } from './run/terminal-sensor.ts';
import { SelectionMemory } from './selection.ts';
import { serverConfiguration } from './server-configuration.ts';
import { ServerConnection } from './server-connection.ts';
import { readSettings, type Settings, settingsSection } from './settings.ts';
import { StatusBar } from './status/status-bar.ts';

/** A service that is run from the editor sends its numbers this often, so that a lens follows at once. */
const flushInterval = '1s';

export class RunlensContext implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel('Runlens', { log: true });
  readonly server: ServerConnection;
  readonly collector: EmbeddedCollector;
  readonly selection: SelectionMemory;
  readonly tokens: CollectorTokens;
  readonly functions: VisibleFunctions;
  readonly decorations: Decorations;
  readonly hot: HotTree;
  readonly details: DetailsPanel;
  readonly overview: OverviewPanel;
  readonly probes: Probes;
  readonly review: ChangeReview;
  readonly askCopilot: AskCopilot;
  readonly findings: Findings;
  readonly events: Events;
  readonly deploys: Deploys;
  readonly statusBar: StatusBar;
  readonly #mcpServer: McpServerOffer;
  readonly #languageModelTools: LanguageModelTools;
  readonly #chat: vscode.Disposable;
  readonly #terminal: TerminalSensor;
  readonly #templateProblem = new TemplateProblem();
  readonly #extension: vscode.ExtensionContext;
  readonly #listeners: vscode.Disposable;
  #settings: Settings = readSettings();
  #serverState: 'starting' | 'running' | 'stopped' = 'starting';
  #collectorSeen = '';

  constructor(extension: vscode.ExtensionContext) {
    this.#extension = extension;
    const settings = (): Settings => this.#settings;
    const inDist = (...parts: string[]): string => vscode.Uri.joinPath(extension.extensionUri, 'dist', ...parts).fsPath;
    this.selection = new SelectionMemory(extension.workspaceState);
    this.tokens = new CollectorTokens(extension.secrets);
    this.server = new ServerConnection(inDist('server.cjs'), this.log, () => this.#serverConfiguration());
    this.collector = new EmbeddedCollector(inDist('runlens.mjs'), this.server, settings);
    this.functions = new VisibleFunctions(this.server);
    this.decorations = new Decorations(this.functions, settings);
    this.hot = new HotTree(this.server, settings, extension.workspaceState);
    this.details = new DetailsPanel(extension.extensionUri, this.server, {
      selectEnvironment: (environment) => this.selection.set('environment', environment),
    });
    this.overview = new OverviewPanel(extension.extensionUri, this.server);
    this.probes = new Probes(this.server, this.functions, settings);
    this.#mcpServer = new McpServerOffer({
      settings,
      program: inDist('runlens.mjs'),
      version: extension.extension.packageJSON.version,
      token: () => this.tokens.tokenFor(this.#settings.collector.url),
    });
    this.#languageModelTools = new LanguageModelTools(
      extension.extension.packageJSON.contributes.languageModelTools,
      this.server,
    );
    this.review = new ChangeReview(this.server);
    const contextFiles = new ContextFiles();
    this.askCopilot = new AskCopilot(this.server, contextFiles);
    this.findings = new Findings(this.server, settings, this.askCopilot);
    this.events = new Events(this.server, settings, () => this.statusBar.update());
    this.deploys = new Deploys(this.server, settings, extension.workspaceState);
    this.#chat = vscode.Disposable.from(
      contextFiles,
      new AskLens(this.functions, settings),
      new ChatParticipant({
        server: this.server,
        tools: this.#languageModelTools,
        icon: vscode.Uri.joinPath(extension.extensionUri, 'media', 'icon.png'),
        showReview: (review) => this.review.show(review),
      }),
    );
    this.#terminal = new TerminalSensor(extension.environmentVariableCollection);
    this.statusBar = new StatusBar(() => ({
      status: this.server.status,
      server: this.#serverState,
      collectorStarting: this.collector.starting,
      functions: this.functions.of(vscode.window.activeTextEditor?.document.uri)?.functions ?? [],
      firing: firingEvents(this.events.items),
      now: Date.now(),
    }));
    this.#listeners = vscode.Disposable.from(
      this.server.onStatus((status) => this.#statusCame(status)),
      this.server.onRunning((running) => {
        this.#setServerState(running ? 'running' : this.server.gaveUp ? 'stopped' : 'starting');
      }),
      this.collector.onChange(() => {
        this.#setContext('ownsCollector', this.collector.ownPid !== undefined);
        this.statusBar.update();
      }),
      this.functions.onChange(() => this.statusBar.update()),
      this.selection.onChange(() => this.#configure()),
      this.tokens.onChange(() => this.#reloadToken()),
      vscode.window.onDidChangeActiveTextEditor(() => this.statusBar.update()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#settingsChanged()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(settingsSection)) this.#settingsChanged();
      }),
    );
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** How a service that is started from the editor gets the sensor. */
  get sensor(): SensorSettings {
    const collector = this.server.status?.collector;
    const known = collector && collector.kind !== 'none' ? collector.url : null;
    return {
      sensorPath: vscode.Uri.joinPath(this.#extension.extensionUri, 'dist', 'sensor', 'register.js').fsPath,
      collectorUrl: this.#settings.collector.url || known,
      flushInterval,
    };
  }

  async start(): Promise<void> {
    await this.tokens.load(this.#settings.collector.url);
    this.#applyTerminal();
    this.#templateProblem.check(this.#settings.lens.template);
    this.#setServerState('starting');
    await this.server.start();
    if (!this.server.running) this.#setServerState('stopped');
  }

  /** Ends the server and the collector that this window started; VS Code waits for this a few seconds. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.server.stop(), this.collector.stop()]);
  }

  /** Opens the first five minutes. */
  async openWalkthrough(): Promise<void> {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', 'runlens.runlens#runlens.start', false);
    // VS Code reads a walkthrough when the first one is opened, and takes no notice of a step that is done by then: it
    // waits for a change of a context that the step names.
    this.#setContext('walkthroughOpened', true);
  }

  dispose(): void {
    this.#listeners.dispose();
    for (const owned of [
      this.statusBar,
      this.details,
      this.overview,
      this.probes,
      this.hot,
      this.findings,
      this.events,
      this.deploys,
      this.decorations,
      this.functions,
      this.#chat,
      this.review,
      this.#languageModelTools,
      this.#mcpServer,
      this.#terminal,
      this.collector,
      this.server,
      this.tokens,
      this.selection,
      this.log,
    ]) {
      owned.dispose();
    }
  }

  #serverConfiguration(): ReturnType<typeof serverConfiguration> {
    const storage = this.#extension.storageUri ?? this.#extension.globalStorageUri;
    return serverConfiguration({
      settings: this.#settings,
      picked: this.selection.picked,
      token: this.tokens.tokenFor(this.#settings.collector.url),
      cacheFolder: storage.scheme === 'file' ? storage.fsPath : undefined,
      trusted: vscode.workspace.isTrusted,
    });
  }

  #configure(): void {
    this.server.notify(lsp.configurationChanged, this.#serverConfiguration()).catch(() => undefined); // notify() logs
  }

  #settingsChanged(): void {
    const before = this.#settings;
    this.#settings = readSettings();
    this.#templateProblem.check(this.#settings.lens.template);
    if (before.collector.url === this.#settings.collector.url) this.#configure();
    else this.#reloadToken();
    this.#applyTerminal();
    this.#mcpServer.refresh();
    this.decorations.restyle();
    this.probes.marks.redraw();
    if (before.findingSeverity !== this.#settings.findingSeverity) this.findings.remark();
    if (before.hotFunctionsLimit !== this.#settings.hotFunctionsLimit) this.hot.refresh();
    const { status } = this.server;
    if (status) this.collector.consider(status);
    this.statusBar.update();
  }

  #reloadToken(): void {
    this.tokens.load(this.#settings.collector.url).then(
      () => this.#configure(),
      (error: unknown) => this.log.error(`The secret storage could not be read: ${String(error)}`),
    );
  }

  #statusCame(status: ServerStatus): void {
    this.statusBar.update();
    this.collector.consider(status);
    this.#setContext('collector', status.collector.kind);
    this.#setContext('hasServices', status.services.length > 0);
    const seen = status.collector.kind === 'none' ? '' : status.collector.url;
    if (seen !== this.#collectorSeen) {
      this.#collectorSeen = seen;
      this.#applyTerminal();
    }
  }

  #setServerState(state: 'starting' | 'running' | 'stopped'): void {
    this.#serverState = state;
    this.#setContext('serverState', state);
    if (state === 'stopped') this.functions.clear();
    this.statusBar.update();
  }

  #applyTerminal(): void {
    this.#terminal.apply(this.#settings.terminalSensor ? this.sensor : undefined);
  }

  /** For `when` clauses of package.json. */
  #setContext(key: string, value: string | boolean): void {
    vscode.commands.executeCommand('setContext', `runlens.${key}`, value).then(undefined, () => undefined);
  }
}
