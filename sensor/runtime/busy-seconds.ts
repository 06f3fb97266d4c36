/** Captured before a program can replace them. */
const now = performance.now.bind(performance);
const eventLoopUtilization = performance.eventLoopUtilization.bind(performance);

/**
 * Seconds in which this thread was not idle, since it began: what its budgets go by. Its event loop counts the time that it
 * waits; before the loop has begun there is none. Not `process.cpuUsage`: that is a call of the operating system, which is
 * too dear on some virtual machines to be made as often as budgets look.
 */
export function busySeconds(): number {
  return (now() - eventLoopUtilization().idle) / 1_000;
}
