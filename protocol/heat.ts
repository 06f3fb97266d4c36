/** How hot a function is within its service: its share of the time that all measured functions took. */

export type Heat = 0 | 1 | 2 | 3 | 4;

/** The least share of the service's time for each degree, hottest first. Durations count what a function calls, too. */
const heatThresholds = [
  [0.05, 4],
  [0.01, 3],
  [0.001, 2],
] as const;

/** Of a function that is called: 1 to 4. */
export const heatOfShare = (share: number): Exclude<Heat, 0> =>
  heatThresholds.find(([least]) => share >= least)?.[1] ?? 1;
