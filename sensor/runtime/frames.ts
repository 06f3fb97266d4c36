import { fileURLToPath } from 'node:url';
import type { LoadedFile } from '../load/loaded-file.ts';
import { functionKinds, functionRows, row, rowLength } from '../transform/function-rows.ts';
import type { FunctionKind } from '../transform/plan.ts';

/**
 * Which first-party functions are on the stack right now, from the innermost outwards, across `await` as far as V8
 * tells. Between two of them may stand code that is not measured.
 */
export type CallPath = readonly number[];

/** A stack as far as it was looked at. */
export interface Stack {
  readonly path: CallPath;
  /** All of it was looked at, as far as V8 tells. */
  readonly isWhole: boolean;
  /** It stands on one of Node's timers: nothing is left of who had set it. */
  readonly isTimer: boolean;
  /** One of the packages that run functions by a schedule is on it. */
  readonly isScheduled: boolean;
}

export interface FramesOptions {
  readonly isFirstParty: (path: string) => boolean;
  /** Takes in files that another thread has loaded and nobody has told of yet. */
  readonly receive?: () => void;
}

/** A function on the stack: what it calls, and itself, is left out. */
export type Below = (...args: never[]) => unknown;

/** What is known of a file whose text holds counters, for finding functions by their place. */
export type IndexedFile = Pick<LoadedFile, 'path' | 'firstSlot' | 'functions' | 'shifts'> &
  // Without making an object of each function first.
  Partial<Pick<LoadedFile, 'rows'>>;

/** A place in a text as it was loaded, before counters. */
export interface Place {
  /** 1-based. */
  readonly line: number;
  /** UTF-16 units. */
  readonly offset: number;
}

/** Places kept for one script; a place is a call in its text, so there are not many. */
const mostPlaces = 10_000;
/** Scripts kept: also those that are no first-party file, such as the many of `node_modules`. */
const mostScripts = 20_000;
const schedulerFile = /[\\/]node_modules[\\/](?:node-cron|cron|node-schedule)[\\/]/;
/** Files of such packages that are looked for on a stack. */
const mostSchedulers = 200;
const nobody = -1;
const none: CallPath = [];
/** A function's head, from its first token to its parameters, is not longer, in lines. */
const longestHead = 50;

/** Captured before a program can replace them. */
const { captureStackTrace } = Error;
const { isArray } = Array;
const set = Reflect.set;

/** Gives V8's own frames, as they are, where a text would be made of them. */
const asTheyAre = (_error: unknown, frames: unknown): unknown => frames;

/**
 * Tells who asks: turns the stack into the slots of the first-party functions on it.
 *
 * A capture costs 2 to 10 µs, by its depth (`npm run bench -- frames`). V8's structured frames are read through
 * `Error.prepareStackTrace`, which is set for the length of one property access, in which no code of the program runs, and
 * set back: the program's own, or Node's for source maps, are neither called nor lost. `util.getCallSites` needs none of
 * that, but costs twice as much, gives lines and columns instead of offsets, and is not there on Node 20.
 */
export class Frames {
  readonly #options: FramesOptions;
  readonly #files = new Map<string, IndexedFile>();
  readonly #scripts = new Map<string, Script | null>();
  /** Names of scripts of the packages that run functions by a schedule. */
  readonly #schedulers = new Set<string>();
  /** Of functions that are not plain ones. */
  readonly #kinds = new Map<number, FunctionKind>();

  constructor(options: FramesOptions) {
    this.#options = options;
  }

  add(file: IndexedFile): void {
    this.#files.set(file.path, file);
    this.#scripts.delete(file.path);
    for (const [name, script] of this.#scripts) if (script?.path === file.path) this.#scripts.delete(name);
  }

  /**
   * The functions on the stack below `below`, of the innermost `limit` frames. Empty: none of them is measured, or the
   * stack cannot be read. Never throws.
   */
  capture(below: Below, limit: number): CallPath {
    return this.#pathOf(framesBelow(below, limit));
  }

  /** The same, and what is known of the stack besides. */
  look(below: Below, limit: number): Stack {
    const frames = framesBelow(below, limit);
    const isWhole = frames.length < limit;
    const path = this.#pathOf(frames);
    const isScheduled =
      this.#schedulers.size > 0 && frames.some((frame) => this.#schedulers.has(frame.getFileName() ?? ''));
    return { path, isWhole, isTimer: isWhole && standsOnTimer(frames), isScheduled };
  }

  #pathOf(frames: readonly NodeJS.CallSite[]): CallPath {
    const path: number[] = [];
    for (const frame of frames) {
      const slot = this.#slotOf(frame);
      if (slot >= 0) path.push(slot);
    }
    return path.length === 0 ? none : path;
  }

