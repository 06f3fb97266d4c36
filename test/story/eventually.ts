/** Waits for a condition instead of for a time; the bounds are for what never comes, on a machine that is slow and busy. */
import { setTimeout as sleep } from 'node:timers/promises';

const pauseMilliseconds = 100;
const shortPauseMilliseconds = 20;
const usualSeconds = 90;

/**
 * Runs `check` until it does not throw, and gives what it returned. After `seconds` it throws what `check` threw last,
 * so that the message says what is still wrong.
 */
export async function eventually<Result>(
  what: string,
  check: () => Result | Promise<Result>,
  seconds = usualSeconds,
): Promise<Result> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) {
        const last = error instanceof Error ? error.message : String(error);
        throw new Error(`${what}: not within ${seconds} s; last: ${last}`, { cause: error });
      }
    }
    await sleep(pauseMilliseconds);
  }
}

/** Asks until there is an answer other than undefined and false, and gives it. Throws after `seconds`, and what `ask` throws. */
export async function until<Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
  seconds = usualSeconds,
): Promise<Exclude<Answer, undefined | false>> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    // Neither of the two: TypeScript does not narrow a type parameter by comparison.
    if (answer !== undefined && answer !== false) return answer as Exclude<Answer, undefined | false>;
    if (Date.now() >= deadline) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(shortPauseMilliseconds);
  }
}
