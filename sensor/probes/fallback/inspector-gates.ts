/**
 * Gates where there are none: by V8's inspector, in this thread and never with a pause. A condition calls the handler and is
 * always false; it is set while it is wanted, and taken away within the hit that spends a probe's rate, since each
 * evaluation costs a tenth of a millisecond and a function with a breakpoint runs interpreted (docs/decisions/0010-probes-without-gates.md).
 *
 * Off unless the owner of the service turns it on: enabling the inspector stops a process in proportion to its heap, and
 * makes each `await` dearer while it is on.
 */
import inspector, { type Debugger, type Session } from 'node:inspector';
import { pathToFileURL } from 'node:url';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { debug, messageOf } from '../../log.ts';
import type { GateHandler, NameReader, OpenCall } from '../../runtime/open-functions.ts';
import { globalPrefix } from '../../transform/emitted.ts';
import { type Breakpoint, breakpointGate, type SoughtScript } from './breakpoint.ts';

export interface InspectorGatesOptions {
  readonly inspector: Pick<typeof import('node:inspector'), 'url'> & { readonly Session: new () => Session };
  readonly setFlagsFromString: (flags: string) => void;
  /** Bytes. */
  readonly usedHeap: () => number;
  /** Longer stops than this are refused; milliseconds. */
  readonly longestStop: number;
  /** Node was started with flags of its compilers: those are left as they are. */
  readonly hasOwnFlags: boolean;
  /** Not the program's, which may have replaced it. */
  readonly setTimeout: typeof globalThis.setTimeout;
  readonly clearTimeout: typeof globalThis.clearTimeout;
  /** For tests of shorter windows. */
  readonly windows?: Windows;
}

/** Milliseconds. */
export interface Windows {
  /** A breakpoint stands so long at once, and then not for as long: its function is interpreted while it does. */
  readonly armed: number;
  readonly rest: number;
  /** Without the optimising compiler before a breakpoint is set, which waits for what that is at. */
  readonly quiet: number;
  /** The inspector stays enabled so long after the last breakpoint. */
  readonly linger: number;
}

const usualWindows: Windows = { armed: 5_000, rest: 5_000, quiet: 80, linger: 10_000 };
/** Measured with heaps of 4 MB to 1 GB. */
const stopMillisecondsPerMegabyte = 0.2;
/** A session holds something of each script that a condition was: after so many hits there is a fresh one. */
const hitsOfSession = 1_000;
/** Of a process's scripts those that have a name are known. */
const mostScripts = 20_000;
const mostFound = 4;
/** UTF-16 units; as `script-place.ts` reads them. */
const longestText = 2_000_000;
/** Of the script of `settle`. */
const ownUrl = 'runlens:settle';
const fallbackGlobal = `${globalPrefix}i`;

interface Place {
  readonly breakpoint: Breakpoint;
  /** Undefined: nobody wants it. */
  gates: Uint8Array | undefined;
  /** Of V8, while it stands. */
  id: string | undefined;
  problem: string | undefined;
}

interface KnownScript {
  readonly scriptId: string;
  readonly length: number;
}

export class InspectorGates {
  readonly #options: InspectorGatesOptions;
  readonly #windows: Windows;
  readonly #places = new Map<number, Place>();
  #session: Session | undefined;
  readonly #scripts = new Map<string, KnownScript[]>();
  #scriptCount = 0;
  /** What {@link #settle} has made last. */
  #ownScript: string | undefined;
  #handler: GateHandler | undefined;
  #isHandling = false;
  #hits = 0;
  /** Between the compiler's rest and the setting of breakpoints. */
  #quiet: NodeJS.Timeout | undefined;
  #window: NodeJS.Timeout | undefined;
  #isResting = false;
  #linger: NodeJS.Timeout | undefined;
  /** What enabling has taken, all times together; milliseconds. */
  stopped = 0;

  constructor(options: InspectorGatesOptions) {
    this.#options = options;
    this.#windows = options.windows ?? usualWindows;
  }

  onGate(handler: GateHandler): void {
    this.#handler = handler;
  }

  /** The scripts of these paths, or why there are none: a sentence. */
  seek(paths: readonly string[]): readonly SoughtScript[] | string {
    const problem = this.#connect();
    if (problem !== undefined) return problem;
    const found: SoughtScript[] = [];
    for (const path of paths) {
      for (const { scriptId, length } of this.#scriptsOf(path)) {
        if (found.length === mostFound || length > longestText) continue;
        const text = this.#post<{ scriptSource?: string }>('Debugger.getScriptSource', { scriptId })?.scriptSource;
        if (text !== undefined) found.push({ scriptId, path, text });
      }
    }
    this.#lingerOn();
    return found;
  }

  /** Where a slot is: before it is opened. */
  know(slot: number, breakpoint: Breakpoint): void {
    const known = this.#places.get(slot);
    if (known) known.problem = undefined;
    else this.#places.set(slot, { breakpoint, gates: undefined, id: undefined, problem: undefined });
  }