  /** Whether a function that was captured has `await` or `yield`, so that its calls may overlap. */
  mayRest(slot: number): boolean {
    return this.kindOf(slot) !== 'sync';
  }

  /** Of a function that was captured. */
  kindOf(slot: number): FunctionKind {
    return this.#kinds.get(slot) ?? 'sync';
  }

  /** Where in a function the innermost of these frames that is of it stands; nothing where none is. */
  placeIn(frames: readonly NodeJS.CallSite[], slot: number): Place | undefined {
    for (const frame of frames) if (this.#slotOf(frame) === slot) return this.#scriptOf(frame)?.placeOf(frame);
    return undefined;
  }

  #slotOf(frame: NodeJS.CallSite): number {
    return this.#scriptOf(frame)?.slotOf(frame) ?? nobody;
  }

  #scriptOf(frame: NodeJS.CallSite): Script | null {
    const name = frame.getFileName();
    if (typeof name !== 'string') return null;
    let script = this.#scripts.get(name);
    if (script === undefined) {
      script = this.#script(name);
      if (this.#scripts.size >= mostScripts) this.#scripts.clear();
      this.#scripts.set(name, script);
    }
    return script;
  }

  #script(name: string): Script | null {
    // Node's own, and code that comes from no file.
    if (name.startsWith('node:') || name === '') return null;
    const path = pathOf(name);
    if (path === undefined) return null;
    if (!this.#options.isFirstParty(path)) {
      if (schedulerFile.test(path) && this.#schedulers.size < mostSchedulers) this.#schedulers.add(name);
      return null;
    }
    if (!this.#files.has(path)) this.#options.receive?.();
    const file = this.#files.get(path);
    return file && (file.rows || file.functions.length > 0) ? new Script(file, this.#kinds) : null;
  }
}

/** One text that runs: finds the function around a place of it. */
class Script {
  readonly path: string;
  readonly #file: IndexedFile;
  readonly #kinds: Map<number, FunctionKind>;
  readonly #isTyped: boolean;
  /** By place in the text with counters. */
  readonly #slots = new Map<number, number>();
  #places: Places | undefined;

  constructor(file: IndexedFile, kinds: Map<number, FunctionKind>) {
    this.#kinds = kinds;
    this.path = file.path;
    this.#file = file;
    this.#isTyped = /\.[cm]?tsx?$/i.test(file.path);
  }

  slotOf(frame: NodeJS.CallSite): number {
    // Beside the line and the column, V8 tells the offset into the text: no line need be looked for.
    const place = frame.getPosition();
    let slot = this.#slots.get(place);
    if (slot === undefined) {
      slot = this.#find(frame, place);
      if (this.#slots.size >= mostPlaces) this.#slots.clear();
      this.#slots.set(place, slot);
    }
    return slot;
  }

  /** Of a frame of one of its functions. */
  placeOf(frame: NodeJS.CallSite): Place {
    this.#places ??= new Places(this.#file);
    return { line: frame.getLineNumber() ?? 0, offset: this.#places.withoutCounters(frame.getPosition()) };
  }

  #find(frame: NodeJS.CallSite, place: number): number {
    this.#places ??= new Places(this.#file);
    const index = this.#places.functionAround(place);
    if (index < 0) return nobody;
    if (this.#isTyped && !isWhereItWas(frame, this.#places.lineOf(index))) return nobody;
    const slot = this.#file.firstSlot + index;
    const kind = this.#places.kindOf(index);
    if (kind !== 'sync') this.#kinds.set(slot, kind);
    return slot;
  }
}

/** A loader that comes after the sensor's makes another text of a typed one, in which a place means another thing. */
function isWhereItWas(frame: NodeJS.CallSite, planned: number): boolean {
  const line: unknown = Reflect.apply(Reflect.get(frame, 'getEnclosingLineNumber') ?? frame.getLineNumber, frame, []);
  return typeof line === 'number' && line >= planned && line <= planned + longestHead;
}

/**
 * From places in the text with counters to functions of the text without. Keeps numbers only: of a service with many files
 * nearly all of them come to have one.
 */
export class Places {
  readonly #shifts: Int32Array;
  /** What stands before each shift, in the text with counters. */
  readonly #starts: Int32Array;
  /** By where functions start; of two that start at one place, the inner is later. */
  readonly #rows: Int32Array;
  /** Of each function its row. */
  readonly #rowOf: Int32Array;

  constructor(file: IndexedFile) {
    const { shifts } = file;
    this.#shifts = shifts;
    this.#starts = new Int32Array(shifts.length / 2);
    let inserted = 0;
    for (let i = 0; i < this.#starts.length; i += 1) {
      this.#starts[i] = (shifts[2 * i] ?? 0) + inserted;
      inserted += shifts[2 * i + 1] ?? 0;
    }
    this.#rows = file.rows ? file.rows() : functionRows(file.functions);
    this.#rowOf = new Int32Array(this.#rows.length / rowLength);
    for (let at = 0; at < this.#rowOf.length; at += 1) this.#rowOf[this.#at(at, row.index)] = at;
  }

  lineOf(index: number): number {
    return this.#at(this.#rowOf[index] ?? -1, row.line);
  }

  kindOf(index: number): FunctionKind {
    return functionKinds[this.#at(this.#rowOf[index] ?? -1, row.kind)] ?? 'sync';
  }

  #at(place: number, column: number): number {
    return this.#rows[place * rowLength + column] ?? 0;
  }

  /** The index of the innermost function around a place, or -1. */
  functionAround(place: number): number {
    const offset = this.withoutCounters(place);
    const after = firstAfter(this.#rowOf.length, (i) => this.#at(i, row.start), offset);
    for (let i = after - 1; i >= 0; i -= 1) {
      if (this.#at(i, row.start) <= offset && offset < this.#at(i, row.end)) return this.#at(i, row.index);
    }
    return -1;
  }

  /** Whether it lies in what was inserted: of a frame, that it runs in a twin. */
  isInserted(place: number): boolean {
    const at = firstAfter(this.#starts.length, (i) => this.#starts[i] ?? 0, place) - 1;
    return at >= 0 && place < (this.#starts[at] ?? 0) + (this.#shifts[2 * at + 1] ?? 0);
  }

  /** The same place in the text without counters. */
  withoutCounters(place: number): number {
    const starts = this.#starts;
    const at = firstAfter(starts.length, (i) => starts[i] ?? 0, place) - 1;
    if (at < 0) return place;
    const offset = this.#shifts[2 * at] ?? 0;
    // Within what was inserted: where it was inserted.
    return offset + Math.max(0, place - (starts[at] ?? 0) - (this.#shifts[2 * at + 1] ?? 0));
  }
}

/** How many of `length` ascending values are at most `value`. */
function firstAfter(length: number, valueAt: (index: number) => number, value: number): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (valueAt(middle) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** A stack as V8 holds it: what it says is asked for later, by {@link framesOf}, which takes longer than taking it. */
export interface HeldStack {
  readonly stack?: unknown;
}

const noStack: HeldStack = {};

/** V8's frames; nothing where the program has frozen `Error`. */
export const framesBelow = (below: Below, limit: number): readonly NodeJS.CallSite[] =>
  framesOf(holdStack(below, limit));

/** The stack below `below` as it is now; V8 reads it only when it is asked for, with or without source maps. */
export function holdStack(below: Below, limit: number): HeldStack {
  const holder: HeldStack = {};
  const limitBefore: unknown = Error.stackTraceLimit;
  try {
    set(Error, 'stackTraceLimit', limit);
    captureStackTrace(holder, below);
    return holder;
  } catch {
    // No room on the stack for this.
    return noStack;
  } finally {
    set(Error, 'stackTraceLimit', limitBefore);
  }
}

export function framesOf(held: HeldStack): readonly NodeJS.CallSite[] {
  const prepareBefore: unknown = Error.prepareStackTrace;
  try {
    if (!set(Error, 'prepareStackTrace', asTheyAre)) return [];
    const { stack } = held;
    return isArray(stack) ? stack : [];
  } catch {
    return [];
  } finally {
    set(Error, 'prepareStackTrace', prepareBefore);
  }
}

/** Called by a timer itself: Node also runs what waited for promises between two timers. */
function standsOnTimer(frames: readonly NodeJS.CallSite[]): boolean {
  const outermost = frames.at(-1);
  if (outermost?.getFileName() !== 'node:internal/timers') return false;
  const name = outermost.getFunctionName();
  if (name !== 'processTimers' && name !== 'listOnTimeout') return false;
  return !frames.some((frame) => frame.getFileName() === 'node:internal/process/task_queues');
}

/** The file of a script: CommonJS is called by its path, a module by its URL, with what the program put behind it. */
function pathOf(name: string): string | undefined {
  if (!name.startsWith('file:')) return name;
  try {
    return fileURLToPath(name);
  } catch {
    return undefined;
  }
}
