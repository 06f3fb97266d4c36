import type { Acknowledgement } from '@runlens/protocol/control';
import type { SensorLevel } from '@runlens/protocol/control-names';
import type { SlowCall } from '../conditions/slowest-calls.ts';
import type { ControlState, SlotRange } from '../control/control.ts';
import type { HandedFile } from '../load/loaded-file.ts';
import type { DrainedOperations } from '../operations/operations.ts';
import type { EngineCode } from '../probes/engine/engine-loading.ts';
import type { ProbesNews, ProbesOrder } from '../probes/engine/messages.ts';
import type { Samples } from '../runtime/samples.ts';
import type { Parcel } from '../runtime/tallies.ts';
import type { FileOrigin, ServiceSettings } from './export.ts';

/** What the service's thread and the export thread tell each other. */

/** In the export thread's `workerData`. */
export interface ExportThreadData {
  readonly settings: ServiceSettings;
  /** Int32 by `place`. */
  readonly state: SharedArrayBuffer;
}

/** In order; a file comes before the first numbers of its functions. */
export type ToExportThread =
  /** The next piece of the next file's text: one message with a bundle of megabytes would stop the service. */
  | { readonly kind: 'text'; readonly text: string }
  /** Its text is empty; the pieces before are it. */
  | { readonly kind: 'file'; readonly file: HandedFile; readonly origin: FileOrigin }
  | { readonly kind: 'parcel'; readonly parcel: Parcel }
  | { readonly kind: 'samples'; readonly samples: readonly Samples[] }
  | { readonly kind: 'operations'; readonly drained: DrainedOperations }
  | { readonly kind: 'slowCalls'; readonly calls: readonly SlowCall[] }
  /** An interval has ended; `at`: milliseconds since 1970; `spent`: milliseconds that the sensor took in this thread. */
  | { readonly kind: 'cut'; readonly at: number; readonly spent: number }
  /** Nothing was measured since the last cut; from now on it is. */
  | { readonly kind: 'resumed'; readonly at: number }
  | { readonly kind: 'state'; readonly state: ControlState; readonly answer: Acknowledgement | undefined }
  | { readonly kind: 'probes'; readonly news: ProbesNews }
  /** The process ends, and waits. Nothing follows. */
  | { readonly kind: 'end'; readonly at: number };

export type FromExportThread =
  | 'ready'
  /** The collector asks for it, and waits for a `state` with the answer. */
  | { readonly kind: 'switch'; readonly id: string; readonly on: boolean }
  | { readonly kind: 'probes'; readonly orders: readonly ProbesOrder[] }
  /** Before the first probe is placed. */
  | { readonly kind: 'probes-engine'; readonly code: EngineCode }
  /** What the sensor costs allows no more than this. */
  | {
      readonly kind: 'limit';
      readonly level: Exclude<SensorLevel, 'off'>;
      /** Files of which nothing is measured, at `files-off`. */
      readonly left: readonly SlotRange[];
    };

/** What the service's thread can see of the other without being told. */
export const place = {
  /** Of the end of the process: `endPhase`. */
  phase: 0,
  limitMilliseconds: 1,
  /** How many cuts were taken in. */
  cuts: 2,
} as const;
export const stateBytes = 12;
export const endPhase = {
  /** Of what was handed over not all is written into requests yet. */
  preparing: 0,
  /** It may take `limitMilliseconds`. */
  sending: 1,
  done: 2,
  /** The thread has ended by itself. */
  gone: 3,
} as const;
