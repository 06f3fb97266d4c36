import { attributes, metrics } from '@runlens/protocol/telemetry';
import type { OperationDelta } from '../operations/recorder.ts';
import { Tally } from '../operations/tally.ts';
import type { QueueJob } from './bullmq-worker.ts';

/** Between two drains; what is beyond is not told. */
const mostKinds = 1_000;

interface Kind {
  readonly job: QueueJob;
  readonly entry: string;
  readonly errorType: string;
  readonly tally: Tally;
}

/**
 * How long jobs took, each of them, by queue, name and how it ended: `messaging.process.duration` of OpenTelemetry's
 * semantic conventions, from the call of the program's function until what it returned has settled.
 */
export class JobDurations {
  readonly #kinds = new Map<string, Kind>();

  /** `errorType` empty: it went well. */
  add(job: QueueJob, entry: string, errorType: string, seconds: number): void {
    const key = `${entry}\n${errorType}`;
    let kind = this.#kinds.get(key);
    if (!kind) {
      if (this.#kinds.size >= mostKinds) return;
      kind = { job, entry, errorType, tally: new Tally() };
      this.#kinds.set(key, kind);
    }
    kind.tally.add(seconds);
  }

  drain(): readonly OperationDelta[] {
    const deltas = [...this.#kinds.values()].map(
      ({ job, entry, errorType, tally }): OperationDelta => ({
        metric: metrics.processDuration,
        slot: -1,
        within: -1,
        attributes: [
          [attributes.messagingSystem, job.system],
          [attributes.messagingDestination, job.queue],
          [attributes.messagingOperation, 'process'],
          [attributes.entry, entry],
          ...(errorType === '' ? [] : [[attributes.errorType, errorType] as const]),
        ],
        numbers: tally.numbers(),
      }),
    );
    this.#kinds.clear();
    return deltas;
  }
}
