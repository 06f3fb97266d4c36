/** Gives the sensor to every Node process of the integrated terminal, while the setting says so. */
import * as vscode from 'vscode';
import { type SensorSettings, type TerminalChange, terminalChanges } from './sensor-environment.ts';

export class TerminalSensor implements vscode.Disposable {
  readonly #collection: vscode.GlobalEnvironmentVariableCollection;
  #applied = '';

  constructor(collection: vscode.GlobalEnvironmentVariableCollection) {
    this.#collection = collection;
    // The extension decides at each start: a window that is not trusted must not inherit an earlier decision.
    collection.persistent = false;
  }

  /** `settings` undefined: off. Terminals that are open keep what they have; VS Code marks them. */
  apply(settings: SensorSettings | undefined): void {
    const changes = settings && vscode.workspace.isTrusted ? terminalChanges(settings) : [];
    const key = JSON.stringify(changes);
    if (key === this.#applied) return; // else VS Code would mark every open terminal as stale
    this.#applied = key;
    this.#collection.clear();
    this.#collection.description =
      changes.length === 0
        ? undefined
        : 'Loads the Runlens sensor into Node processes (NODE_OPTIONS), which measures their functions and sends the numbers to your collector. Turned off by the setting `runlens.terminal.sensor`.';
    for (const change of changes) this.#add(change);
  }

  dispose(): void {
    this.#collection.clear();
  }

  #add({ kind, variable, value }: TerminalChange): void {
    if (kind === 'append') this.#collection.append(variable, value);
    else this.#collection.replace(variable, value);
  }
}
