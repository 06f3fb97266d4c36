import { BroadcastChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { LoadedFile, PackedFile } from '../load/loaded-file.ts';
import { PlannedFile } from '../load/planned-file.ts';
import { type SharedCounters, untoldCalls } from '../runtime/shared-counters.ts';

/**
 * A worker thread that is terminated runs no line more: what it counted since its last export would be lost. So it counts in
 * memory that its parent can read, and tells it which functions its slots are; the parent tells the rest as its own.
 */

/** Posted by worker threads to all others; only the parent of the thread takes it. */
type FromThread =
  | { readonly thread: number; readonly counters: SharedCounters }
  | { readonly thread: number; readonly file: PackedFile };

const channelName = 'runlens.sensor.threads';

/** In a worker thread of the service. */
export class ThreadReport {
  readonly #thread: number;
  readonly #counters: SharedCounters;
  readonly #channel = new BroadcastChannel(channelName);

  constructor(thread: number, counters: SharedCounters) {
    this.#thread = thread;
    this.#counters = counters;
    this.#channel.unref();
    this.#post({ thread, counters });
  }

  add(file: LoadedFile): void {
    this.#post({ thread: this.#thread, file: file.packed() });
  }

  /** The process ends, and the parent tells what is left: this thread must tell nothing more. */
  get isClaimed(): boolean {
    return Atomics.load(this.#counters.claimed, 0) !== 0;
  }

  #post(message: FromThread): void {
    this.#channel.postMessage(message);
  }
}

export interface ThreadsOptions {
  /** Slots of this thread; undefined: there are too few. */
  readonly reserve: (count: number) => number | undefined;
  /** Calls of a slot of this thread that another thread counted. */
  readonly count: (slot: number, calls: number) => void;
  /** A file whose functions another thread counted, by slots of this thread. */
  readonly onFile: (file: LoadedFile) => void;
  /** A file that a thread has loaded, the first time; its slots are that thread's. */
  readonly onLoaded: (file: LoadedFile) => void;
  /** Runs what an event brings. */
  readonly guarded: (work: () => void) => void;
}

/** Slots of this thread, and what they were made of. */
interface Range {
  readonly slot: number;
  readonly plan: Uint8Array;
  readonly text: string;
}

interface Child {
  counters: SharedCounters | undefined;
  readonly files: PackedFile[];
}

/** Files of threads that are told of. */
const mostLoaded = 20_000;
/** Messages looked at when a thread has ended, at most. */
const mostMessages = 100_000;

/** In a thread that starts worker threads: what those that end leave untold is added to this one's own. */
export class Threads {
  readonly #options: ThreadsOptions;
  readonly #children = new Map<number, Child>();
  /** By path. */
  readonly #known = new Map<string, readonly Range[]>();
  /** Paths that were told. */
  readonly #loaded = new Set<string>();
  #channel: BroadcastChannel | undefined;

  constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  /** The process ends: what threads that still run have counted is told by this one. */
  takeAll(): void {
    this.#receive();
    for (const child of this.#children.values()) {
      if (child.counters) Atomics.store(child.counters.claimed, 0, 1);
      this.#take(child);
    }
    this.#children.clear();
  }

  /** To be called before the thread runs its first line. */
  started(worker: Worker): void {
    const { threadId } = worker;
    this.#listen();
    this.#children.set(threadId, { counters: undefined, files: [] });
    worker.once('exit', () =>
      this.#options.guarded(() => {
        this.#receive();
        const child = this.#children.get(threadId);
        this.#children.delete(threadId);
        if (child) this.#take(child);
      }),
    );
  }

  #listen(): void {
    if (this.#channel) return;
    const channel = new BroadcastChannel(channelName);
    channel.onmessage = ({ data }: { readonly data: unknown }) => this.#options.guarded(() => this.#takeIn(data));
    // Again: a handler keeps the process alive.
    channel.unref();
    this.#channel = channel;
  }

  /** What was posted and no callback has told of yet. */
  #receive(): void {
    if (!this.#channel) return;
    // Node's documentation allows both; its types know only ports.
    const port = this.#channel as unknown as MessagePort;
    for (let count = 0; count < mostMessages; count += 1) {
      const received: { readonly message: unknown } | undefined = receiveMessageOnPort(port);
      if (!received) return;
      this.#takeIn(received.message);
    }
  }

  #takeIn(message: unknown): void {
    // Only ThreadReport posts on this channel.
    const from = message as FromThread;
    const child = this.#children.get(from.thread);
    if (!child) return;
    if ('counters' in from) child.counters = from.counters;
    else {
      child.files.push(from.file);
      this.#tellLoaded(from.file);
    }
  }

  #tellLoaded(packed: PackedFile): void {
    const { path } = packed;
    if (this.#loaded.has(path) || this.#loaded.size >= mostLoaded) return;
    this.#loaded.add(path);
    // A copy: who takes it in gives it away.
    this.#options.onLoaded(PlannedFile.from({ ...packed, plan: packed.plan.slice() }));
  }

  #take({ counters, files }: Child): void {
    if (!counters) return;
    for (const packed of files) {
      const file = PlannedFile.from(packed);
      const { length } = file.functions;
      const calls = Array.from({ length }, (_, index) => untoldCalls(counters, packed.firstSlot + index));
      if (!calls.some((count) => count > 0)) continue;
      const first = this.#slotsOf(packed, length);
      if (first === undefined) continue;
      calls.forEach((count, index) => {
        if (count > 0) this.#options.count(first + index, count);
      });
    }
  }

  /** One range for all threads that loaded the same text from the same file. */
  #slotsOf(packed: PackedFile, functions: number): number | undefined {
    const { path, text, plan } = packed;
    const ranges = this.#known.get(path) ?? [];
    const known = ranges.find((range) => range.text === text && Buffer.compare(range.plan, plan) === 0);
    if (known) return known.slot;
    const slot = this.#options.reserve(functions);
    if (slot === undefined) return undefined;
    this.#known.set(path, [...ranges, { slot, plan, text }]);
    this.#options.onFile(PlannedFile.from({ ...packed, firstSlot: slot }));
    return slot;
  }
}
