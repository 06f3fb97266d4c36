/** How long functions were measured within a window: what a rate is over. */
import type { Instance, Scope, Totals, Window } from '../store/profile-store.ts';

type Span = readonly [from: number, to: number];
type Member = Pick<Totals, 'fn'>;

/** Who does not say that it is there may be silent for as long as nothing is called. */
export const aliveMilliseconds = 5 * 60_000;
/** Runs that are shorter on average are pieces of work. */
const shortMilliseconds = 30_000;
/** Twice the half minute in which a sensor says that it is there. */
const recentMilliseconds = 60_000;
/** A rate of less is not told: one call would be thousands a minute. */
const leastMilliseconds = 1_000;

/**
 * The time in which a function could be called and counted: the union of the times of its versions' instances, from when
 * the function itself was measured. A service that was down for half of the window was called by nobody then, and its rate is that of the
 * other half. Made for one answer: the spans of each version are made once for all of its functions.
 */
export class MeasuredTime {
  readonly #window: Window;
  readonly #spans = new Map<Scope, readonly Span[]>();
  /** By versions and from when on: most functions of an answer have these in common. */
  readonly #lengths = new Map<string, number>();

  constructor(window: Window) {
    this.#window = window;
  }

  /** Calls a minute of that time; `members`: the versions and texts of one function. */
  perMinute(calls: number, members: readonly Member[]): number {
    return (calls / Math.max(leastMilliseconds, this.milliseconds(members))) * 60_000;
  }

  /** In milliseconds; of the whole rest of the window where no instance is known. */
  milliseconds(members: readonly Member[]): number {
    const length = this.#known(members);
    if (length > 0) return length;
    const { since, until } = this.#window;
    const first = members.reduce((earliest, { fn }) => Math.min(earliest, fn.measuredSince), until);
    return until - Math.max(since, first);
  }

  /** Whether an instance is known that measured any of them in the window. */
  isMeasured(members: readonly Member[]): boolean {
    return this.#known(members) > 0;
  }

  #known(members: readonly Member[]): number {
    let key = '';
    for (const { fn } of members) {
      const [first] = this.#spansOf(fn.source.scope);
      key += `${fn.source.scope.id}@${first === undefined || fn.measuredSince <= first[0] ? 0 : fn.measuredSince} `;
    }
    let length = this.#lengths.get(key);
    if (length === undefined) {
      length = lengthOf(united(members.flatMap(({ fn }) => clipped(this.#spansOf(fn.source.scope), fn.measuredSince))));
      this.#lengths.set(key, length);
    }
    return length;
  }

  /** Within the window. */
  #spansOf(scope: Scope): readonly Span[] {
    let spans = this.#spans.get(scope);
    if (spans === undefined) {
      const { since, until } = this.#window;
      const runs = united([...scope.instances.values()].flatMap(spansOf)).filter(([begin]) => begin < until);
      spans = (areShort(runs, until) ? [around(runs)] : runs)
        .map(([begin, end]): Span => [Math.max(since, begin), Math.min(until, end)])
        .filter(([begin, end]) => begin < end);
      this.#spans.set(scope, spans);
    }
    return spans;
  }
}

function spansOf({ firstSeen, lastSeen, saysItIsThere, silences }: Instance): Span[] {
  const spans: Span[] = [];
  let from = firstSeen;
  for (const [silent, heard] of silences) {
    spans.push([from, silent]);
    from = heard;
  }
  spans.push([from, saysItIsThere ? lastSeen : lastSeen + aliveMilliseconds]);
  return spans;
}

/**
 * Whether these are processes that are started for a piece of work and end with it (a job of cron, a function of a cloud):
 * nothing is down between them, and a rate of only the seconds in which they ran would be far too high. One that has just
 * begun and was heard a moment ago may as well be a service.
 */
function areShort(runs: readonly Span[], until: number): boolean {
  const last = runs.at(-1);
  if (last === undefined || lengthOf(runs) / runs.length >= shortMilliseconds) return false;
  return runs.length > 1 || until - last[1] > recentMilliseconds;
}

const around = (runs: readonly Span[]): Span => [
  runs[0]?.[0] ?? 0,
  (runs.at(-1)?.[1] ?? Number.NEGATIVE_INFINITY) + aliveMilliseconds,
];

const clipped = (spans: readonly Span[], since: number): readonly Span[] =>
  (spans[0]?.[0] ?? since) >= since
    ? spans
    : spans.filter(([, end]) => end > since).map(([begin, end]): Span => [Math.max(begin, since), end]);

function united(spans: readonly Span[]): readonly Span[] {
  const apart: Span[] = [];
  for (const [begin, end] of spans.toSorted(([one], [other]) => one - other)) {
    const last = apart.at(-1);
    if (last === undefined || begin > last[1]) apart.push([begin, end]);
    else if (end > last[1]) apart[apart.length - 1] = [last[0], end];
  }
  return apart;
}

const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, [begin, end]) => sum + end - begin, 0);
