import childProcess from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ChildrenOptions {
  /** The `file:` URL of the sensor's `register.js`. */
  readonly sensorUrl: string;
  /** Whether anything of this process is measured: of a tool, whatever it starts is not the service's. */
  readonly isMeasured: () => boolean;
  readonly guarded: (work: () => void) => void;
}

/** What `ChildProcess.prototype.spawn` is given by `spawn`, `fork` and `execFile`, once they have read their arguments. */
interface SpawnOptions {
  file?: unknown;
  args?: unknown;
  envPairs?: unknown;
}

/** Folders of a PATH that are looked at, at most. */
const mostFolders = 64;

/**
 * Gives the sensor to the processes of this very Node that the service starts, by their NODE_OPTIONS: for a service that got
 * it by its command line, which they do not inherit. A child keeps its own preloads and options. Others are left alone: an
 * older Node does not start with an option that it does not know.
 */
export function equipChildren({ sensorUrl, isMeasured, guarded }: ChildrenOptions): void {
  const prototype: unknown = Reflect.get(childProcess.ChildProcess, 'prototype');
  const original: unknown = Reflect.get(Object(prototype), 'spawn');
  if (typeof original !== 'function') return;
  function spawn(this: unknown, ...all: unknown[]): unknown {
    if (isMeasured()) guarded(() => equip(Object(all[0]), sensorUrl));
    return Reflect.apply(original as (...all: unknown[]) => unknown, this, all);
  }
  Reflect.set(Object(prototype), 'spawn', spawn);
}

function equip(options: SpawnOptions, sensorUrl: string): void {
  const { file, args, envPairs } = options;
  if (typeof file !== 'string' || !isStrings(envPairs)) return;
  // `fork` and `cluster` hand on the flags of this process.
  if (isStrings(args) && preloadsOf(args).some((preload) => isSensor(preload, sensorUrl))) return;
  if (!isThisNode(file, variable(envPairs, 'PATH'))) return;
  const before = variable(envPairs, 'NODE_OPTIONS')?.trim() ?? '';
  const own = `--import=${sensorUrl}`;
  if (before.split(/\s+/).includes(own)) return;
  const others = envPairs.filter((pair) => !pair.startsWith('NODE_OPTIONS='));
  options.envPairs = [...others, `NODE_OPTIONS=${before === '' ? own : `${own} ${before}`}`];
}

/** The values of `--import`, which stand before the program. */
function preloadsOf(args: readonly string[]): readonly string[] {
  const preloads: string[] = [];
  for (let at = 1; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (!argument.startsWith('-')) break;
    if (argument.startsWith('--import=')) preloads.push(argument.slice('--import='.length));
    else if (argument === '--import') {
      at += 1;
      preloads.push(args[at] ?? '');
    }
  }
  return preloads;
}

/** By the name of its package, or by its file. */
const isSensor = (preload: string, sensorUrl: string): boolean =>
  preload === '@runlens/sensor' || preload === sensorUrl || preload === fileURLToPath(sensorUrl);

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

function variable(envPairs: readonly string[], name: string): string | undefined {
  return envPairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

function isThisNode(file: string, path: string | undefined): boolean {
  if (file === process.execPath) return true;
  if (!/^node(?:\.exe)?$/i.test(basename(file))) return false;
  if (basename(file) !== file) return realPath(file) === realPath(process.execPath);
  for (const folder of (path ?? process.env.PATH ?? '').split(delimiter).slice(0, mostFolders)) {
    const found = folder === '' ? undefined : realPath(join(folder, file));
    if (found !== undefined) return found === realPath(process.execPath);
  }
  return false;
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
