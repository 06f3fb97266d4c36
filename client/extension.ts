/** The extension's entry: the table of its commands. */
import type { Capture } from '@runlens/protocol';
import type { DocumentFunctions, HotItem, ReviewedChange, ServerStatus } from '@runlens/protocol/lsp';
import type { EventItem } from '@runlens/protocol/lsp-events';
import type { FoundItem } from '@runlens/protocol/lsp-findings';
import type { ProbesView } from '@runlens/protocol/lsp-probes';
import * as vscode from 'vscode';
import { RunlensContext } from './context.ts';
import type { DeployNode } from './deploys/deploy-model.ts';
import { goToHotFunction, showFunction, tellFunction, why } from './function-commands.ts';
import { openHotFunction } from './hot/hot-tree.ts';
import type { DecorationModel } from './lens/decoration-model.ts';
import type { PickedKey } from './pickers/picker-model.ts';
import { pick } from './pickers/pickers.ts';
import { captureOf } from './probes/probe-commands.ts';
import type { ProbeDrawing } from './probes/probe-marks.ts';
import { runWithSensor } from './run/run-with-sensor.ts';
import { pickLensPosition, setTerminalSensor } from './setting-commands.ts';
import { showMenu } from './status/show-menu.ts';

/** What other extensions, and the tests, may ask. */
export interface RunlensApi {
  /** Resolves when the language server has been started, or could not be. */
  readonly whenReady: Promise<void>;
  readonly status: () => ServerStatus | null;
  readonly statusBarText: () => string;
  readonly functionsOf: (uri: vscode.Uri) => DocumentFunctions | undefined;
  readonly decorationsOf: (uri: vscode.Uri) => DecorationModel;
  readonly probes: () => ProbesView;
  readonly capturesOf: (probe: string) => readonly Capture[];
  readonly probeDrawingOf: (document: vscode.TextDocument) => ProbeDrawing;
  /** The review of the change that is shown. */
  readonly review: () => ReviewedChange | undefined;
  /** Those that the view of findings shows. */
  readonly findings: () => readonly FoundItem[];
  /** Those that the view of events shows. */
  readonly events: () => readonly EventItem[];
  /** What the view of deploys shows. */
  readonly deploys: () => readonly DeployNode[];
  /** The process id of the collector that this window started. */
  readonly collectorPid: () => number | undefined;
}

type Command = (...args: unknown[]) => unknown;

function commands(runlens: RunlensContext): Readonly<Record<string, Command>> {
  const { server, collector, details, decorations, hot, tokens } = runlens;
  const select = (key: PickedKey) => async (): Promise<void> => {
    const chosen = await pick(key, server.status);
    if (chosen) await runlens.selection.set(key, chosen.value);
  };
  return {
    'runlens.showMenu': () => showMenu(runlens),
    'runlens.selectService': select('service'),
    'runlens.selectEnvironment': select('environment'),
    'runlens.selectVersion': select('version'),
    'runlens.selectWindow': select('window'),
    'runlens.selectLensPosition': () => pickLensPosition(),
    'runlens.showFunction': (...args) => showFunction(server, details, args),
    'runlens.why': (...args) => why(server, args),
    'runlens.describeFunction': (...args) => tellFunction(server, args),
    'runlens.askCopilot': (...args) => runlens.askCopilot.aboutFunction(args),
    'runlens.reviewChanges': (base) => runlens.review.run(typeof base === 'string' ? base : undefined),
    'runlens.reviewChangesSince': () => runlens.review.runAgainst(),
    'runlens.clearReview': () => runlens.review.clear(),
    'runlens.probes.askCopilot': async (item) => {
      const capture = captureOf(item);
      if (capture) await runlens.askCopilot.aboutCapture(capture);
    },
    'runlens.nextHotFunction': () => goToHotFunction(decorations, 1),
    'runlens.previousHotFunction': () => goToHotFunction(decorations, -1),
    'runlens.showOverview': () => runlens.overview.show(),
    'runlens.refreshHotFunctions': () => hot.refresh(),
    'runlens.sortHotFunctions': () => hot.sort(),
    'runlens.openHotFunction': (item) => openHotFunction(item as HotItem), // only the tree calls this, with its items
    'runlens.runWithSensor': () => runWithSensor(runlens.sensor),
    'runlens.toggleTerminalSensor': () => setTerminalSensor(!runlens.settings.terminalSensor),
    'runlens.reconnect': async () => {
      await server.reconnect();
      runlens.functions.refresh();
      hot.refresh();
    },
    'runlens.startCollector': () => collector.startByHand(),
    'runlens.stopCollector': () => collector.stopByHand(),
    'runlens.setCollectorToken': () => tokens.ask(runlens.settings.collector.url),
    'runlens.clearCollectorToken': () => tokens.clear(runlens.settings.collector.url),
    'runlens.restartServer': () => server.restart(),
    'runlens.openLog': () => runlens.log.show(),
    'runlens.showCollectorLog': () => collector.output.show(),
    'runlens.openSettings': () =>
      vscode.commands.executeCommand('workbench.action.openSettings', '@ext:runlens.runlens'),
    'runlens.openWalkthrough': () => runlens.openWalkthrough(),
    ...runlens.probes.commands,
    ...runlens.findings.commands,
    ...runlens.events.commands,
    ...runlens.deploys.commands,
  };
}

let active: RunlensContext | undefined;

export function activate(extension: vscode.ExtensionContext): RunlensApi {
  const runlens = new RunlensContext(extension);
  active = runlens;
  extension.subscriptions.push(runlens);
  for (const [id, run] of Object.entries(commands(runlens))) {
    extension.subscriptions.push(vscode.commands.registerCommand(id, run));
  }
  return {
    whenReady: runlens.start(),
    status: () => runlens.server.status,
    statusBarText: () => runlens.statusBar.text,
    functionsOf: (uri) => runlens.functions.of(uri),
    decorationsOf: (uri) => runlens.decorations.modelOf(uri),
    probes: () => runlens.probes.store.view,
    capturesOf: (probe) => runlens.probes.store.capturesOf(probe),
    probeDrawingOf: (document) => runlens.probes.marks.drawingOf(document),
    review: () => runlens.review.shown,
    findings: () => runlens.findings.items,
    events: () => runlens.events.items,
    deploys: () => runlens.deploys.shown,
    collectorPid: () => runlens.collector.ownPid,
  };
}

export async function deactivate(): Promise<void> {
  await active?.stop();
  active = undefined;
}
