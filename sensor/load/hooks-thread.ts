import { receiveMessageOnPort } from 'node:worker_threads';
import { notSeen, sensorLevels } from '../control/control.ts';
import { firstPartyFilter } from './first-party.ts';
import { Instrumenter } from './instrument.ts';
import { withCounters } from './modules.ts';
import type { HooksThreadData, HooksThreadMessage, SlotRange } from './off-thread.ts';

/** The hooks that `module.register` runs in the loaders' own thread; see off-thread.ts. */
let hooks: Parameters<typeof withCounters>[0] | undefined;
let save: NodeJS.Timeout | undefined;
/** Nobody waits for this thread while nothing is loaded, and it is not told when the process ends: plans are kept soon. */
const saveAfterMilliseconds = 100;
const off = sensorLevels.indexOf('off');

export function initialize(data: HooksThreadData): void {
  const { port, usesSourceMaps } = data;
  const slots = new SlotRanges(data.slots, () => receiveMessageOnPort(port)?.message);
  const isFirstParty = firstPartyFilter(data);
  const instrumenter = new Instrumenter({
    reserve: (count) => slots.reserve(count),
    isFirstParty,
    root: data.root,
    usesSourceMaps: () => usesSourceMaps,
    cache: data.cache,
    probes: data.probes,
    onLoaded: (file) => port.postMessage({ file: file.packed(), slotsLeft: slots.left } satisfies HooksThreadMessage),
  });
  port.unref();
  save = setTimeout(() => instrumenter.save(), saveAfterMilliseconds).unref();
  hooks = {
    isFirstParty,
    instrument: (loaded) => {
      if (Atomics.load(data.level, 0) !== off) return instrumenter.instrument(loaded);
      instrumenter.leaveOut(loaded.path, notSeen);
      return undefined;
    },
  };
}

export async function load(
  url: string,
  context: object,
  nextLoad: (url: string, context: object) => Promise<object>,
): Promise<object> {
  const result = await nextLoad(url, context);
  save?.refresh();
  return hooks ? withCounters(hooks, url, result) : result;
}

/** Slots that the main thread reserved for this one, given out in order. */
class SlotRanges {
  readonly #more: () => SlotRange | undefined;
  #next: number;
  #end: number;
  #spare: SlotRange | undefined;

  constructor(first: SlotRange, more: () => SlotRange | undefined) {
    this.#next = first.first;
    this.#end = first.first + first.count;
    this.#more = more;
  }

  get left(): number {
    return this.#end - this.#next + (this.#spare?.count ?? 0);
  }

  reserve(count: number): number | undefined {
    this.#spare ??= this.#more();
    if (this.#next + count > this.#end) {
      if (!this.#spare || this.#spare.count < count) return undefined;
      this.#next = this.#spare.first;
      this.#end = this.#spare.first + this.#spare.count;
      this.#spare = undefined;
    }
    const first = this.#next;
    this.#next += count;
    return first;
  }
}
