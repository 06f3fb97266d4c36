import type { ServicesResponse } from '@runlens/protocol/api/profile';
import type { ConnectedSensor } from '@runlens/protocol/api/sensors';

const mostOfEnvironment = 20;

/** Services with those of their connected sensors that do less than all: what is not known of them is to be told. */
export function withSensors(response: ServicesResponse, sensors: readonly ConnectedSensor[]): ServicesResponse {
  const limited = sensors.filter(({ state }) => state.level !== 'full');
  if (limited.length === 0) return response;
  return {
    ...response,
    services: response.services.map((service) => ({
      ...service,
      environments: service.environments.map((environment) => {
        const own = limited.filter((one) => one.service === service.name && one.environment === environment.name);
        if (own.length === 0) return environment;
        const told = own.slice(0, mostOfEnvironment);
        return {
          ...environment,
          limitedSensors: told.map(({ version, instance, state }) => ({ version, instance, state })),
        };
      }),
    })),
  };
}