  /** Its gates; the breakpoint stands some moments later. Nothing: it cannot be opened, and `problemOf` tells why. */
  open(slot: number, gateCount: number): Uint8Array | undefined {
    const place = this.#places.get(slot);
    if (!place || place.problem !== undefined) return undefined;
    place.gates ??= new Uint8Array(gateCount);
    if (place.id === undefined) this.#armSoon();
    return place.gates;
  }

  close(slot: number): void {
    const place = this.#places.get(slot);
    if (!place) return;
    place.gates?.fill(0);
    place.gates = undefined;
    this.#disarm(place);
    this.#lingerOn();
  }

  problemOf(slot: number): string | undefined {
    return this.#places.get(slot)?.problem;
  }

  /** Nothing of it is left in the process. */
  end(): void {
    for (const place of this.#places.values()) place.gates = undefined;
    this.#disconnect();
    this.#places.clear();
  }

  #scriptsOf(path: string): readonly KnownScript[] {
    const url = pathToFileURL(path).href;
    const found = [...(this.#scripts.get(path) ?? []), ...(this.#scripts.get(url) ?? [])];
    // Modules that were loaded again have a query behind their URL.
    for (const [name, scripts] of this.#scripts) if (name.startsWith(`${url}?`)) found.push(...scripts);
    return found;
  }

  /** Enables the inspector for this thread; gives why it must not, as a sentence. */
  #connect(): string | undefined {
    const { inspector, usedHeap, longestStop } = this.#options;
    if (inspector.url() !== undefined) {
      return 'A debugger can attach to this process (--inspect), and there is one at a time: end that, or place the probe in code that is measured.';
    }
    if (this.#session) return undefined;
    const megabytes = usedHeap() / 2 ** 20;
    const stop = megabytes * stopMillisecondsPerMegabyte;
    if (stop > longestStop) {
      return `V8's inspector would stop this process for about ${stop.toFixed(0)} ms, as its heap has ${megabytes.toFixed(0)} MB; RUNLENS_PROBES_FALLBACK allows ${longestStop} ms.`;
    }
    try {
      const session = new inspector.Session();
      session.connect();
      this.#session = session;
      this.#hits = 0;
      session.on('Debugger.scriptParsed', ({ params }) => this.#heard(params));
      const from = performance.now();
      // Without a bound it keeps the text of every condition that was evaluated: a kilobyte a hit.
      this.#post('Debugger.enable', { maxScriptsCacheSize: 0 });
      // A `debugger` statement of the program's, too, stops nothing.
      this.#post('Debugger.setSkipAllPauses', { skip: true });
      this.stopped += performance.now() - from;
      Object.defineProperty(globalThis, fallbackGlobal, {
        value: this.#reached,
        configurable: true,
        enumerable: false,
      });
      return undefined;
    } catch (error) {
      this.#disconnect();
      return `V8's inspector cannot be used: ${messageOf(error)}.`;
    }
  }

  #heard({ url, scriptId, length = 0 }: Debugger.ScriptParsedEventDataType): void {
    if (url === ownUrl) this.#ownScript = scriptId;
    if (url === '' || url === ownUrl || url.startsWith('node:') || this.#scriptCount >= mostScripts) return;
    const known = this.#scripts.get(url);
    if (known) known.push({ scriptId, length });
    else this.#scripts.set(url, [{ scriptId, length }]);
    this.#scriptCount += 1;
  }

  /** An answer comes before the call returns: the session is of this thread. Throws what the inspector refuses. */
  #post<T extends object>(method: string, params: object): T | undefined {
    let answer: T | undefined;
    let failure: Error | null = null;
    // Its methods have a type each; which one it is the callers know.
    (this.#session as unknown as AnySession | undefined)?.post(method, params, (error, result) => {
      failure = error;
      answer = result as T;
    });
    if (failure !== null) throw failure;
    return answer;
  }

  #armSoon(): void {
    if (this.#quiet || this.#isResting) return;
    const { setFlagsFromString, hasOwnFlags } = this.#options;
    if (!hasOwnFlags) setFlagsFromString('--no-opt');
    this.#quiet = this.#in(this.#windows.quiet, () => {
      this.#quiet = undefined;
      try {
        this.#arm();
      } finally {
        if (!hasOwnFlags) setFlagsFromString('--opt');
      }
    });
  }

  #arm(): void {
    const wanted = [...this.#places.values()].filter(({ gates, id }) => gates !== undefined && id === undefined);
    if (wanted.length === 0) return;
    const problem = this.#connect();
    if (problem === undefined) {
      const settled = this.#settle();
      for (const place of wanted) this.#set(place);
      this.#post('Debugger.removeBreakpoint', { breakpointId: settled });
    } else for (const place of wanted) place.problem = problem;
    this.#keepOn();
    this.#window ??= this.#in(this.#windows.armed, () => this.#rest());
  }

  /**
   * V8 waits for what its compilers are at, and drops it, when a breakpoint is set: but only after it has marked the
   * function, and a compiler that is just inlining that one then aborts the process. So the first is set in a function of
   * our own that nobody inlines: in the same turn no compiler begins anew, and those that follow meet none.
   */
  #settle(): string {
    this.#ownScript = undefined;
    new Script('(function(){return 0})', { filename: ownUrl }).runInThisContext()();
    const location = { scriptId: this.#ownScript ?? '', lineNumber: 0, columnNumber: 12 };
    const set = this.#post<SetBreakpoint>('Debugger.setBreakpoint', { location, condition: 'false' });
    if (!set) throw new Error('V8 has set no breakpoint');
    return set.breakpointId;
  }

