/** What the pickers of service, environment, version and window offer. */
import { formatAge, versionName } from '@runlens/protocol/format';
import type { ServerStatus } from '@runlens/protocol/lsp';
import { offeredWindows } from '@runlens/protocol/window';
import type { Picked } from '../server-configuration.ts';

export type PickedKey = 'service' | 'environment' | 'version' | 'window';

export interface Offer {
  readonly label: string;
  readonly description?: string;
  /** Undefined: back to the server's own choice, or to the setting's. */
  readonly value: string | undefined;
  readonly chosen: boolean;
}

type Services = ServerStatus['services'];
type Status = Pick<ServerStatus, 'services' | 'selection' | 'effective'>;

/** The service whose environments and versions are offered: the one picked, else the one shown, else the only one. */
function serviceInForce(status: Status): Services[number] | undefined {
  const name = status.selection.service ?? status.effective?.service;
  if (name === undefined) return status.services.length === 1 ? status.services[0] : undefined;
  return status.services.find((service) => service.name === name);
}

/** The offers of one picker, the automatic choice first. `now` in milliseconds. */
export function offers(key: PickedKey, status: Status, now: number): readonly Offer[] {
  const age = (instant: string): string => `last seen ${formatAge(now - Date.parse(instant))}`;
  const chosen = status.selection[key];
  const offer = (value: string, description: string): Offer => ({
    label: value,
    description,
    value,
    chosen: value === chosen,
  });
  const automatic = (label: string): Offer => ({ label, value: undefined, chosen: chosen === undefined });
  switch (key) {
    case 'service':
      return [
        automatic('Chosen for each file'),
        ...status.services.map((service) =>
          offer(service.name, `${service.environments.map((one) => one.name).join(', ')} · ${age(service.lastSeen)}`),
        ),
      ];
    case 'environment':
      return [
        automatic('Chosen for each file'),
        ...environmentsOf(status).map((environment) =>
          offer(environment.name, `${counted(environment.versions.length, 'version')} · ${age(environment.lastSeen)}`),
        ),
      ];
    case 'version':
      return [
        automatic('All versions in the window, merged'),
        ...versionsOf(status).map(({ version, revision, instances, lastSeen }) => {
          const label = versionName(version) || version;
          // Two versions may be called the same: then this tells them apart.
          const whole = label === version || label === `v${version}` ? revision?.slice(0, 10) : version;
          const offered = offer(
            version,
            `${whole ? `${whole} · ` : ''}${counted(instances, 'instance')} · ${age(lastSeen)}`,
          );
          return { ...offered, label };
        }),
      ];
    case 'window':
      return offeredWindows.map((window) => offer(window, `the last ${spelledWindow(window)}`));
  }
}

/** What remains picked when `key` becomes `value`: an environment or version of another service is dropped. */
export function afterPick(picked: Picked, key: PickedKey, value: string | undefined): Picked {
  const dropped: readonly string[] = [key, ...dependents[key]];
  const kept: Picked = Object.fromEntries(Object.entries(picked).filter(([name]) => !dropped.includes(name)));
  return value === undefined ? kept : { ...kept, [key]: value };
}

/** What means nothing any more when the key changes. */
const dependents: Readonly<Record<PickedKey, readonly PickedKey[]>> = {
  service: ['environment', 'version'],
  environment: ['version'],
  version: [],
  window: [],
};

function environmentsOf(status: Status): Services[number]['environments'] {
  const service = serviceInForce(status);
  if (service) return service.environments;
  // No service is picked: the names of all, once each.
  const byName = new Map<string, Services[number]['environments'][number]>();
  for (const environment of status.services.flatMap((one) => one.environments)) {
    const known = byName.get(environment.name);
    if (!known || known.lastSeen < environment.lastSeen) byName.set(environment.name, environment);
  }
  return [...byName.values()];
}

function versionsOf(status: Status): Services[number]['environments'][number]['versions'] {
  const environments = serviceInForce(status)?.environments ?? [];
  const name = status.selection.environment ?? status.effective?.environment;
  const environment =
    name === undefined && environments.length === 1 ? environments[0] : environments.find((one) => one.name === name);
  return environment?.versions ?? [];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function spelledWindow(window: string): string {
  const units: Record<string, string> = { m: 'minute', h: 'hour', d: 'day' };
  const unit = units[window.slice(-1)];
  return unit ? counted(Number(window.slice(0, -1)), unit) : window;
}
