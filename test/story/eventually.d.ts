/**
 * Runs `check` until it does not throw, and gives what it returned. After `seconds` it throws what `check` threw last,
 * so that the message says what is still wrong.
 */
export declare function eventually<Result>(
  what: string,
  check: () => Result | Promise<Result>,
  seconds?: number,
): Promise<Result>;
/** Asks until there is an answer other than undefined and false, and gives it. Throws after `seconds`, and what `ask` throws. */
export declare function until<Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
  seconds?: number,
): Promise<Exclude<Answer, undefined | false>>;
//# sourceMappingURL=eventually.d.ts.map
