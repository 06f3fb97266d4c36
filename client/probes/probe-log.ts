/** Lines of log probes, in an output channel of their own, by their levels. */
import type { Capture } from '@runlens/protocol';
import * as vscode from 'vscode';
import type { ProbeStore } from './probe-store.ts';
import { oneLine } from './shown-text.ts';

export class ProbeLog implements vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel('Runlens Probes', { log: true });
  readonly #listener: vscode.Disposable;

  constructor(store: ProbeStore) {
    this.#listener = store.onCaptures((captures) => {
      for (const capture of captures) if (capture.kind === 'log') this.#write(capture);
    });
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#listener.dispose();
    this.#channel.dispose();
  }

  #write(capture: Capture): void {
    const line = logLine(capture);
    switch (capture.level ?? 'info') {
      case 'debug':
        this.#channel.debug(line);
        return;
      case 'warn':
        this.#channel.warn(line);
        return;
      case 'error':
        this.#channel.error(line);
        return;
      case 'info':
        this.#channel.info(line);
    }
  }
}

/** One line, so that no message can look like another probe's. */
const logLine = (capture: Capture): string => {
  const { service, environment, instance, file, line, message, at } = capture;
  return `${at} ${oneLine(`${service} ${environment} ${instance}`, 120)} ${oneLine(`${file}:${line}`)}  ${oneLine(message ?? '', 16_384)}`;
};
