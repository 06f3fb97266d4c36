/** How often something may be started again before a person is asked. */
export declare class RestartBudget {
  #private;
  /** At most `most` restarts within any `withinMilliseconds`. */
  constructor(most: number, withinMilliseconds: number);
  /** Takes one restart out of the budget; false when it is used up. `now` in milliseconds. */
  take(now: number): boolean;
  /** How many restarts were taken lately: the basis of a back-off. */
  get taken(): number;
  /** A person asked for a start: count from zero again. */
  reset(): void;
}
//# sourceMappingURL=restart-budget.d.ts.map
