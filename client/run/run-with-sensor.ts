/** Runs a package script of the workspace with the sensor, as a task in the integrated terminal. */
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { type PackageRunner, packageRunner, readPackageScripts, serviceName } from './package-scripts.ts';
import { type SensorSettings, sensorVariables } from './sensor-environment.ts';

const packageFilesLimit = 200;
const packageFileLimitBytes = 1024 * 1024;
const foldersAboveLimit = 12;

interface ScriptItem extends vscode.QuickPickItem {
  readonly script: string;
  readonly folder: vscode.Uri;
  readonly workspaceFolder: vscode.WorkspaceFolder;
  readonly service: string;
}

/** Asks for a script and runs it; returns the task that runs, undefined when nothing was started. */
export async function runWithSensor(settings: SensorSettings): Promise<vscode.TaskExecution | undefined> {
  if (!vscode.workspace.isTrusted) {
    await vscode.window.showWarningMessage('In Restricted Mode Runlens runs no scripts. Trust this workspace first.');
    return undefined;
  }
  const items = await findScripts();
  if (items.length === 0) {
    await vscode.window.showInformationMessage(
      'No package.json with scripts is in this workspace. Start your service in a terminal with: node --import @runlens/sensor app.js',
    );
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Runlens: Run with Sensor',
    placeHolder: 'Which script starts the service?',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen && runScript(chosen, settings);
}

async function runScript(item: ScriptItem, settings: SensorSettings): Promise<vscode.TaskExecution> {
  const runner = await runnerOf(item.folder, item.workspaceFolder.uri);
  const execution = new vscode.ShellExecution(
    runner,
    ['run', { value: item.script, quoting: vscode.ShellQuoting.Strong }],
    {
      cwd: item.folder.fsPath,
      env: sensorVariables({ ...settings, service: item.service }, process.env),
    },
  );
  const task = new vscode.Task(
    { type: 'runlens', script: item.script, path: item.folder.fsPath },
    item.workspaceFolder,
    `${item.service}: ${item.script}`,
    'Runlens',
    execution,
    [],
  );
  task.isBackground = true;
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    clear: true,
  };
  return vscode.tasks.executeTask(task);
}

async function findScripts(): Promise<ScriptItem[]> {
  const files = await vscode.workspace.findFiles(
    '**/package.json',
    '**/{node_modules,dist,build,out}/**',
    packageFilesLimit,
  );
  // The packages nearest to the top of the workspace first.
  files.sort((a, b) => a.path.split('/').length - b.path.split('/').length || a.path.localeCompare(b.path));
  const found = await Promise.all(files.map(scriptsOf));
  return found.flat();
}

async function scriptsOf(file: vscode.Uri): Promise<ScriptItem[]> {
  const workspaceFolder = vscode.workspace.getWorkspaceFolder(file);
  // A task needs a folder where a process can run; a virtual one has none.
  if (!workspaceFolder || file.scheme !== 'file') return [];
  const { size } = await vscode.workspace.fs.stat(file);
  if (size > packageFileLimitBytes) return [];
  const read = readPackageScripts(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  if (!read) return [];
  const folder = vscode.Uri.file(dirname(file.fsPath));
  const service = serviceName(read.packageName, folder.path.split('/').at(-1) ?? '');
  const where = vscode.workspace.asRelativePath(folder, true);
  return read.scripts.map((script) => ({
    label: script.name,
    description: `${service} · ${where}`,
    detail: script.command,
    script: script.name,
    folder,
    workspaceFolder,
    service,
  }));
}

async function runnerOf(folder: vscode.Uri, top: vscode.Uri): Promise<PackageRunner> {
  let current = folder.fsPath;
  for (let i = 0; i < foldersAboveLimit; i += 1) {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(current));
    const runner = packageRunner(entries.map(([name]) => name));
    if (runner) return runner;
    const above = join(current, '..');
    if (current === top.fsPath || above === current) break;
    current = above;
  }
  return 'npm';
}
