/**
 * Runs a suite inside the extension host, through `@vscode/test-electron`:
 *
 *     await runExtensionSuite({
 *       suite: '/path/of/suite/index.cjs',      // exports run(), as for any VS Code extension
 *       extensionDevelopmentPath: repository,
 *       workspace: '/path/of/folder',
 *       environment: { RUNLENS_HOME: home },
 *     });
 *
 * It resolves when the suite has passed and throws `TestRunFailedError` (with `code`) when not. The editor is the one of
 * editor-host.ts, by the launcher; with RUNLENS_TEST_VSCODE=download it is a desktop VS Code that is downloaded, and the
 * suite is the same.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from '@vscode/test-electron';
import { writeSettings } from './editor-profile.ts';

/** The executable that takes the place of VS Code's. */
export const launcher = join(dirname(fileURLToPath(import.meta.url)), 'launcher.mjs');

const emptyExtension = join(dirname(launcher), 'driver-extension');

export interface SuiteOptions {
  /** Absolute path of the module that exports `run()`. */
  readonly suite: string;
  /** The extension under test; left out where an installed one is tested. */
  readonly extensionDevelopmentPath?: string;
  /** Installed before the suite runs; only in the editor of editor-host.ts. */
  readonly vsix?: string;
  /** A folder or a `.code-workspace` file. */
  readonly workspace?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of machine scope (`machine`, `machine-overridable`). */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** `restricted` is known only to the editor of editor-host.ts: `runTests` trusts everything. */
  readonly trust?: 'trusted' | 'restricted';
  /** Seconds; 300 unless told. */
  readonly timeoutSeconds?: number;
}

/** Resolves when the suite has passed; throws when a test failed or the suite did not come to an end in time. */
export async function runExtensionSuite(options: SuiteOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'runlens-suite-'));
  try {
    const userData = join(folder, 'user');
    await writeSettings(userData, options.settings ?? {}, options.machineSettings);
    await runTests({
      ...(process.env.RUNLENS_TEST_VSCODE === 'download' ? {} : { vscodeExecutablePath: launcher }),
      extensionDevelopmentPath: options.extensionDevelopmentPath ?? emptyExtension,
      extensionTestsPath: options.suite,
      launchArgs: [
        ...(options.workspace === undefined ? [] : [options.workspace]),
        `--user-data-dir=${userData}`,
        `--extensions-dir=${join(folder, 'extensions')}`,
        ...(options.vsix === undefined ? [] : [`--install-extension=${options.vsix}`]),
        ...(options.trust === 'restricted' ? ['--enable-workspace-trust'] : []),
      ],
      extensionTestsEnv: {
        ...options.environment,
        ...(options.timeoutSeconds === undefined ? {} : { RUNLENS_TEST_TIMEOUT: String(options.timeoutSeconds) }),
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
