/** Functions that get slower the more requests are answered at once: they wait for each other. */
import { formatSeconds } from '@runlens/protocol/format';
import { CallGraph } from '../call-graph.ts';
import { type Draft, entryNames, impactOf, placeOf } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

const leastSamples = 100;
const leastFactor = 2.5;
const leastSeconds = 0.02;
/** To how much a step may go down: one that begins as one of few soon runs among many, so neighbouring steps are much alike. */
const slack = 0.7;

export function growsWithConcurrency({ functions, minutes }: ServiceFacts): readonly Draft[] {
  const graph = new CallGraph(functions);
  const growing = functions.flatMap((profile) => {
    const steps = (profile.conditions?.concurrency ?? []).filter(({ duration }) => duration.samples >= leastSamples);
    const [quiet] = steps;
    const busy = steps.at(-1);
    if (quiet === undefined || busy === undefined || steps.length < 2) return [];
    const rises = steps.every((step, i) => i === 0 || step.duration.p50 >= slack * (steps[i - 1]?.duration.p50 ?? 0));
    const seconds = busy.duration.p50 - quiet.duration.p50;
    if (!rises || seconds < leastSeconds || busy.duration.p50 < leastFactor * quiet.duration.p50) return [];
    const all = steps.reduce((sum, { duration }) => sum + duration.samples, 0);
    const lost = steps.reduce(
      (sum, { duration }) => sum + Math.max(0, duration.p50 - quiet.duration.p50) * duration.samples,
      0,
    );
    return [{ profile, seconds, steps, lostOfCall: lost / all }];
  });
  return graph.innermost(growing).map(
    ({ profile, seconds, steps, lostOfCall }): Draft => ({
      kind: 'growsWithConcurrency',
      key: [profile.file, profile.function],
      place: placeOf(profile),
      title: `${profile.function} takes ${formatSeconds(seconds)} longer under load`,
      evidence: steps.map(
        ({ requests, duration }) =>
          `${requests === '1' ? 'one request' : `${requests} requests`} at once: ${formatSeconds(duration.p50)} (median)`,
      ),
      remedy:
        'Its calls wait for something that they share: connections of a pool, a lock, a slot, or the event loop behind long synchronous work. Look for that, and give it more room or hold it for less time.',
      confidence: 'likely',
      impact: impactOf(minutes, {
        seconds: lostOfCall * profile.calls,
        calls: profile.calls,
        entries: profile.entries,
      }),
      entries: entryNames(profile.entries),
    }),
  );
}
