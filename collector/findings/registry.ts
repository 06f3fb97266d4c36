/** All detectors. A new one is one file in `detectors/` and one line here. */

import { failing } from './detectors/failing.ts';
import { failingDependencies } from './detectors/failing-dependency.ts';
import { growsWithConcurrency } from './detectors/grows-with-concurrency.ts';
import { growsWithTraffic } from './detectors/grows-with-traffic.ts';
import { identicalCalls } from './detectors/identical-calls.ts';
import { neverCalled } from './detectors/never-called.ts';
import { newErrors } from './detectors/new-error.ts';
import { repeatedCalls } from './detectors/repeated-call.ts';
import { repeatedQueries } from './detectors/repeated-query.ts';
import { serialAwaits } from './detectors/serial-awaits.ts';
import { slowConditions } from './detectors/slow-condition.ts';
import { slowHours } from './detectors/slow-hour.ts';
import { slowQueries } from './detectors/slow-query.ts';
import { versionChanges } from './detectors/version-change.ts';
import { bounded, type Draft } from './draft.ts';
import type { ServiceFacts } from './service-facts.ts';

type Detector = (facts: ServiceFacts) => readonly Draft[];

const detectors: readonly Detector[] = [
  repeatedQueries,
  slowQueries,
  repeatedCalls,
  serialAwaits,
  failing,
  newErrors,
  failingDependencies,
  versionChanges,
  slowConditions,
  slowHours,
  growsWithConcurrency,
  growsWithTraffic,
  neverCalled,
];

/** What costs less a day, in seconds, is not worth a look. */
const leastScore = 1;
/** Of one service. */
const mostDrafts = 500;

/** What deserves a fix in a version of a service, what costs most first. */
export function detect(facts: ServiceFacts): readonly Draft[] {
  const first = detectors.flatMap((detector) => detector(facts));
  // One statement has one remedy that comes first: an index, or asking once for all.
  const told = new Set(
    first.flatMap(({ kind, subject }) =>
      subject !== undefined && (kind === 'slowQuery' || kind === 'repeatedQuery') ? [subject] : [],
    ),
  );
  return [...first, ...identicalCalls(facts, told)]
    .filter(({ kind, impact }) => kind === 'neverCalled' || impact.score >= leastScore)
    .sort((one, other) => other.impact.score - one.impact.score)
    .slice(0, mostDrafts)
    .map(bounded);
}
