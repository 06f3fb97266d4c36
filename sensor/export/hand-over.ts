import { join } from 'node:path';
import { type TransferListItem, Worker } from 'node:worker_threads';
import type { Acknowledgement } from '@runlens/protocol/control';
import type { ControlState } from '../control/control.ts';
import { debug, messageOf, warn } from '../log.ts';
import type { DrainedOperations } from '../operations/operations.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import { isOwnThread, ownThreadMark } from '../own-thread.ts';
import type { ProbesNews } from '../probes/engine/messages.ts';
import { RunningShare } from '../runtime/running-share.ts';
import type { Look } from '../runtime/runtime.ts';
import type { Samples } from '../runtime/samples.ts';
import type { Export, ExportOptions } from './export.ts';
import {
  type ExportThreadData,
  endPhase,
  type FromExportThread,
  place,
  stateBytes,
  type ToExportThread,
} from './messages.ts';

export interface HandOverOptions extends ExportOptions {
  /** No thread can be started, or none has been yet and the process ends: another way, with nothing lost. */
  readonly instead: () => Export;
  /** Not the program's, which may have replaced it. */
  readonly setImmediate: typeof setImmediate;
}

/** The service's requests get their turn after so much of an export. */
const sliceMilliseconds = 0.25;
/** A piece of a text takes 0.1 ms to hand over. */
const pieceLength = 1 << 18;
/** A thread that is not there by then is not waited for. */
const longestStartMilliseconds = 30_000;
/** Samples handed over between two looks, in logs of 128 kB: what a thread that gets no core may pile up. */
const mostSamples = 256;
/** What an ending process waits for numbers to be written; then the thread says how long sending may take. */
const longestPreparationMilliseconds = 5_000;
/**
 * Little room for what lives shortly keeps the whole small: V8 would let it grow to 3 × 16 MB before it collects. The
 * other is for texts of many megabytes, whose sources have to be parsed.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 512 };

const noneDropped: ReadonlyMap<string, number> = new Map();

const { now: performanceNow } = performance;
const clock = performanceNow.bind(performance);

/**
 * Exports by a thread of its own. This one only looks at the counters, in slices, and hands over numbers; who they are
 * of, histograms, encoding, sending and the queue are the other one's. It is started by the first interval's end, and
 * nothing is handed over before it is there: until then all can still be sent in another way.
 */
