/** Waits for a condition instead of for a time. */
import { setTimeout as sleep } from 'node:timers/promises';

const pauseMilliseconds = 100;

/**
 * Runs `check` until it does not throw, and gives what it returned. After `seconds` it throws what `check` threw last,
 * so that the message says what is still wrong.
 */
export async function eventually<Result>(
  what: string,
  check: () => Result | Promise<Result>,
  seconds = 30,
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
