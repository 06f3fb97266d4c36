/** Functions that a version made slower, or made fail more often: what the comparison of versions says, and for how long it lasts. */
import type { ChangeKind, FunctionChange } from '@runlens/protocol/api/compare';
import type { Profile } from '@runlens/protocol/api/profile';
import { formatRate, formatSeconds, formatShare } from '@runlens/protocol/format';
import { CallGraph } from '../call-graph.ts';
import { type ChangeMemory, type Draft, entryNames, impactOf, placeOf } from '../draft.ts';
import type { KnownChange, ServiceFacts } from '../service-facts.ts';
import { errorKey } from './errors.ts';
import { newErrors } from './new-error.ts';

const sureRate = 0.001;
/** A call in twenty is one of the slow ones that the comparison tells of. */
const tailShare = 0.05;
/** As long as more than this part of the difference is left, it is not undone. */
const leftShare = 0.5;
const leastCalls = 20;
/** Less is the timing's own, which changes with the load of the machine. */
const leastSeconds = 1e-5;

interface Change {
  readonly profile: Profile;
  readonly kind: 'slowerVersion' | 'failingVersion';
  readonly memory: ChangeMemory;
  readonly evidence: readonly string[];
  readonly confidence: Draft['confidence'];
  /** More than before, of one call: seconds, or errors. */
  readonly seconds: number;
}

export function versionChanges(facts: ServiceFacts): readonly Draft[] {
  const { functions, comparison, knownChanges, minutes, version } = facts;
  const graph = new CallGraph(functions);
  const compared = (comparison?.functions ?? []).flatMap((change) => {
    const profile = graph.find(change.file, change.function);
    return profile === undefined ? [] : changesOf(profile, change, comparison?.base.version ?? '', version);
  });
  // Calls that fail by a new error are told as that.
  const isNew = new Set(newErrors(facts).map(({ key }) => JSON.stringify(key)));
  const explained = new Set(
    facts.newErrors
      .filter((error) => isNew.has(JSON.stringify(errorKey(error.exception, error))))
      .map((error) => keyOf('failingVersion', error)),
  );
  const told = new Set(compared.map(({ profile, kind }) => keyOf(kind, profile)));
  const lasting = knownChanges
    .flatMap((known) => lastingOf(known, graph))
    .filter(({ profile, kind }) => !told.has(keyOf(kind, profile)));
  return [
    // One that is known was told as the innermost when it came.
    ...[...Map.groupBy(compared, ({ kind }) => kind).values()].flatMap((same) => graph.innermost(same)),
    ...lasting,
  ]
    .filter(({ kind, profile }) => !explained.has(keyOf(kind, profile)))
    .filter(({ kind, memory }) => kind !== 'slowerVersion' || memory.now - memory.base >= leastSeconds)
    .map((change) => draftOf(change, minutes));
}

const keyOf = (kind: string, { file, function: name }: Pick<Profile, 'file' | 'function'>): string =>
  `${kind}\n${file}\n${name}`;

function draftOf({ profile, kind, memory, evidence, confidence, seconds }: Change, minutes: number): Draft {
  const isSlower = kind === 'slowerVersion';
  const { base, now } = memory;
  const title = isSlower
    ? `${profile.function} takes ${formatSeconds(now)}, before ${formatSeconds(base)}`
    : `${profile.function} fails in ${formatShare(now)} of its calls, before in ${formatShare(base)}`;
  return {
    kind,
    key: [profile.file, profile.function],
    place: placeOf(profile),
    title,
    evidence,
    remedy:
      'Look at what the version changed in it and in what it calls (runlens review tells, in the repository); roll back if users wait or fail.',
    confidence,
    impact: impactOf(minutes, {
      ...(isSlower ? { seconds: seconds * profile.calls } : { errors: seconds * profile.calls }),
      calls: profile.calls,
      entries: profile.entries,
    }),
    entries: entryNames(profile.entries),
    memory,
  };
}

function changesOf(profile: Profile, change: FunctionChange, before: string, version: string): readonly Change[] {
  const { base, now } = change;
  const of = (...kinds: readonly ChangeKind[]) => change.changes.find(({ kind }) => kinds.includes(kind));
  const confidenceOf = (rate: number): Draft['confidence'] => (rate <= sureRate ? 'certain' : 'likely');
  const scope = `version ${version} against ${before}; ${formatRate(now.callsPerMinute)} of calls now, ${formatRate(base.callsPerMinute)} before`;
  const found: Change[] = [];
  const slower = of('slower');
  const tail = of('slowerTail');
  if (slower !== undefined && base.p50 !== null && now.p50 !== null && now.p50 > base.p50) {
    const evidence = [`median ${formatSeconds(now.p50)}, before ${formatSeconds(base.p50)}`, scope];
    const confidence = confidenceOf(slower.falseDiscoveryRate);
    found.push({
      profile,
      kind: 'slowerVersion',
      memory: { of: 'p50', base: base.p50, now: now.p50 },
      evidence,
      confidence,
      seconds: now.p50 - base.p50,
    });
  } else if (tail !== undefined && base.p95 !== null && now.p95 !== null && now.p95 > base.p95) {
    const evidence = [
      `one call in twenty takes ${formatSeconds(now.p95)} or more, before ${formatSeconds(base.p95)}`,
      scope,
    ];
    const seconds = (now.p95 - base.p95) * tailShare;
    const confidence = confidenceOf(tail.falseDiscoveryRate);
    found.push({
      profile,
      kind: 'slowerVersion',
      memory: { of: 'p95', base: base.p95, now: now.p95 },
      evidence,
      confidence,
      seconds,
    });
  }
  const errors = of('moreErrors');
  if (errors !== undefined && now.calls > 0 && base.calls > 0) {
    const [rate, earlier] = [now.errors / now.calls, base.errors / base.calls];
    const evidence = [`${formatShare(rate)} of calls fail, before ${formatShare(earlier)}`, scope];
    const confidence = confidenceOf(errors.falseDiscoveryRate);
    if (rate > earlier)
      found.push({
        profile,
        kind: 'failingVersion',
        memory: { of: 'errorRate', base: earlier, now: rate },
        evidence,
        confidence,
        seconds: rate - earlier,
      });
  }
  return found;
}

/** A change that a later version, or the same one later on, has not undone: there is nothing left to compare it with. */
function lastingOf({ kind, place, memory }: KnownChange, graph: CallGraph): readonly Change[] {
  const profile = place && graph.find(place.file, place.function);
  if (profile === undefined || memory === undefined || profile.calls < leastCalls) return [];
  const { of, base } = memory;
  const now = of === 'errorRate' ? profile.errors / profile.calls : profile.duration?.[of];
  if (now === undefined || now < base + leftShare * (memory.now - base)) return [];
  const evidence =
    of === 'errorRate'
      ? [`${formatShare(now)} of calls fail; ${formatShare(base)} before a version changed it`]
      : [
          `${of === 'p50' ? 'median' : 'one call in twenty'} ${formatSeconds(now)}; ${formatSeconds(base)} before a version changed it`,
        ];
  const seconds = (now - base) * (of === 'p95' ? tailShare : 1);
  if (kind !== 'slowerVersion' && kind !== 'failingVersion') return [];
  return [{ profile, kind, memory, evidence, confidence: 'likely', seconds }];
}
