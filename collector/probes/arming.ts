/** Tells sensors their probes: always the whole set, so that a message lost is made good by the next. */
import type { ArmedProbe } from '@runlens/protocol';
import { type Instance, type Instances, instancesOf, isFor } from './instances.ts';
import { armedOf, type LiveProbe, refusedByOld } from './live-probe.ts';

export interface ArmingOptions {
  readonly instances: Instances;
  readonly probes: ReadonlyMap<string, LiveProbe>;
  readonly secretNames: () => readonly string[];
  readonly now: () => number;
}

export class Arming {
  readonly #options: ArmingOptions;
  /** Connections that are told at the end of this turn: many probes that end at once are one message. */
  readonly #soon = new Set<string>();

  constructor(options: ArmingOptions) {
    this.#options = options;
  }

  /** Its instances are told soon; those whose sensors take none are noted as refusing it. */
  tellThoseConcerned(entry: LiveProbe): void {
    for (const instance of instancesOf(entry.kept.probe, this.#options.instances)) {
      if (instance.takesProbes) this.#tellSoon(instance.connection);
      else this.refusedBy(instance, entry);
    }
  }

  /** A sensor has connected: it is told what it is to have. */
  connected(instance: Instance): void {
    if (instance.takesProbes && this.#armedFor(instance).length > 0) this.#tellSoon(instance.connection);
  }

  refusedBy(instance: Instance, entry: LiveProbe): void {
    entry.instances.set(instance.instance, refusedByOld(instance, new Date(this.#options.now()).toISOString()));
  }

  /** At once; false: it is gone, or has not answered in time. */
  async tell(connection: string): Promise<boolean> {
    const { instances, secretNames } = this.#options;
    this.#soon.delete(connection);
    const instance = instances.find(connection);
    return instance !== undefined && instances.tell(connection, this.#armedFor(instance), secretNames());
  }

  #tellSoon(connection: string): void {
    if (this.#soon.size === 0) {
      queueMicrotask(() => {
        for (const each of [...this.#soon]) void this.tell(each);
      });
    }
    this.#soon.add(connection);
  }

  #armedFor(instance: Instance): readonly ArmedProbe[] {
    const all: ArmedProbe[] = [];
    for (const entry of this.#options.probes.values()) {
      const armed = armedOf(entry);
      if (armed !== undefined && isFor(entry.kept.probe, instance, this.#options.instances)) all.push(armed);
    }
    return all;
  }
}
