/** Tokens of collectors that the settings name, in VS Code's secret storage. */
import * as vscode from 'vscode';

/**
 * A token belongs to the address that it was given for: a workspace whose settings name another address does not get it.
 */
export class CollectorTokens implements vscode.Disposable {
  readonly #secrets: vscode.SecretStorage;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listener: vscode.Disposable;
  #known: { readonly url: string; readonly token: string | undefined } | undefined;
  readonly onChange = this.#changed.event;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
    this.#listener = secrets.onDidChange(() => this.#changed.fire());
  }

  /** Reads the token for this address; `''` is the collector of the home folder. */
  async load(url: string): Promise<void> {
    this.#known = { url, token: await this.#secrets.get(keyOf(url)) };
  }

  /** The token of {@link load}, if it was for this address. */
  tokenFor(url: string): string | undefined {
    return this.#known?.url === url ? this.#known.token : undefined;
  }

  /** Asks for a token and keeps it. */
  async ask(url: string): Promise<void> {
    const token = await vscode.window.showInputBox({
      title: 'Runlens: Set Collector Token',
      prompt: url
        ? `The token for ${url}. It is kept in the editor’s secret storage.`
        : 'The token for the collector of this machine. Usually none is needed: it is read from the Runlens home folder.',
      password: true,
      ignoreFocusOut: true,
      validateInput: (value) =>
        /^[\x21-\x7e]+$/.test(value.trim()) ? undefined : 'A token has no spaces and only ASCII characters.',
    });
    if (token !== undefined) await this.#secrets.store(keyOf(url), token.trim());
  }

  async clear(url: string): Promise<void> {
    await this.#secrets.delete(keyOf(url));
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }
}

function keyOf(url: string): string {
  return `runlens.collector.token:${url.replace(/\/+$/, '')}`;
}