  #set(place: Place): void {
    const { scriptId, line, column, reader } = place.breakpoint;
    const slot = [...this.#places].find(([, one]) => one === place)?.[0] ?? -1;
    const condition = `typeof ${fallbackGlobal}==="function"&&${fallbackGlobal}(${slot},${reader})`;
    try {
      const location = { scriptId, lineNumber: line, columnNumber: column };
      const set = this.#post<SetBreakpoint>('Debugger.setBreakpoint', { location, condition });
      place.id = set?.breakpointId;
      const at = set?.actualLocation.lineNumber;
      if (at === line) return;
      this.#disarm(place);
      place.problem = `V8 can stop at line ${(at ?? 0) + 1} of the script only, and not at ${line + 1}: choose a statement.`;
    } catch (error) {
      place.problem = `V8 has refused the place: ${messageOf(error)}.`;
    }
  }

  #disarm(place: Place): void {
    if (place.id === undefined) return;
    const breakpointId = place.id;
    place.id = undefined;
    try {
      this.#post('Debugger.removeBreakpoint', { breakpointId });
    } catch (error) {
      debug(`a breakpoint was gone before: ${messageOf(error)}`);
    }
  }

  /** All of them go for a while, so that their functions are compiled again. */
  #rest(): void {
    this.#window = undefined;
    for (const place of this.#places.values()) this.#disarm(place);
    if (this.#hits >= hitsOfSession) this.#disconnect();
    if (![...this.#places.values()].some(({ gates }) => gates !== undefined)) {
      this.#lingerOn();
      return;
    }
    this.#isResting = true;
    this.#window = this.#in(this.#windows.rest, () => {
      this.#window = undefined;
      this.#isResting = false;
      if ([...this.#places.values()].some(({ gates }) => gates !== undefined)) this.#armSoon();
      else this.#lingerOn();
    });
  }

  /** Called by V8 in the condition of a breakpoint, which it makes false: nothing ever pauses. */
  readonly #reached = (slot: unknown, read: unknown): false => {
    if (this.#isHandling) return false;
    this.#isHandling = true;
    try {
      const gates = typeof slot === 'number' ? this.#places.get(slot)?.gates : undefined;
      if (gates && (gates[breakpointGate] ?? 0) !== 0 && typeof slot === 'number') {
        this.#hits += 1;
        const call: OpenCall = { slot, state: undefined };
        // It is of the condition, which only this file makes.
        this.#handler?.(call, breakpointGate, read as NameReader, undefined);
      }
    } catch {
      // The program must not see it.
    } finally {
      this.#isHandling = false;
    }
    return false;
  };

  #keepOn(): void {
    if (this.#linger) this.#options.clearTimeout(this.#linger);
    this.#linger = undefined;
  }

  #lingerOn(): void {
    const isWanted = [...this.#places.values()].some(({ gates }) => gates !== undefined);
    if (!this.#session || isWanted || this.#linger) return;
    this.#linger = this.#in(this.#windows.linger, () => {
      this.#linger = undefined;
      if (![...this.#places.values()].some(({ gates }) => gates !== undefined)) this.#disconnect();
    });
  }

  #disconnect(): void {
    this.#keepOn();
    for (const place of this.#places.values()) this.#disarm(place);
    const session = this.#session;
    this.#session = undefined;
    this.#scripts.clear();
    this.#scriptCount = 0;
    try {
      session?.disconnect();
    } catch (error) {
      debug(`the inspector's session had ended: ${messageOf(error)}`);
    }
    Reflect.deleteProperty(globalThis, fallbackGlobal);
  }

  #in(milliseconds: number, work: () => void): NodeJS.Timeout {
    const timer = this.#options.setTimeout(() => {
      try {
        work();
      } catch (error) {
        debug(`the inspector's probes have failed: ${messageOf(error)}`);
        this.end();
      }
    }, milliseconds);
    return timer.unref();
  }
}

/** Flags of V8 that the quiet before a breakpoint would undo. */
const compilerFlags =
  /--(?:no-?)?(?:opt\b|turbofan|always-|jitless|concurrent-recompilation|single-threaded|max-optimized)/;

/** With this process's own inspector; `longestStop`: milliseconds. */
export function inspectorGates(
  longestStop: number,
  timers: Pick<InspectorGatesOptions, 'setTimeout' | 'clearTimeout'>,
): InspectorGates {
  return new InspectorGates({
    ...timers,
    inspector,
    setFlagsFromString,
    usedHeap: () => getHeapStatistics().used_heap_size,
    longestStop,
    hasOwnFlags: compilerFlags.test([...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')),
  });
}

interface SetBreakpoint {
  readonly breakpointId: string;
  readonly actualLocation: { readonly lineNumber: number };
}

interface AnySession {
  post(method: string, params: object, done: (error: Error | null, result: unknown) => void): void;
}
