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
  readonly #soon = new Map<string, Promise<boolean>>();

  constructor(options: ArmingOptions) {
    this.#options = options;
  }

  /**
   * Its instances are told soon; those whose sensors take none are noted as refusing it. Resolves to the names of those
   * that are still connected and have not confirmed it in time.
   */
  async tellThoseConcerned(entry: LiveProbe): Promise<readonly string[]> {
    const { instances } = this.#options;
    const told: Promise<string | undefined>[] = [];
    for (const one of instancesOf(entry.kept.probe, instances)) {
      const { connection, instance } = one;
      if (!one.takesProbes) this.refusedBy(one, entry);
      else
        told.push(
          this.#tellSoon(connection).then((done) => (done || !instances.find(connection) ? undefined : instance)),
        );
    }
    return (await Promise.all(told)).filter((each) => each !== undefined);
  }

  /** A sensor has connected: it is told what it is to have. */
  connected(instance: Instance): void {
    if (instance.takesProbes && this.#armedFor(instance).length > 0) void this.#tellSoon(instance.connection);
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

  #tellSoon(connection: string): Promise<boolean> {
    let told = this.#soon.get(connection);
    if (told === undefined) {
      told = Promise.resolve().then(() => this.tell(connection));
      this.#soon.set(connection, told);
    }
    return told;
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
