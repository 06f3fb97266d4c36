/** Every check of `runlens doctor`, in the order in which they are told. */
import type { Check } from './check.ts';
import { clockCheck } from './clock.ts';
import { collectorCheck } from './collector.ts';
import { diskCheck } from './disk.ts';
import { homeCheck, tokenCheck } from './home-permissions.ts';
import { nodeCheck, serviceNodeCheck } from './node.ts';
import { sensorCheck } from './sensor.ts';
import { servicesCheck } from './services.ts';

export const checks: readonly Check[] = [
  nodeCheck,
  serviceNodeCheck,
  homeCheck,
  tokenCheck,
  diskCheck,
  sensorCheck,
  collectorCheck,
  clockCheck,
  servicesCheck,
];
