/** What the versions of a service in an environment tell: a new one, an earlier one that runs again, none that says it is there. */
import type { Scope } from '../../store/profile-store.ts';
import type { EventMessage } from '../message.ts';

/** A version that is new for longer was told, or came before anybody asked. */
const newMilliseconds = 3_600_000;
/** For as long the one that it replaces may still be heard of. */
const overlapMilliseconds = 60_000;
/** A service that is silent for longer is gone. */
const forgottenMilliseconds = 24 * 3_600_000;

/** `scopes`: all versions of one service in one environment. */
export function newVersions(scopes: readonly Scope[], now: number): readonly EventMessage[] {
  return scopes
    .filter(
      ({ firstSeen }) => now - firstSeen <= newMilliseconds && scopes.some((other) => other.firstSeen < firstSeen),
    )
    .map((scope) => ({
      ...common(scope),
      key: `newVersion ${keyOf(scope)} ${scope.version}`,
      kind: 'newVersion',
      ...{ state: 'resolved', severity: 'info', at: scope.firstSeen, startedAt: scope.firstSeen },
      title: `${scope.service} ${scope.version} runs for the first time`,
    }));
}

/** The version before the newest was started again after it, and the newest is not heard of any more. */
export function rollback(scopes: readonly Scope[], now: number): EventMessage | undefined {
  const [newest, ...earlier] = scopes.toSorted((one, other) => other.firstSeen - one.firstSeen || other.id - one.id);
  if (newest === undefined) return undefined;
  for (const scope of earlier) {
    if (scope.lastSeen < newest.lastSeen + overlapMilliseconds) continue;
    const started = [...scope.instances.values()]
      .flatMap(({ firstSeen, silences }) => [firstSeen, ...silences.map(([, heard]) => heard)])
      .filter((at) => at > newest.firstSeen)
      .sort((one, other) => one - other);
    const [at] = started;
    if (at === undefined || now - at > newMilliseconds) continue;
    return {
      ...common(scope),
      key: `rollback ${keyOf(scope)} ${newest.version} ${scope.version}`,
      kind: 'rollback',
      ...{ state: 'resolved', severity: 'warning', at, startedAt: at },
      title: `${scope.service} went back from ${newest.version} to ${scope.version}`,
    };
  }
  return undefined;
}

/** Only of Runlens sensors, which say that they are there; others tell nothing while nothing is called. */
export function silence(scopes: readonly Scope[], silentMilliseconds: number, now: number): SilenceVerdict {
  const last = scopes.toSorted((one, other) => other.lastSeen - one.lastSeen)[0];
  if (last === undefined || silentMilliseconds <= 0) return { verdict: 'gone' };
  if (![...last.instances.values()].some(({ saysItIsThere }) => saysItIsThere)) return { verdict: 'heard' };
  const quietFor = now - last.lastSeen;
  if (quietFor < silentMilliseconds) return { verdict: 'heard' };
  return quietFor > forgottenMilliseconds ? { verdict: 'gone' } : { verdict: 'silent', last };
}

export type SilenceVerdict =
  | { readonly verdict: 'heard' | 'gone' }
  | { readonly verdict: 'silent'; readonly last: Scope };

export const keyOf = ({ service, environment }: Pick<Scope, 'service' | 'environment'>): string =>
  JSON.stringify([service, environment]);

export const common = ({
  service,
  environment,
  version,
  revision,
}: Pick<Scope, 'service' | 'environment' | 'version' | 'revision'>) => ({
  ...{ service, environment, version, revision },
  labels: {},
});
