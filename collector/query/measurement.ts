/** How well the services are measured, beside what they do. */
import type { Measurement, ServicesResponse } from '@runlens/protocol/api/profile';
import type { SensorReadings } from '../control/sensor-readings.ts';
import type { ProfileStore } from '../store/profile-store.ts';
import { newestTexts } from './unused.ts';

const mostReasons = 5;

/** Services with what their sensors tell of themselves, and what is not measured of the version that was heard of last. */
export function withMeasurement(
  response: ServicesResponse,
  store: ProfileStore,
  readings: SensorReadings,
  now: number,
): ServicesResponse {
  return {
    ...response,
    services: response.services.map((service) => ({
      ...service,
      environments: service.environments.map((environment) => {
        const by = readings.of(service.name, environment.name, now);
        const newest = environment.versions.toSorted((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1))[0];
        const unmeasured = newest && unmeasuredOf(store, service.name, environment.name, newest.version);
        if (!by && !unmeasured) return environment;
        const measurement: Measurement = {
          levels: by?.levels ?? {},
          // Rounded: what is asked for again and again is not to differ each time.
          cpuShare: by && by.cpuShare !== null ? Math.round(by.cpuShare * 1_000) / 1_000 : null,
          dropped: by?.dropped.map(({ reason, points }) => ({ reason, points: Math.round(points) })) ?? [],
          ...(unmeasured === undefined ? {} : { unmeasured }),
        };
        return { ...environment, measurement };
      }),
    })),
  };
}

function unmeasuredOf(
  store: ProfileStore,
  service: string,
  environment: string,
  version: string,
): Measurement['unmeasured'] {
  const byReason = new Map<string, { functions: number; files: number }>();
  let files = 0;
  let functions = 0;
  for (const { unmeasured } of newestTexts(store.sources({ service, environment, version })).values()) {
    for (const { function: name, reason } of unmeasured.values()) {
      const known = byReason.get(reason) ?? { functions: 0, files: 0 };
      if (name === '') {
        known.files += 1;
        files += 1;
      } else {
        known.functions += 1;
        functions += 1;
      }
      byReason.set(reason, known);
    }
  }
  if (files + functions === 0) return undefined;
  const reasons = [...byReason]
    .map(([reason, counts]) => ({ reason, ...counts }))
    .sort((one, other) => other.files - one.files || other.functions - one.functions)
    .slice(0, mostReasons);
  return { files, functions, reasons };
}
