import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { webviewPage } from './page.ts';

/** Puts one of the extension's own pages (`dist/media/NAME.js`) into a panel. `received` is given whatever the page sends. */
export function setUpPage(
  panel: vscode.WebviewPanel,
  extensionUri: vscode.Uri,
  name: 'details' | 'overview',
  received: (message: unknown) => void,
): void {
  const media = vscode.Uri.joinPath(extensionUri, 'dist', 'media');
  panel.webview.options = { enableScripts: true, localResourceRoots: [media] };
  const icon = (theme: string): vscode.Uri =>
    vscode.Uri.joinPath(extensionUri, 'media', 'icons', `details-${theme}.svg`);
  panel.iconPath = { light: icon('light'), dark: icon('dark') };
  const at = (file: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(media, file)).toString();
  panel.webview.onDidReceiveMessage(received);
  panel.webview.html = webviewPage({
    script: at(`${name}.js`),
    style: at(`${name}.css`),
    source: panel.webview.cspSource,
    nonce: randomBytes(16).toString('base64url'),
  });
}
