/** The one service and environment that a question is of, where it can be of one only. */
import type { ServicesResponse } from '@runlens/protocol';
import { listed, missingInScope } from './absence.ts';

type Service = ServicesResponse['services'][number];

export type OneScope =
  | {
      readonly kind: 'one';
      readonly service: string;
      readonly environment: Service['environments'][number];
    }
  | { readonly kind: 'none'; readonly message: string };

/** Without a name: the only service; the environment `production`, else the one heard of last. */
export function oneScope(
  response: ServicesResponse,
  wanted: { readonly service?: string | undefined; readonly environment?: string | undefined },
): OneScope {
  const missing = missingInScope(response, wanted);
  if (missing !== undefined) return { kind: 'none', message: missing };
  const services = response.services.filter(
    ({ name, environments }) =>
      (wanted.service === undefined || name === wanted.service) &&
      (wanted.environment === undefined || environments.some((each) => each.name === wanted.environment)),
  );
  const [service, ...others] = services;
  if (service === undefined || others.length > 0) {
    return { kind: 'none', message: `Give one service; there are: ${listed(services.map(({ name }) => name))}.` };
  }
  const { environments } = service;
  const environment =
    environments.find(({ name }) => name === wanted.environment) ??
    environments.find(({ name }) => name === 'production') ??
    environments.toSorted((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1))[0];
  if (environment === undefined) {
    return { kind: 'none', message: `Nothing is known of any environment of ${listed([service.name])}.` };
  }
  return { kind: 'one', service: service.name, environment };
}
