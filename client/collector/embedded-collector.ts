/**
 * The collector that this window starts when none is found. Windows share it by the home folder: the first starts it, the
 * others find it, and when the first is closed one of the others starts it again; what was stored stays on disk.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerStatus } from '@runlens/protocol/lsp';
import { policyFileName } from '@runlens/protocol/policy';
import * as vscode from 'vscode';
import { RestartBudget } from '../restart-budget.ts';
import type { ServerConnection } from '../server-connection.ts';
import type { Settings } from '../settings.ts';
import { collectorEnvironment } from './collector-environment.ts';
import { CollectorProcess } from './collector-process.ts';
import { probePort } from './port-probe.ts';
import { backOff, nodeProblem, wantsCollector } from './start-decision.ts';

const restartsAllowed = 3;
const restartWindowMilliseconds = 5 * 60_000;
const readyTimeoutMilliseconds = 20_000;
/** The server may find a collector a moment later, and of two windows one should be first. */
const graceMilliseconds = { least: 800, most: 2_500 };

/** The policy of the first folder that has one: who may probe what there. */
function policyArguments(): readonly string[] {
  const files = (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => join(uri.fsPath, policyFileName));
  const file = files.find((path) => existsSync(path)) ?? files[0];
  return file === undefined ? [] : ['--policy', file];
}

