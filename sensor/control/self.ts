import type { SensorHello } from '@runlens/protocol/control';
import { resourceAttributes, unknownService } from '@runlens/protocol/telemetry';
import type { Resource } from '../resource.ts';

/** Longer names are cut where they are stored, in the same way. */
const longestLabel = 256;

/** Who this sensor is, by the resource that its numbers are of. */
export function describeSelf(resource: Resource): Omit<SensorHello, 'version' | 'commands' | 'state'> {
  const value = (name: string): string | undefined => resource.get(name)?.slice(0, longestLabel);
  const serviceVersion = value(resourceAttributes.serviceVersion) ?? value(resourceAttributes.revision);
  const environment = value(resourceAttributes.environment);
  return {
    service: value(resourceAttributes.serviceName) ?? unknownService,
    ...(serviceVersion === undefined ? {} : { serviceVersion }),
    ...(environment === undefined ? {} : { environment }),
    instance: value(resourceAttributes.serviceInstanceId) ?? '',
    pid: process.pid,
    node: process.versions.node,
    sensor: value(resourceAttributes.sensorVersion) ?? '',
  };
}
