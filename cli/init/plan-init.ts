/** What `runlens init` would write, or take out: found and computed before anybody is asked. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type Given, type KnownAgent, knownAgents } from './agents.ts';
import type { SettingsFile } from './settings-file.ts';

const largestFileBytes = 1_000_000;

export interface InitRequest {
  /** Of the repository. */
  readonly root: string;
  /** The user's home folder. */
  readonly home: string;
  /** The folders where commands are looked for: `PATH`. */
  readonly searchPath: string;
  readonly command: string;
  /** Only these; undefined: those that are found. */
  readonly only: readonly string[] | undefined;
  readonly removes: boolean;
}

export interface PlannedFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Names of the agents that read it. */
  readonly readBy: readonly string[];
  readonly change:
    | { readonly kind: 'write'; readonly before: string | undefined; readonly after: string }
    | { readonly kind: 'delete'; readonly before: string }
    | { readonly kind: 'none' }
    | { readonly kind: 'refused'; readonly reason: string };
}

export interface InitPlan {
  readonly agents: readonly KnownAgent[];
  readonly files: readonly PlannedFile[];
}

export function planInit(request: InitRequest): InitPlan {
  const { root, home, command, only, removes } = request;
  const given: Given = { command, hasExtension: hasExtension(home) };
  // What was written for an agent that is here no more goes, too; and the file that is left out beside the extension.
  const agents =
    removes && only === undefined
      ? knownAgents
      : knownAgents.filter((agent) => (only === undefined ? isHere(agent, request) : only.includes(agent.id)));
  const files = new Map<string, { readonly file: SettingsFile; readonly readBy: string[] }>();
  for (const agent of agents) {
    for (const file of agent.files(removes ? { ...given, hasExtension: false } : given)) {
      const known = files.get(file.path);
      if (known) known.readBy.push(agent.name);
      else files.set(file.path, { file, readBy: [agent.name] });
    }
  }
  const planned = [...files.values()].map(({ file, readBy }) => ({
    ...{ path: file.path, readBy },
    change: changeOf(root, file, removes),
  }));
  return { agents, files: planned.filter(({ change }) => !removes || change.kind !== 'none') };
}

function isHere({ signs }: KnownAgent, { root, home, searchPath }: InitRequest): boolean {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '');
  return (
    signs.repository.some((path) => existsSync(join(root, path))) ||
    signs.home.some((path) => existsSync(join(home, path))) ||
    signs.commands.some((name) => isCommand(name, folders))
  );
}

/** Whether a command of that name is in one of the folders; on Windows with one of its endings. */
export function isCommand(name: string, folders: readonly string[]): boolean {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.ps1'] : [''];
  return folders.some((folder) => endings.some((ending) => existsSync(join(folder, name + ending))));
}

function hasExtension(home: string): boolean {
  return ['.vscode', '.vscode-server'].some((folder) => {
    try {
      return readdirSync(join(home, folder, 'extensions')).some((name) => name.startsWith('runlens.runlens-'));
    } catch {
      return false;
    }
  });
}

function changeOf(root: string, { path, add, remove }: SettingsFile, removes: boolean): PlannedFile['change'] {
  const refused = (reason: string) => ({ kind: 'refused', reason }) as const;
  const at = join(root, path);
  for (let folder = at; folder !== root && folder !== dirname(folder); folder = dirname(folder)) {
    // A link may lead out of the repository, to what others use as well.
    if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
      return refused('it is, or lies behind, a link: write it by hand where that leads');
    }
  }
  const found = lstatSync(at, { throwIfNoEntry: false });
  if (found && (!found.isFile() || found.size > largestFileBytes)) return refused('it is no file of at most 1 MB');
  let before: string | undefined;
  try {
    before = found ? readFileSync(at, 'utf8') : undefined;
  } catch (error) {
    return refused(`it cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  if (removes && before === undefined) return { kind: 'none' };
  const edited = removes ? remove(before ?? '') : add(before);
  if (edited.kind === 'refused') return edited;
  if (edited.text === before) return { kind: 'none' };
  if (edited.text !== undefined) return { kind: 'write', before, after: edited.text };
  return before === undefined ? { kind: 'none' } : { kind: 'delete', before };
}
