/** How well a service is measured: what is missing, so that an absence of findings is not taken for health. */
import type { Measuring } from '@runlens/protocol/api/findings';
import type { Source } from '../store/profile-store.ts';
import type { ServiceFacts } from './service-facts.ts';

const mostReasons = 10;
/** Beyond this share of functions that are not measured, findings may be missing. */
const muchUnmeasured = 0.1;

export interface MeasuredVersion {
  readonly measuredFunctions: number;
  readonly calledFunctions: number;
  readonly instances: number;
  readonly sources: readonly Source[];
}

export function measuringOf(facts: ServiceFacts, version: MeasuredVersion): Measuring {
  const { functions, entries, minutes } = facts;
  const { measuredFunctions, calledFunctions, instances, sources } = version;
  const reasons = new Map<string, number>();
  for (const { unmeasured } of sources) {
    for (const { reason } of unmeasured.values()) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const unmeasured = [...reasons].sort((one, other) => other[1] - one[1]).slice(0, mostReasons);
  const left = [...reasons.values()].reduce((sum, each) => sum + each, 0);
  const queries = functions.flatMap((profile) => profile.queries).reduce((sum, { calls }) => sum + calls, 0);
  const requests = entries.reduce((sum, { calls }) => sum + calls, 0);
  const isTimed = functions.some(({ duration }) => duration !== null);
  return {
    service: facts.service,
    environment: facts.environment,
    version: facts.version,
    instances,
    measuredFunctions,
    calledFunctions,
    unmeasured: unmeasured.map(([reason, count]) => ({ reason, functions: count })),
    requestsPerMinute: requests / minutes,
    queriesPerMinute: queries / minutes,
    gaps: [
      ...(calledFunctions === 0 ? ['No function was called: there is nothing to judge yet.'] : []),
      ...(calledFunctions > 0 && !isTimed ? ['No call is timed: only counts and errors are judged.'] : []),
      ...(calledFunctions > 0 && entries.length === 0
        ? [
            'No request and no job is told of: what reaches users is not known. The sensor knows node:http and the frameworks on it (docs: configuration).',
          ]
        : []),
      ...(calledFunctions > 0 && queries === 0
        ? [
            'No query was seen: if the service asks a database, its driver is not one that the sensor knows (docs: configuration).',
          ]
        : []),
      ...(left > muchUnmeasured * (measuredFunctions + left)
        ? [`${left} functions are not measured; the reasons are told beside.`]
        : []),
    ],
  };
}
