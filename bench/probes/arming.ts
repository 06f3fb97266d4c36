/** How long the first probe of a process holds up its thread. */
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sensorEntry } from '../frame/places.ts';

const program = join(dirname(fileURLToPath(import.meta.url)), 'engine-steps.ts');
export const armingWays = ['at-once', 'from-thread'] as const;

/** Milliseconds of each step, in a fresh process. */
export function armingSteps(way: (typeof armingWays)[number]): readonly number[] {
  const node = ['--conditions=runlens-source', '--disable-warning=ExperimentalWarning'];
  const output = execFileSync(process.execPath, [...node, program, way, dirname(sensorEntry)], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  const steps: unknown = JSON.parse(output);
  if (!Array.isArray(steps) || steps.length < 10) throw new Error(`the engine was not loaded: ${output}`);
  return steps.map(Number);
}
