import { describe, expect, it } from 'vitest';
import { readLauncherArguments } from './launcher-arguments.ts';
import { workbenchUrl } from './workbench-url.ts';

const isFolder = (path: string) => !/\.\w+$/.test(path);
const read = (...args: string[]) => readLauncherArguments(args, isFolder);

describe('the arguments of a VS Code executable', () => {
  it('are read as runTests writes them', () => {
    expect(
      read(
        '/srv/shop',
        '--user-data-dir=/tmp/user=1',
        '--no-sandbox',
        '--disable-gpu-sandbox',
        '--disable-workspace-trust',
        '--extensionTestsPath=/suite/index.cjs',
        '--extensionDevelopmentPath=/a',
        '--extensionDevelopmentPath=/b',
        '--extensions-dir=/tmp/extensions',
      ),
    ).toEqual({
      extensionDevelopmentPaths: ['/a', '/b'],
      extensionTestsPath: '/suite/index.cjs',
      workspace: '/srv/shop',
      openFile: undefined,
      userDataFolder: '/tmp/user=1',
      extensionsFolder: '/tmp/extensions',
      vsixPaths: [],
      trust: 'trusted',
      disableExtensions: false,
      version: false,
    });
  });

  it('may have a value as the next word, a workspace file, a file URI', () => {
    const args = read('/w/two.code-workspace', '--file-uri', 'file:///w/a%20b.ts', '--install-extension', '/x.vsix');
    expect(args).toMatchObject({ workspace: '/w/two.code-workspace', openFile: '/w/a b.ts', vsixPaths: ['/x.vsix'] });
  });

  it('open an empty window when they name no path', () => {
    expect(read('--extensionTestsPath=/s.cjs').workspace).toBeUndefined();
  });

  it('keep workspace trust on only when they say so', () => {
    expect(read('--disable-workspace-trust', '--enable-workspace-trust').trust).toBe('restricted');
  });

  it('are refused when a flag lacks its value', () => {
    expect(() => read('--extensionTestsPath')).toThrow('--extensionTestsPath has no value');
    expect(() => read('--extensionTestsPath=')).toThrow('--extensionTestsPath has no value');
  });
});

describe('the address of the workbench', () => {
  it('names every path with the authority of the page itself', () => {
    const url = new URL(
      workbenchUrl({
        port: 4567,
        token: 't',
        workspace: '/w/a b',
        extensionDevelopmentPaths: ['/ext'],
        openFile: '/w/a b/c#.ts',
      }),
    );
    expect(url.host).toBe('localhost:4567');
    expect(url.searchParams.get('folder')).toBe('/w/a b');
    expect(JSON.parse(url.searchParams.get('payload') ?? '')).toEqual([
      ['skipWelcome', 'true'],
      ['skipReleaseNotes', 'true'],
      ['extensionDevelopmentPath', 'vscode-remote://localhost:4567/ext'],
      ['openFile', 'vscode-remote://localhost:4567/w/a%20b/c%23.ts'],
    ]);
  });

  it('opens a .code-workspace as a workspace and nothing as an empty window', () => {
    const open = (workspace: string | undefined) =>
      new URL(workbenchUrl({ port: 1, token: 't', workspace, extensionDevelopmentPaths: [] })).searchParams;
    expect(open('/w/x.code-workspace').get('workspace')).toBe('/w/x.code-workspace');
    expect(open(undefined).get('ew')).toBe('true');
  });
});
