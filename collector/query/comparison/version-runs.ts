/** When which version of a service ran, so that it can be told which follows which: deploys, canaries and roll-backs. */
import type { Instance, Scope } from '../../store/profile-store.ts';
import { aliveMilliseconds } from '../measured-time.ts';

/** A stretch of time in which a version ran. One that was rolled back to has several. Instants in milliseconds since 1970. */
export interface VersionRun {
  readonly scope: Scope;
  readonly since: number;
  /** When it was last heard of; of one that runs, now. */
  readonly until: number;
  /** Whether the version ran before, and another one in between. */
  readonly isReturn: boolean;
}

type Span = readonly [from: number, to: number];

/** What was seen within this long is running. */
export const runningMilliseconds = 2 * 60_000;
/** A version that is away for less was started anew and not replaced. */
const leastGap = 90_000;
/** One that stopped this long before another came was still followed by it. */
const handOverMilliseconds = 10 * 60_000;

/** Of one service in one environment, what began last first. */
export function versionRuns(scopes: readonly Scope[], now: number): readonly VersionRun[] {
  const spans = new Map(scopes.map((scope) => [scope, spansOf(scope, now)]));
  const runs = scopes.flatMap((scope) => {
    const own: [number, number][] = [];
    for (const [from, to] of spans.get(scope) ?? []) {
      const last = own.at(-1);
      const isReplaced =
        last !== undefined &&
        from - last[1] >= leastGap &&
        scopes.some((other) => other !== scope && ranWithin(spans.get(other) ?? [], [last[1], from]));
      if (last === undefined || isReplaced) own.push([from, to]);
      else last[1] = Math.max(last[1], to);
    }
    return own.map(([since, until], i): VersionRun => ({ scope, since, until, isReturn: i > 0 }));
  });
  return runs.sort((one, other) => other.since - one.since || other.scope.id - one.scope.id);
}

const ranWithin = (spans: readonly Span[], [from, to]: Span): boolean =>
  spans.some(([since, until]) => Math.min(until, to) - Math.max(since, from) >= leastGap);

/** Of all instances, without overlaps, in order. */
function spansOf({ instances, firstSeen, lastSeen }: Scope, now: number): readonly Span[] {
  const all = [...instances.values()].flatMap((instance) => instanceSpans(instance, now));
  const united: [number, number][] = [];
  for (const [from, to] of all.sort(([one], [other]) => one - other)) {
    const last = united.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else united.push([from, to]);
  }
  return united.length > 0 ? united : [[firstSeen, lastSeen]];
}

/** One that does not say that it is there may run for some minutes more than was heard. */
function instanceSpans({ firstSeen, lastSeen, saysItIsThere, silences }: Instance, now: number): readonly Span[] {
  const spans: Span[] = [];
  let from = firstSeen;
  for (const [silent, heard] of silences) {
    spans.push([from, silent]);
    from = heard;
  }
  const runs = now - lastSeen <= (saysItIsThere ? runningMilliseconds : aliveMilliseconds);
  spans.push([from, runs ? now : lastSeen]);
  return spans;
}

/**
 * The version that a run is to be compared with: of those that ran when it came, or stopped shortly before, the one with the most
 * instances, else the one that ran last. undefined: nothing ran before.
 */
export function runBefore(runs: readonly VersionRun[], head: VersionRun): VersionRun | undefined {
  const before = runs.filter((run) => run.scope !== head.scope && run.since < head.since);
  const there = before.filter(({ until }) => until >= head.since - handOverMilliseconds);
  if (there.length === 0) return before.toSorted((one, other) => other.until - one.until)[0];
  const at = head.since - handOverMilliseconds;
  const size = ({ scope }: VersionRun): number =>
    [...scope.instances.values()].filter(({ firstSeen, lastSeen }) => firstSeen < head.since && lastSeen >= at).length;
  return there.toSorted((one, other) => size(other) - size(one) || other.since - one.since)[0];
}
