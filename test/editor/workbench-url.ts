// The address that opens the workbench with a folder, extensions under development and a suite.

export interface WorkbenchTarget {
  readonly port: number;
  /** The secret that the server was started with. */
  readonly token?: string | undefined;
  /** Absolute path of a folder or of a `.code-workspace` file; undefined opens an empty window. */
  readonly workspace: string | undefined;
  /** Absolute path of a file that is opened at the start. */
  readonly openFile?: string | undefined;
  readonly extensionDevelopmentPaths: readonly string[];
  readonly extensionTestsPath?: string | undefined;
  readonly disableExtensions?: boolean | undefined;
}

/**
 * The address of the page. Paths inside are named with the authority `localhost:PORT`, which has to be the page's own:
 * with another one the editor waits for a remote that it does not know.
 */
export function workbenchUrl(target: WorkbenchTarget): string {
  const remote = (path: string) =>
    `vscode-remote://localhost:${target.port}${path.split('/').map(encodeURIComponent).join('/')}`;
  const payload: [string, string][] = [
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ];
  for (const path of target.extensionDevelopmentPaths) payload.push(['extensionDevelopmentPath', remote(path)]);
  if (target.extensionTestsPath !== undefined) payload.push(['extensionTestsPath', remote(target.extensionTestsPath)]);
  if (target.openFile !== undefined) payload.push(['openFile', remote(target.openFile)]);
  if (target.disableExtensions === true) payload.push(['disableExtensions', 'true']);

  const url = new URL(`http://localhost:${target.port}/`);
  if (target.workspace !== undefined) {
    url.searchParams.set(target.workspace.endsWith('.code-workspace') ? 'workspace' : 'folder', target.workspace);
  } else url.searchParams.set('ew', 'true');
  // Taken into a cookie by the server, which then sends the browser to the address without it.
  if (target.token !== undefined) url.searchParams.set('tkn', target.token);
  url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}
