// Finds the VS Code that the user has, for the demo; tests never use it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const answerTimeoutMilliseconds = 60_000;
const commands = ['code', 'code-insiders', 'codium'];

export interface UserEditor {
  /** The command to be started with a folder, such as `code`. */
  readonly command: string;
  readonly version: string;
}

/**
 * The user's own editor when there is one that can open a window here; undefined otherwise. A desktop editor needs a
 * display and refuses root; in a remote terminal of VS Code the command reaches the window that it belongs to.
 */
export async function findUserEditor(environment: NodeJS.ProcessEnv = process.env): Promise<UserEditor | undefined> {
  if (!canOpenWindow(environment)) return undefined;
  for (const command of commands) {
    try {
      const { stdout } = await promisify(execFile)(command, ['--version'], {
        env: environment,
        timeout: answerTimeoutMilliseconds,
        shell: process.platform === 'win32',
      });
      const version = stdout.split('\n')[0]?.trim() ?? '';
      if (/^\d+\.\d+\.\d+/.test(version)) return { command, version };
    } catch {
      // Not there, or does not answer: the next one may.
    }
  }
  return undefined;
}

function canOpenWindow(environment: NodeJS.ProcessEnv): boolean {
  if (environment.VSCODE_IPC_HOOK_CLI !== undefined) return true;
  if (process.platform !== 'linux') return true;
  const hasDisplay = environment.DISPLAY !== undefined || environment.WAYLAND_DISPLAY !== undefined;
  return hasDisplay && process.getuid?.() !== 0;
}
