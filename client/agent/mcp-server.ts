/** Offers `runlens mcp` to what in VS Code takes tools by MCP, where a setting asks for it: chat has them already. */
import { collectorNodeFlags } from '@runlens/protocol/environment';
import * as vscode from 'vscode';
import type { Settings } from '../settings.ts';

export interface McpServerOptions {
  readonly settings: () => Settings;
  /** `dist/runlens.mjs`. */
  readonly program: string;
  readonly version: string;
  /** For the configured collector; undefined: that of the home folder. */
  readonly token: () => string | undefined;
}

export class McpServerOffer implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #registration: vscode.Disposable;

  constructor({ settings, program, version, token }: McpServerOptions) {
    this.#registration = vscode.lm.registerMcpServerDefinitionProvider('runlens', {
      onDidChangeMcpServerDefinitions: this.#changed.event,
      provideMcpServerDefinitions: () => {
        const { mcpServer, collector, home } = settings();
        if (!mcpServer || !vscode.workspace.isTrusted) return [];
        const known = token();
        const definition = new vscode.McpStdioServerDefinition(
          'Runlens',
          process.execPath,
          [...collectorNodeFlags, program, 'mcp'],
          {
            ELECTRON_RUN_AS_NODE: '1',
            NODE_OPTIONS: '',
            ...(collector.url && { RUNLENS_COLLECTOR_URL: collector.url }),
            ...(known && { RUNLENS_TOKEN: known }),
            ...(home && { RUNLENS_HOME: home }),
          },
          version,
        );
        const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
        if (folder?.scheme === 'file') definition.cwd = folder;
        return [definition];
      },
    });
  }

  /** The settings, the token or the trust have changed. */
  refresh(): void {
    this.#changed.fire();
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
