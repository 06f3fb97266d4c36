/** The connected instances that a probe is for. */
import type { ArmedProbe, Probe } from '@runlens/protocol';

/** An instance that is connected. */
export interface Instance {
  readonly connection: string;
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly instance: string;
  /** Whether its sensor knows of probes. */
  readonly takesProbes: boolean;
}

export interface Instances {
  /** In the order in which they connected. */
  list(): readonly Instance[];
  /** Undefined: it is connected no more. */
  find(connection: string): Instance | undefined;
  /** Tells it all its probes; resolves to false where it did not answer in time. */
  tell(connection: string, probes: readonly ArmedProbe[], secretNames: readonly string[]): Promise<boolean>;
}

export function concerns({ request: { target } }: Probe, instance: Instance): boolean {
  return (
    instance.service === target.service &&
    (target.environment === undefined || instance.environment === target.environment) &&
    (target.version === undefined || instance.version === target.version) &&
    (target.instances === undefined || target.instances.includes(instance.instance))
  );
}

/** All that it concerns, or as many of them as it wants. */
export function instancesOf(probe: Probe, instances: Instances): readonly Instance[] {
  return instances
    .list()
    .filter((instance) => concerns(probe, instance))
    .slice(0, probe.request.target.mostInstances);
}

/** Whether it is one of {@link instancesOf}: only of a probe for some of them all have to be looked at. */
export function isFor(probe: Probe, instance: Instance, instances: Instances): boolean {
  if (!concerns(probe, instance)) return false;
  if (probe.request.target.mostInstances === undefined) return true;
  return instancesOf(probe, instances).some(({ connection }) => connection === instance.connection);
}
