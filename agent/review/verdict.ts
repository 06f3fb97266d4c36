/** How much a change of a function asks to be looked at, and by which thresholds. */

export const verdicts = ['ok', 'notice', 'warning', 'severe'] as const;
export type Verdict = (typeof verdicts)[number];

export const worst = (all: readonly Verdict[]): Verdict =>
  verdicts.findLast((verdict) => all.includes(verdict)) ?? 'ok';

export const atLeast = (verdict: Verdict, threshold: Verdict): boolean =>
  verdicts.indexOf(verdict) >= verdicts.indexOf(threshold);

export const lower = (verdict: Verdict): Verdict => verdicts[Math.max(0, verdicts.indexOf(verdict) - 1)] ?? 'ok';

/** Calls a minute from which a function is on a hot path: one a second. */
export const hotCallsPerMinute = 60;
/** Operations a minute that a change adds from which that is severe: ten a second. */
export const severeOperationsPerMinute = 600;
/** A call that usually takes this long is slow, whatever it does. */
export const slowSeconds = 0.01;
/** Of a function's calls, from which it counts as failing; or so many errors in the window. */
export const failingShare = 0.001;
export const failingErrors = 10;