export class EmbeddedCollector implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel('Runlens Collector', { log: true });
  readonly #cli: string;
  readonly #server: ServerConnection;
  readonly #settings: () => Settings;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #budget = new RestartBudget(restartsAllowed, restartWindowMilliseconds);
  #process: CollectorProcess | undefined;
  #starting = false;
  #grace: NodeJS.Timeout | undefined;
  /** A person stopped it, or it failed too often: not again by itself. */
  #staysOff = false;
  #disposed = false;

  readonly onChange = this.#changed.event;

  constructor(cli: string, server: ServerConnection, settings: () => Settings) {
    this.#cli = cli;
    this.#server = server;
    this.#settings = settings;
  }

  get starting(): boolean {
    return this.#starting || this.#grace !== undefined;
  }

  /** The process id of the collector that this window started; undefined: it started none. */
  get ownPid(): number | undefined {
    return this.#process?.running ? this.#process.pid : undefined;
  }

  /** Called with each status: starts a collector where one is wanted and none is there. */
  consider(status: ServerStatus): void {
    const { collector } = this.#settings();
    const wanted = wantsCollector({
      setting: collector.start,
      url: collector.url,
      trusted: vscode.workspace.isTrusted,
      collector: status.collector.kind,
    });
    if (!wanted || this.#staysOff || this.#starting || this.ownPid !== undefined || this.#disposed) {
      if (!wanted) this.#cancelGrace();
      return;
    }
    if (this.#grace) return;
    const wait = graceMilliseconds.least + Math.random() * (graceMilliseconds.most - graceMilliseconds.least);
    this.#grace = setTimeout(() => {
      this.#grace = undefined;
      this.#start().catch((error: unknown) => this.output.error(String(error)));
    }, wait);
    this.#changed.fire();
  }

  /** A person's start. */
  async startByHand(): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      await vscode.window.showWarningMessage(
        'In Restricted Mode Runlens starts no program. Trust this workspace first.',
      );
      return;
    }
    const { url } = this.#settings().collector;
    if (url !== '') {
      await vscode.window.showInformationMessage(
        `The setting runlens.collector.url names the collector at ${url}. Clear it to use one that this editor starts.`,
      );
      return;
    }
    this.#staysOff = false;
    this.#budget.reset();
    this.#cancelGrace();
    if (this.ownPid === undefined) await this.#start();
    else await this.#server.reconnect();
  }

  /** A person's stop: it stays off until it is started by hand, or the window is reloaded. */
  async stopByHand(): Promise<void> {
    this.#staysOff = true;
    await this.stop();
    await this.#server.reconnect();
  }

  /** Stops the collector if this window started it; by its own id. */
  async stop(): Promise<void> {
    this.#cancelGrace();
    const owned = this.#process;
    this.#process = undefined;
    await owned?.stop();
    this.#changed.fire();
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancelGrace();
    this.#process?.stop().catch(() => undefined);
    this.output.dispose();
    this.#changed.dispose();
  }

  async #start(): Promise<void> {
    if (this.#starting || this.#disposed) return;
    const problem = nodeProblem(process.versions.node);
    if (problem) return this.#fail(problem);
    this.#setStarting(true);
    try {
      const { collector, home } = this.#settings();
      const holder = await probePort(collector.port);
      if (holder === 'runlens') {
        // Another window was faster, or one runs by hand: use it. What it lacks, such as a token, the status tells.
        const status = await this.#server.reconnect();
        if (status?.collector.kind === 'connected' || status?.collector.kind === 'unauthorized') return;
        this.output.warn(`A collector answers on port ${collector.port}, and it is not the one of this home folder.`);
      }
      if (this.#disposed) return;
      const port = holder === 'free' ? collector.port : 0;
      if (port === 0) this.#tellOtherPort(collector.port);
      await this.#run(port, home);
    } finally {
      this.#setStarting(false);
    }
  }

  async #run(port: number, home: string): Promise<void> {
    const child = new CollectorProcess({
      program: process.execPath,
      args: [this.#cli, 'collector', '--host', '127.0.0.1', '--port', String(port), ...policyArguments()],
      env: collectorEnvironment(process.env, home),
      line: (line, from) => (from === 'stderr' ? this.output.info(line) : this.output.info(`> ${line}`)),
    });
    this.#process = child;
    this.output.info(`Started the collector, process ${child.pid ?? '?'}, port ${port === 0 ? 'chosen by it' : port}.`);
    child.ended.then(
      (how) => this.#ended(child, how),
      () => undefined, // `ended` never rejects
    );
    await Promise.race([child.ready, child.ended, after(readyTimeoutMilliseconds)]);
    if (child.running) await this.#server.reconnect();
  }

  #ended(child: CollectorProcess, how: string): void {
    this.output.info(`The collector, process ${child.pid ?? '?'}, ${how}.`);
    if (this.#process !== child) return; // stopped on purpose
    this.#process = undefined;
    this.#changed.fire();
    if (this.#disposed) return;
    if (!this.#budget.take(Date.now())) {
      this.#fail(`The Runlens collector ${how}, again and again, and stays off.`);
      return;
    }
    const wait = backOff(this.#budget.taken);
    this.output.warn(`Starting the collector again in ${wait / 1_000} s.`);
    this.#cancelGrace();
    this.#grace = setTimeout(() => {
      this.#grace = undefined;
      this.#start().catch((error: unknown) => this.output.error(String(error)));
    }, wait);
  }

  #fail(message: string): void {
    this.#staysOff = true;
    this.output.error(message);
    const showLog = 'Show Log';
    const again = 'Start Again';
    vscode.window.showErrorMessage(message, showLog, again).then(async (choice) => {
      if (choice === showLog) this.output.show();
      if (choice === again) await this.startByHand();
    });
  }

  #tellOtherPort(taken: number): void {
    const message = `Port ${taken} is taken by another program, so the collector takes a free one. Services started by "Run with Sensor" or in this window's terminals are told; others need OTEL_EXPORTER_OTLP_ENDPOINT.`;
    this.output.warn(message);
    vscode.window.showInformationMessage(message, 'Change Port').then(async (choice) => {
      if (choice) await vscode.commands.executeCommand('workbench.action.openSettings', 'runlens.collector.port');
    });
  }

  #setStarting(starting: boolean): void {
    this.#starting = starting;
    if (!this.#disposed) this.#changed.fire();
  }

  #cancelGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
