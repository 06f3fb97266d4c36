import { existsSync, openSync, readSync } from 'node:fs';

/**
 * How long this thread has waited for a core, by Linux's scheduler (Documentation/scheduler/sched-stats.rst); 0 elsewhere.
 * Its CPU time would be told in steps of a tick only, 4 ms.
 */
export function waitedMilliseconds(): () => number {
  const path = '/proc/thread-self/schedstat';
  if (!existsSync(path)) return () => 0;
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(128);
  return () => {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return Number(bytes.toString('latin1', 0, length).split(' ')[1]) / 1e6;
  };
}
