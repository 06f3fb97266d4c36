import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ExporterConfiguration } from '../configuration.ts';
import { messageOf } from '../log.ts';
import { isOwnThread, ownThreadMark } from '../own-thread.ts';
import type { LastRequests } from './send-last.ts';

/** What the thread of the last flush is given. */
export interface LastFlush {
  readonly configuration: ExporterConfiguration;
  readonly last: LastRequests;
  /** One Int32: `waiting` until the thread is done. */
  readonly state: SharedArrayBuffer;
}

export const flushState = { waiting: 0, sent: 1, failed: 2 } as const;

/**
 * Sends requests while the process is ending, when no callback of this thread runs any more: another thread does it and
 * this one waits, at most `limitMilliseconds`. Returns what went wrong, or nothing.
 */
export function sendBeforeExit(configuration: ExporterConfiguration, last: LastRequests): string | undefined {
  const { limitMilliseconds } = last;
  const state = new SharedArrayBuffer(4);
  const task: LastFlush = { configuration, last, state };
  try {
    const worker = new Worker(join(__dirname, 'last-flush-thread.cjs'), {
      workerData: { [ownThreadMark]: task },
      // Nothing of the service's own set-up: no preloads, no flags, no output.
      execArgv: [],
      env: {},
      stdin: false,
      stdout: true,
      stderr: true,
    });
    Reflect.set(worker, isOwnThread, true);
    worker.unref();
    const result = Atomics.wait(new Int32Array(state), 0, flushState.waiting, limitMilliseconds);
    if (result === 'timed-out') return `not done within ${limitMilliseconds} ms`;
    return Atomics.load(new Int32Array(state), 0) === flushState.sent ? undefined : 'the collector did not take them';
  } catch (error) {
    return messageOf(error);
  }
}