export class HandOver implements Export {
  readonly #options: HandOverOptions;
  readonly #shared = new Int32Array(new SharedArrayBuffer(stateBytes));
  #worker: Worker | undefined;
  #state: 'none' | 'starting' | 'ready' | 'gone' = 'none';
  #startedAt = 0;
  #look: Look | undefined;
  /** Begun and not finished: must be, before there are others. */
  #series: Iterator<readonly OperationDelta[]> | undefined;
  /** Characters of the first file's text that were handed over. */
  #sentCharacters = 0;
  #cuts = 0;
  /** Handed out between two looks. */
  #samples = 0;
  #ended = false;
  /** Passes over all slots that were begun, and those before the pause. */
  #begun = 0;
  #begunAtPause = 0;
  #resumedAt: number | undefined;
  #spent = 0;
  readonly #running = new RunningShare();
  #observedBefore = 0;

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  flush(): void {
    if (this.#ended) return;
    if (this.#state === 'none') this.#start();
    else if (this.#state === 'ready') this.#flush();
    else if (this.#state === 'starting' && clock() - this.#startedAt > longestStartMilliseconds) {
      void this.#worker?.terminate();
      this.#failed('it took too long to start');
    }
  }

  pause(): void {
    this.#begunAtPause = this.#begun;
    this.flush();
  }

  get isSettled(): boolean {
    return this.#state === 'gone' || this.#ended || (this.#begun > this.#begunAtPause && !this.#look);
  }

  resume(at: number): void {
    // What was counted before the pause is not handed over: it is told as of one interval with what comes now.
    if (this.#state !== 'ready' || this.#begun === this.#begunAtPause) return;
    if (this.#look) this.#resumedAt = at;
    else this.#post({ kind: 'resumed', at });
  }

  tell(state: ControlState, answer?: Acknowledgement): void {
    if (this.#state === 'ready' && !this.#ended) this.#post({ kind: 'state', state, answer });
  }

  tellProbes(news: ProbesNews): void {
    if (this.#state === 'ready' && !this.#ended) this.#safely(() => this.#post({ kind: 'probes', news }));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      if (this.#state === 'ready') this.#endByThread();
      else if (this.#state !== 'gone') this.#options.instead().end();
    } catch (error) {
      debug(`the last export failed: ${messageOf(error)}`);
    }
  }

  #start(): void {
    this.#state = 'starting';
    this.#startedAt = clock();
    const { NODE_OPTIONS: _preloads, ...env } = process.env;
    const data: ExportThreadData = { settings: this.#options.settings, state: this.#shared.buffer };
    try {
      const worker = new Worker(join(__dirname, 'export-thread.cjs'), {
        name: 'runlens',
        workerData: { [ownThreadMark]: data },
        // Nothing of the service's own set-up: no preloads, no flags, no output.
        execArgv: [],
        env,
        stdin: false,
        stdout: true,
        stderr: true,
        resourceLimits,
      });
      Reflect.set(worker, isOwnThread, true);
      this.#worker = worker;
      worker.on('message', (message: FromExportThread) =>
        this.#safely(() => {
          if (message === 'ready') this.#isReady();
          else if (!this.#ended) this.#options.onRequest(message);
        }),
      );
      worker.on('error', (error) => this.#safely(() => this.#failed(messageOf(error))));
      worker.on('exit', (code) => this.#safely(() => this.#failed(`it ended with code ${code}`)));
      worker.unref();
    } catch (error) {
      this.#failed(messageOf(error));
    }
  }

  /** Nothing of this may be thrown into the program. */
  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      warn(`an export failed: ${messageOf(error)}`);
    }
  }

  #isReady(): void {
    if (this.#state !== 'starting' || this.#ended) return;
    this.#state = 'ready';
    this.tell(this.#options.state());
    this.#options.runtime.onSamples((samples) => this.#postSamples(samples));
    this.#handOver();
  }

  #failed(reason: string): void {
    if (this.#state === 'gone' || this.#ended) return;
    const wasReady = this.#state === 'ready';
    this.#state = 'gone';
    this.#options.runtime.onSamples(() => {});
    if (wasReady) {
      this.#options.onProbesLost();
      // What it had is gone with it, and whatever ended it would end the service next.
      warn(`the thread that sends numbers has ended (${reason}); this process is measured no further`);
      return;
    }
    warn(`no thread can be started to send numbers (${reason}); they are sent from the service's own`);
    this.#ended = true;
    void this.#options.instead().flush();
  }

  #flush(): void {
    // The other thread has not got to the last numbers yet: these stay in the counters, which need no more room for it.
    if (this.#look || Atomics.load(this.#shared, place.cuts) !== this.#cuts) return;
    this.#samples = 0;
    this.#handOver();
  }

  #handOver(): void {
    const look = this.#options.runtime.look();
    this.#look = look;
    this.#begun += 1;
    const turn = (): void => {
      // The end of the process looks anew.
      if (this.#ended || this.#state !== 'ready') return;
      let done = true;
      this.#safely(() => {
        const from = clock();
        const until = from + sliceMilliseconds;
        done = this.#handOverUntil(until, look) && this.#seriesUntil(until, false);
        if (!done) {
          this.#spent += clock() - from;
          return;
        }
        this.#postOperations(false);
        this.#postSlowCalls();
        this.#post({ kind: 'cut', at: this.#options.countedUntil(), spent: this.#takeSpent(from) });
        this.#cuts += 1;
        if (this.#resumedAt !== undefined) this.#post({ kind: 'resumed', at: this.#resumedAt });
        this.#resumedAt = undefined;
      });
      if (done) this.#look = undefined;
      // Not unref'd: it would wait for the next event in a service that has nothing to do. It is some milliseconds.
      else this.#options.setImmediate(turn);
    };
    turn();
  }

  /** What observing calls and handing over took since the last time; the slice that began at `from` included. */
  #takeSpent(from: number): number {
    const observed = this.#options.runtime.observedMilliseconds;
    const spent = this.#spent + (clock() - from) + observed - this.#observedBefore;
    this.#spent = 0;
    const ran = this.#running.share();
    this.#observedBefore = observed;
    return spent * ran;
  }

  /** Whether all is handed over. Files come first, each time: no number may come before the functions that it is of. */
  #handOverUntil(time: number, look: Look): boolean {
    for (;;) {
      this.#options.receive();
      while (this.#options.files.length > 0) {
        this.#postPieceOrFile();
        if (clock() > time) return false;
      }
      const parcel = look.next(time);
      if (!parcel) return true;
      const { slots, calls, inFlight, samples } = parcel;
      if (slots.length > 0 || samples.length > 0) {
        const transfer = [slots.buffer, calls.buffer, inFlight.buffer, ...buffersOf(samples)];
        this.#post({ kind: 'parcel', parcel }, transfer);
      }
      if (clock() > time) return false;
    }
  }

  /** Whether all is handed over; nothing more of it until the next `#series`. */
  #seriesUntil(time: number, last: boolean): boolean {
    this.#series ??= this.#options.series(last)[Symbol.iterator]();
    for (;;) {
      const { done, value: operations } = this.#series.next();
      if (done) break;
      if (operations.length > 0) this.#postOperationsOf({ operations, dropped: noneDropped });
      if (clock() > time) return false;
    }
    this.#series = undefined;
    return true;
  }

  #postPieceOrFile(): void {
    const [file] = this.#options.files;
    if (!file) return;
    if (this.#sentCharacters < file.text.length) {
      const text = file.text.slice(this.#sentCharacters, this.#sentCharacters + pieceLength);
      this.#post({ kind: 'text', text });
      this.#sentCharacters += text.length;
      return;
    }
    const handed = file.withoutText().handed();
    const { plan } = handed;
    const transfer = plan instanceof Uint8Array ? [plan.buffer] : [];
    this.#post({ kind: 'file', file: handed, origin: this.#options.originOf(file) }, transfer);
    this.#options.files.shift();
    this.#sentCharacters = 0;
  }

  #postOperations(last: boolean): void {
    const drained = this.#options.operations(last);
    if (drained && (drained.operations.length > 0 || drained.dropped.size > 0)) this.#postOperationsOf(drained);
  }

  #postSlowCalls(): void {
    const calls = this.#options.slowCalls();
    if (calls.length > 0) this.#post({ kind: 'slowCalls', calls });
  }

  #postOperationsOf(drained: DrainedOperations): void {
    // They may be of functions that were loaded a moment ago.
    this.#options.receive();
    while (this.#options.files.length > 0) this.#postPieceOrFile();
    this.#post({ kind: 'operations', drained });
  }

  /** Called between two lines of the program. */
  #postSamples(samples: readonly Samples[]): void {
    this.#samples += samples.length;
    // Others stand for their calls.
    if (this.#samples > mostSamples) return;
    try {
      this.#post({ kind: 'samples', samples }, buffersOf(samples));
    } catch (error) {
      debug(`samples could not be handed over: ${messageOf(error)}`);
    }
  }

  #post(message: ToExportThread, transfer: readonly TransferListItem[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #endByThread(): void {
    this.#handOverUntil(Number.POSITIVE_INFINITY, this.#options.runtime.look());
    if (this.#series) this.#seriesUntil(Number.POSITIVE_INFINITY, true);
    this.#seriesUntil(Number.POSITIVE_INFINITY, true);
    this.#postOperations(true);
    this.#postSlowCalls();
    this.#post({ kind: 'end', at: this.#options.countedUntil() });
    const state = this.#shared;
    const { phase, limitMilliseconds } = place;
    if (Atomics.wait(state, phase, endPhase.preparing, longestPreparationMilliseconds) === 'timed-out') {
      debug(`the last numbers were not written within ${longestPreparationMilliseconds} ms`);
      return;
    }
    const limit = Atomics.load(state, limitMilliseconds);
    if (Atomics.wait(state, phase, endPhase.sending, limit) === 'timed-out') {
      debug(`the last numbers were not sent within ${limit} ms`);
    }
  }
}

const buffersOf = (samples: readonly Samples[]): TransferListItem[] =>
  samples.flatMap(({ slot, weight, milliseconds, tag }) => [
    slot.buffer,
    weight.buffer,
    milliseconds.buffer,
    tag.buffer,
  ]);
