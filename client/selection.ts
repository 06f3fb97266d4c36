/** What was picked in this workspace, kept between sessions. */
import * as vscode from 'vscode';
import { afterPick, type PickedKey } from './pickers/picker-model.ts';
import type { Picked } from './server-configuration.ts';

const key = 'runlens.picked';

export class SelectionMemory implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange = this.#changed.event;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  get picked(): Picked {
    const stored = this.#memento.get<unknown>(key);
    if (typeof stored !== 'object' || stored === null) return {};
    const kept = Object.entries(stored).filter(
      ([name, value]) => ['service', 'environment', 'version', 'window'].includes(name) && typeof value === 'string',
    );
    return Object.fromEntries(kept);
  }

  async set(what: PickedKey, value: string | undefined): Promise<void> {
    await this.#memento.update(key, afterPick(this.picked, what, value));
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
