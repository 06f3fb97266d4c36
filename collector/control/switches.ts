/** What was switched off, for sensors that connect later too: a file in the store's folder. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SensorSwitch, sensorSwitchSchema } from '@runlens/protocol/api/sensors';
import { z } from 'zod';
import { sensorLimits } from './limits.ts';

export interface SwitchSubject {
  readonly service: string;
  readonly environment: string;
  readonly instance: string;
}

const fileSchema = z.object({ switches: z.array(sensorSwitchSchema).max(10 * sensorLimits.switches) });

export class Switches {
  readonly #path: string;
  #switches: readonly SensorSwitch[];

  /** Throws what the file system says; a file that cannot be understood says how to mend it. */
  constructor(folder: string) {
    this.#path = join(folder, 'switches.json');
    this.#switches = read(this.#path);
  }

  get all(): readonly SensorSwitch[] {
    return this.#switches;
  }

  /** Whether a sensor is to measure: what the narrowest switch that fits it says. */
  isOn(subject: SwitchSubject): boolean {
    const fitting = this.#switches.filter((one) => fits(one, subject));
    return fitting.sort((one, other) => narrowness(other) - narrowness(one))[0]?.on ?? true;
  }

  /** Takes the place of all that it covers. Throws when it cannot be kept; then nothing has changed. */
  set(wanted: SensorSwitch): void {
    const others = this.#switches.filter((one) => !covers(wanted, one));
    // One that says what would hold without it is not kept: "on", where nothing wider is off.
    const holdsAnyway = wanted.on && !others.some((one) => covers(one, wanted));
    const kept = bounded(holdsAnyway ? others : [...others, wanted]);
    write(this.#path, kept);
    this.#switches = kept;
  }
}

const fits = ({ service, environment, instance }: SensorSwitch, subject: SwitchSubject): boolean =>
  service === subject.service &&
  (environment === undefined || environment === subject.environment) &&
  (instance === undefined || instance === subject.instance);

/** Whether the one is for all that the other is for. */
const covers = (one: SensorSwitch, other: SensorSwitch): boolean =>
  one.service === other.service &&
  (one.environment === undefined || one.environment === other.environment) &&
  (one.instance === undefined || one.instance === other.instance);

const narrowness = ({ environment, instance }: SensorSwitch): number =>
  (instance === undefined ? 0 : 2) + (environment === undefined ? 0 : 1);

function bounded(switches: readonly SensorSwitch[]): readonly SensorSwitch[] {
  if (switches.length <= sensorLimits.switches) return switches;
  const oldest = switches.find(({ instance }) => instance !== undefined) ?? switches[0];
  return switches.filter((one) => one !== oldest);
}

function read(path: string): readonly SensorSwitch[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text)).switches;
  } catch {
    throw new Error(
      `${path}, which holds the sensors that are switched off, cannot be read: mend it, or delete it and all sensors measure again`,
    );
  }
}

function write(path: string, switches: readonly SensorSwitch[]): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ switches }, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}
