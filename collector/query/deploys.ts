/** Which versions of a service ran, from what its instances told. */
import type { DeploysResponse } from '@runlens/protocol/api/deploys';
import type { ProfileStore } from '../store/profile-store.ts';
import { runBefore, runningMilliseconds, type VersionRun, versionRuns } from './comparison/version-runs.ts';

export function deploys(
  store: ProfileStore,
  { service, environment, limit }: { readonly service: string; readonly environment: string; readonly limit: number },
  now: number,
): DeploysResponse {
  const runs = versionRuns(
    store.scopes().filter((scope) => scope.service === service && scope.environment === environment),
    now,
  );
  const identity = ({ scope: { version, revision }, until }: VersionRun) => ({
    version,
    ...(revision === undefined ? {} : { revision }),
    isRunning: now - until <= runningMilliseconds,
  });
  return {
    now: new Date(now).toISOString(),
    deploys: runs.slice(0, limit).map((run) => {
      const base = runBefore(runs, run);
      return {
        ...identity(run),
        since: new Date(run.since).toISOString(),
        until: new Date(run.until).toISOString(),
        isReturn: run.isReturn,
        ...(base === undefined ? {} : { base: identity(base) }),
      };
    }),
  };
}
