import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { InstrumentOptions } from './instrument.ts';
import type { LoadedFile, PackedFile } from './loaded-file.ts';
import { PlannedFile } from './planned-file.ts';

/**
 * Modules on Node 20 to 22.14: loaders run in a thread of their own. It is given ranges of slots that this thread has
 * reserved, and tells through a port which functions it put into them.
 */
export interface HooksThreadData {
  readonly port: MessagePort;
  /** Where the sensor's files lie. */
  readonly ownFolder: string;
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly usesSourceMaps: boolean;
  readonly cache: InstrumentOptions['cache'];
  readonly probes: boolean;
  readonly slots: SlotRange;
  /** Of the process: see control/shared-level.ts. */
  readonly level: Int32Array;
}

export interface SlotRange {
  readonly first: number;
  readonly count: number;
}

export type HooksThreadMessage = { readonly file: PackedFile; readonly slotsLeft: number };

const slotsAtOnce = 32_768;

export interface OffThreadHooks {
  /** Takes in what the thread has told and no callback has delivered yet. */
  readonly receiveNow: () => void;
}

/** Starts the thread with its hooks. Throws what `module.register` throws. */
export function startOffThreadHooks(
  settings: Pick<
    HooksThreadData,
    'ownFolder' | 'root' | 'include' | 'exclude' | 'usesSourceMaps' | 'cache' | 'level' | 'probes'
  >,
  reserve: (count: number) => number | undefined,
  onLoaded: (file: LoadedFile) => void,
): OffThreadHooks {
  const { port1, port2 } = new MessageChannel();
  const range = (): SlotRange => {
    const first = reserve(slotsAtOnce);
    return { first: first ?? 0, count: first === undefined ? 0 : slotsAtOnce };
  };
  const receive = ({ file, slotsLeft }: HooksThreadMessage): void => {
    if (slotsLeft < slotsAtOnce / 2) port1.postMessage(range());
    onLoaded(PlannedFile.from(file));
  };
  port1.on('message', receive);
  port1.unref();
  const data: HooksThreadData = { ...settings, port: port2, slots: range() };
  register(pathToFileURL(join(settings.ownFolder, 'hooks-thread.js')).href, { data, transferList: [port2] });
  return {
    receiveNow: () => {
      for (;;) {
        const received = receiveMessageOnPort(port1);
        if (!received) return;
        receive(received.message);
      }
    },
  };
}
