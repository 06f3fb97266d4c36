import { workerData } from 'node:worker_threads';
import { ownThreadMark } from '../own-thread.ts';
import { flushState, type LastFlush } from './last-flush.ts';
import { sendLast } from './send-last.ts';

/** The thread that sends the last numbers of a process that has no export thread; see last-flush.ts. */
// Only sendBeforeExit starts this file, with exactly this.
const task = Reflect.get(workerData, ownThreadMark) as LastFlush;
const state = new Int32Array(task.state);

function finish(result: number): void {
  Atomics.store(state, 0, result);
  Atomics.notify(state, 0);
}

sendLast(task.configuration, task.last).then(
  (sent) => finish(sent ? flushState.sent : flushState.failed),
  () => finish(flushState.failed),
);
