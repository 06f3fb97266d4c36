import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** What is measured runs on one core, what loads and serves it on another, where the system can do so. */
export const measuredCore = 0;
const loadCore = 1;

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The command that runs the given one on a core; the given one where there is no `taskset`. */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', String(core), ...command] : command;
}

/** Moves this process, and what it starts without a core of its own, away from what is measured. */
export function pinSelf(): void {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', String(loadCore), String(process.pid)]);
}
