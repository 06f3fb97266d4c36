// What `@vscode/test-electron` gives a VS Code executable, read into what the launcher needs.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface LauncherArguments {
  readonly extensionDevelopmentPaths: readonly string[];
  readonly extensionTestsPath: string | undefined;
  /** A folder or a `.code-workspace` file. */
  readonly workspace: string | undefined;
  readonly openFile: string | undefined;
  readonly userDataFolder: string | undefined;
  readonly extensionsFolder: string | undefined;
  /** Files that are installed before the suite runs. */
  readonly vsixPaths: readonly string[];
  readonly trust: 'trusted' | 'restricted';
  readonly disableExtensions: boolean;
  readonly version: boolean;
}

/** Flags with a value that is a word of its own or follows `=`. */
const withValue = new Set([
  'extensionDevelopmentPath',
  'extensionTestsPath',
  'folder-uri',
  'file-uri',
  'user-data-dir',
  'extensions-dir',
  'install-extension',
]);

/**
 * Reads the arguments; `isFolder` tells of a path whether it is one. Flags that mean nothing here (such as
 * `--disable-gpu-sandbox`) are passed over, as VS Code does with flags that it does not know.
 * `--enable-workspace-trust` is the launcher's own: it wins over the `--disable-workspace-trust` that `runTests`
 * always gives, for suites on Restricted Mode.
 */
export function readLauncherArguments(args: readonly string[], isFolder: (path: string) => boolean): LauncherArguments {
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  const paths: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (!argument.startsWith('--')) {
      if (argument !== '') paths.push(resolve(argument));
      continue;
    }
    const [name = '', ...rest] = argument.slice(2).split('=');
    if (!withValue.has(name)) {
      flags.add(name);
      continue;
    }
    let value = rest.join('=');
    if (rest.length === 0) {
      index += 1;
      value = args[index] ?? '';
    }
    if (value === '') throw new Error(`--${name} has no value`);
    values.set(name, [...(values.get(name) ?? []), value]);
  }

  const last = (name: string) => values.get(name)?.at(-1);
  const lastPath = (name: string) => {
    const value = last(name);
    return value === undefined ? undefined : toPath(value);
  };
  const isWorkspace = (path: string) => path.endsWith('.code-workspace') || isFolder(path);
  const fileFromUri = lastPath('file-uri');
  const opened = [...paths, lastPath('folder-uri'), fileFromUri].filter((path) => path !== undefined);
  return {
    extensionDevelopmentPaths: (values.get('extensionDevelopmentPath') ?? []).map(toPath),
    extensionTestsPath: lastPath('extensionTestsPath'),
    workspace: opened.find(isWorkspace),
    openFile: opened.find((path) => !isWorkspace(path)),
    userDataFolder: lastPath('user-data-dir'),
    extensionsFolder: lastPath('extensions-dir'),
    vsixPaths: (values.get('install-extension') ?? []).map(toPath),
    trust: flags.has('enable-workspace-trust') ? 'restricted' : 'trusted',
    disableExtensions: flags.has('disable-extensions'),
    version: flags.has('version'),
  };
}

function toPath(value: string): string {
  return value.startsWith('file:') ? fileURLToPath(value) : resolve(value);
}
