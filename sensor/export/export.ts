import type { Acknowledgement } from '@runlens/protocol/control';
import type { SlowCall } from '../conditions/slowest-calls.ts';
import type { Configuration } from '../configuration.ts';
import type { ControlState } from '../control/control.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import type { DrainedOperations } from '../operations/operations.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import type { ProbesNews } from '../probes/engine/messages.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { FromExportThread } from './messages.ts';

/** What becomes of the numbers: `Session` sends them from this thread, `HandOver` from one of its own. */
export interface Export {
  /** To be called at the end of each interval. Never throws or rejects. */
  flush(): void | Promise<void>;
  /** Nothing is counted any more: sends what was counted until now, by further flushes if need be. Never throws. */
  pause(): void;
  /** Whether all that was counted until the pause is handed over. */
  readonly isSettled: boolean;
  /** It is counted again since then; milliseconds since 1970. */
  resume(at: number): void;
  /** What the sensor does now has changed; `answer`: to the collector that asked for it. */
  tell(state: ControlState, answer?: Acknowledgement): void;
  /** What probes have seen. */
  tellProbes(news: ProbesNews): void;
  /** Sends all that is left and waits for it: to be called when the process ends, once. Never throws. */
  end(): void;
}

/** What is known from the start. Crosses threads. */
export interface ServiceSettings {
  readonly configuration: Configuration;
  readonly root: string;
  /** The folder of the program, by which the service's package is found. */
  readonly programFolder: string;
  /** Where the sensor's files lie. */
  readonly ownFolder: string;
  /** Milliseconds since 1970 from which on calls were counted. */
  readonly start: number;
  readonly sensorVersion: string;
  /** `service.instance.id`, where nobody has set one. */
  readonly instanceId: string;
  /** 0: the main thread. */
  readonly threadId: number;
}

/**
 * Who has loaded a file: this thread; a worker thread that has ended, whose last numbers this one tells; or one that
 * runs and tells its numbers by itself, so that only its places are known here.
 */
export type FileOrigin = 'own' | 'endedThread' | 'runningThread';

export interface ExportOptions {
  readonly settings: ServiceSettings;
  readonly runtime: Pick<Runtime, 'look' | 'onSamples' | 'drain' | 'conditions' | 'observedMilliseconds'>;
  /** What was loaded and nobody knows of yet: taken out from the front. */
  readonly files: LoadedFile[];
  readonly originOf: (file: LoadedFile) => FileOrigin;
  /** Brings in files that another thread has loaded and no callback has told of yet. */
  readonly receive: () => void;
  /** Queries and calls out since the last time; nothing while there were none. `last`: the process is ending. */
  readonly operations: (last: boolean) => DrainedOperations | undefined;
  /** Calls by caller and entry, and errors by kind, since the last time, in parts that all have to be taken. */
  readonly series: (last: boolean) => Iterable<readonly OperationDelta[]>;
  /** The slowest calls since the last time. */
  readonly slowCalls: () => readonly SlowCall[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Until when it was counted: now, or the moment at which it was switched off. */
  readonly countedUntil: () => number;
  /** What the sensor does now. */
  readonly state: () => ControlState;
  /** Nobody is there any more who would tell what to do about probes. */
  readonly onProbesLost: () => void;
  /** Told what the collector or the sensor's own cost asks for. */
  readonly onRequest: (request: ControlRequest) => void;
}

export type ControlRequest = Exclude<FromExportThread, 'ready'>;
