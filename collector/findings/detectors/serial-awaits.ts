/** Things that a function waits for one after the other, though none of them needs another: the text tells which, production what they take. */
import type { Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatSeconds } from '@runlens/protocol/format';
import { CallGraph } from '../call-graph.ts';
import { type Draft, entryNames, impactOf, placeOf } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

const leastCalls = 10;
/** Of one call: less is noticed by nobody. */
const leastSeconds = 0.005;
const leastShare = 0.15;
/** What is waited for in fewer of the calls is not part of the usual one. */
const leastPerCall = 0.5;

type Wait = NonNullable<Profile['serialWaits']>['waits'][number];

export function serialAwaits({ functions, minutes }: ServiceFacts): readonly Draft[] {
  const graph = new CallGraph(functions);
  return functions.flatMap((profile) => {
    const { serialWaits, duration, calls } = profile;
    if (serialWaits === undefined || duration === null || calls < leastCalls) return [];
    const taken = secondsOf(serialWaits.waits, profile, graph).filter(({ seconds }) => seconds > 0);
    const all = taken.reduce((sum, { seconds }) => sum + seconds, 0);
    const longest = taken.reduce((most, { seconds }) => Math.max(most, seconds), 0);
    // Together they take at least as long as the longest; and no more can be saved than the call takes.
    const saved = Math.min(all - longest, duration.mean - longest);
    if (taken.length < 2 || saved < leastSeconds || saved < leastShare * duration.mean) return [];
    const lines = taken.map(({ wait }) => wait.line).filter((line) => line > 0);
    const draft: Draft = {
      kind: 'serialAwaits',
      key: [profile.file, profile.function],
      place: placeOf(profile),
      title: `${profile.function} waits for ${formatCount(taken.length)} things one after the other`,
      evidence: [
        ...taken.map(
          ({ wait, seconds }) =>
            `${wait.line > 0 ? `line ${wait.line}: ` : ''}${wait.calls.join(', then ')} takes ${formatSeconds(seconds)}`,
        ),
        `none of them reads what another gave; together they could take ${formatSeconds(longest)} rather than ${formatSeconds(all)}`,
        `${formatSeconds(duration.mean)} a call on average`,
      ],
      remedy: `Begin them together: const [a, b] = await Promise.all([…])${lines.length > 0 ? ` for lines ${lines.join(', ')}` : ''}. Look first whether one must come before another for a reason that its text does not show.`,
      confidence: 'likely',
      impact: impactOf(minutes, { seconds: saved * calls, calls, entries: profile.entries }),
      entries: entryNames(profile.entries),
    };
    return [draft];
  });
}

interface Taken {
  readonly wait: Wait;
  readonly seconds: number;
}

/** What each takes in one call of the function: by measured functions of that name, else by what the function asks itself. */
function secondsOf(waits: readonly Wait[], profile: Profile, graph: CallGraph): readonly Taken[] {
  const callees = graph.callees(profile).filter(({ perCall }) => perCall >= leastPerCall);
  const own = [...profile.queries, ...profile.outgoing]
    .map(({ calls, totalSeconds }) => ({ perCall: calls / profile.calls, seconds: totalSeconds / profile.calls }))
    .filter(({ perCall }) => perCall >= leastPerCall)
    .map(({ seconds }) => seconds)
    .sort((one, other) => other - one);
  const byName = waits.map((wait) => ({
    wait,
    seconds: wait.calls.reduce((sum, called) => {
      const name = called.split('.').at(-1);
      const callee = callees.find(({ profile: each }) => each.function.split(/[.#]/).at(-1) === name);
      return sum + (callee?.profile.duration?.mean ?? 0);
    }, 0),
  }));
  // Which of them asks what is not known; what can be saved is the same for each order.
  return byName.map((each) => (each.seconds > 0 ? each : { ...each, seconds: own.shift() ?? 0 }));
}
