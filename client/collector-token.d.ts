/** Tokens of collectors that the settings name, in VS Code's secret storage. */
import * as vscode from 'vscode';
/**
 * A token belongs to the address that it was given for: a workspace whose settings name another address does not get it.
 */
export declare class CollectorTokens implements vscode.Disposable {
  #private;
  readonly onChange: vscode.Event<void>;
  constructor(secrets: vscode.SecretStorage);
  /** Reads the token for this address; `''` is the collector of the home folder. */
  load(url: string): Promise<void>;
  /** The token of {@link load}, if it was for this address. */
  tokenFor(url: string): string | undefined;
  /** Asks for a token and keeps it. */
  ask(url: string): Promise<void>;
  clear(url: string): Promise<void>;
  dispose(): void;
}
//# sourceMappingURL=collector-token.d.ts.map
