/** What production did just before, to compare with: the window of the same length that ends where the asked one begins. */
import { formatCount, formatSeconds, formatShare } from '@runlens/protocol';
import { z } from 'zod';

interface Window {
  readonly since: string;
  readonly until: string;
}

export function windowBefore({ since, until }: Window): Window {
  const length = Date.parse(until) - Date.parse(since);
  return { since: new Date(Date.parse(since) - length).toISOString(), until: since };
}

/** The numbers that are compared; several functions are summed. `p99`: of the one function, in seconds. */
export const totalsSchema = z.object({
  calls: z.number(),
  errors: z.number(),
  p50: z.number().nullable(),
  p99: z.number().nullable(),
});
export type Totals = z.output<typeof totalsSchema>;

interface Numbers {
  readonly calls: number;
  readonly errors: number;
  readonly duration: { readonly p50: number; readonly p99: number } | null;
}

export function totalsOf(profiles: readonly Numbers[]): Totals {
  const [only] = profiles;
  const one = profiles.length === 1 ? only?.duration : undefined;
  return {
    calls: profiles.reduce((sum, { calls }) => sum + calls, 0),
    errors: profiles.reduce((sum, { errors }) => sum + errors, 0),
    p50: one?.p50 ?? null,
    p99: one?.p99 ?? null,
  };
}

/** Changes below this are told as none: they are within what sampled durations and load vary by. */
const leastRatio = 1.25;

/** `as long before: 40k calls (now ×1.5), 0.1 % errors (now 0.4 %), p99 60 ms (now ×2)`; what is about the same has no `now`. */
export function baselineWords(now: Totals, before: Totals | undefined): string {
  if (before === undefined || before.calls === 0) return 'as long before: no calls, so nothing to compare with';
  const [rate, rateNow] = [errorRate(before), errorRate(now)];
  const sameRate = formatShare(rate) === formatShare(rateNow);
  const parts = [
    `${formatCount(before.calls)} calls${ratioWords(now.calls / before.calls)}`,
    rate === 0 && rateNow === 0
      ? 'no errors'
      : `${formatShare(rate)} errors${sameRate ? '' : ` (now ${formatShare(rateNow)})`}`,
    ...(before.p99 !== null && now.p99 !== null
      ? [`p99 ${formatSeconds(before.p99)}${ratioWords(now.p99 / before.p99)}`]
      : []),
  ];
  if (parts.every((part) => !part.includes('(now'))) parts.push('now about the same');
  return `as long before: ${parts.join(', ')}`;
}

/** What got clearly worse, for a verdict; undefined: nothing that is known. */
export function worseWords(now: Totals, before: Totals | undefined): string | undefined {
  if (before === undefined || before.calls === 0 || now.calls === 0) return undefined;
  const worse = [
    ...(before.p99 !== null && now.p99 !== null && before.p99 > 0 && now.p99 / before.p99 >= 1.5
      ? [`p99 is ${times(now.p99 / before.p99)} what it was`]
      : []),
    ...(now.errors >= 5 && errorRate(now) >= 2 * errorRate(before) && errorRate(now) - errorRate(before) >= 0.001
      ? [`errors rose from ${formatShare(errorRate(before))} to ${formatShare(errorRate(now))}`]
      : []),
  ];
  return worse.length === 0 ? undefined : worse.join(', ');
}

const errorRate = ({ calls, errors }: Totals): number => (calls === 0 ? 0 : errors / calls);

/** Empty where it is about the same. */
function ratioWords(ratio: number): string {
  return ratio < leastRatio && ratio > 1 / leastRatio ? '' : ` (now ${times(ratio)})`;
}

const times = (ratio: number): string => (Number.isFinite(ratio) ? `×${Number(ratio.toPrecision(2))}` : 'more');
