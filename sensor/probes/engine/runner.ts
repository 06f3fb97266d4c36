import { defaultCpuShare, snapshotsPerSecond } from '@runlens/protocol/probes/limits';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { activeSpan, type SpanIds } from '../../conditions/active-span.ts';
import { debug, messageOf } from '../../log.ts';
import { entryName, type RequestAtHand } from '../../requests/request-at-hand.ts';
import type { HeldStack } from '../../runtime/frames.ts';
import type { NameReader, OpenCall } from '../../runtime/open-functions.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { CaptureRules } from '../capture-value.ts';
import { evaluateSafely, problemOf } from '../evaluate.ts';
import { firstBreakpointSlot } from '../fallback/breakpoint.ts';
import type { InspectorGates } from '../fallback/inspector-gates.ts';
import type { ReadableName } from '../gates.ts';
import { JudgedTexts } from '../judged-texts.ts';
import { CostCredit } from './cost-credit.ts';
import type { HitFrame } from './frame.ts';
import { groupKey } from './groups.ts';
import { captureFrame, shownFrameValues } from './hit-capture.ts';
import { addLine, countOf } from './log-lines.ts';
import { messageText } from './message-text.ts';
import type { CapturedFrameValues, Hit, ProbesNews, ProbesOrder, ShownFrameValues } from './messages.ts';
import { rawFrames, stackBelow } from './raw-frames.ts';
import { practise, rehearse } from './rehearsal.ts';
import { type ProbedGate, RunningProbe } from './running-probe.ts';
import { TokenBucket } from './token-bucket.ts';

export interface ProbeRunnerOptions {
  readonly runtime: Pick<Runtime, 'open' | 'close' | 'onGate' | 'callsOf'>;
  readonly post: (news: ProbesNews) => void;
  /** The request or job at hand. */
  readonly request: () => RequestAtHand | undefined;
  /** Where the sensor's own files lie. */
  readonly ownFolder: string;
  /** Names that are secret, of the service's owner. */
  readonly secretNames: readonly string[];
  readonly rules: CaptureRules | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Not the program's, which may have replaced them. */
  readonly timers: Pick<typeof globalThis, 'setInterval' | 'clearInterval' | 'setTimeout' | 'setImmediate'>;
  /** Of one CPU; for tests of other shares. */
  readonly share?: number;
  /** For places without gates, where the owner of the service allows it. */
  readonly fallback?: () => InspectorGates | undefined;
  /** It is itself of a rehearsal, and begins without one. */
  readonly isRehearsal?: boolean;
}

const tickMilliseconds = 100;
/** Logs wait for others so long, and so many at most, before they are handed over. */
const mostLines = 128;
const waitMilliseconds = 20;
/** Hits that are not told may cost so much before the gates are closed until the rate allows one again. */
const dearSkippedMilliseconds = 1;
const shortestSleepMilliseconds = 2;
/** What a call of an open function costs, with all gates off; `npm run bench -- probes`. */
const openCallMilliseconds = 60e-6;
/** Milliseconds that the stack and the handing over of a capture take at most, beside its values. */
const mostBesideCapture = 2;
/** A snapshot's texts are judged for so long in one turn; a single text takes some tens of microseconds. */
const judgingMilliseconds = 0.15;
/** With more that wait they are handed over whole: a thread with few turns would come behind. */
const mostWaitingInSlices = 8;
/** A log's values are shown in one line. */
const logLimits = { depth: 2, fields: 10, elements: 10, characters: 1024, bytes: 8192 } as const;
const mostConsoleLines = 1000;

/** Begins of times in one call, by probe. */
interface Begun {
  readonly probe: RunningProbe;
  at: number;
  readonly next: Begun | undefined;
}

/** A snapshot as it is in the moment of the hit: its texts are not redacted yet, so it stays in this thread. */
interface Captured {
  readonly probe: RunningProbe;
  readonly hit: Hit;
  readonly held: CapturedFrameValues;
  readonly names: readonly ReadableName[];
  readonly stack: HeldStack;
  /** From the first turn on. */
  judged: JudgedTexts | undefined;
  shown: ShownFrameValues | undefined;
  /** Turns that were spent on it so far. */
  turns: number;
  /** Milliseconds since the hit. */
  cost: number;
}

const noRules: CaptureRules = { hiddenTypes: new Set(), shownNames: [] };

const readNothing: NameReader = () => undefined;

/**
 * The probes of this thread: opens functions, and decides at each gate whether there is a hit and what it tells. Runs
 * between two statements of the program: nothing of it throws, and all that it takes is accounted to a probe, which pauses
 * when it takes too much.
 */
export class ProbeRunner {
  readonly #options: ProbeRunnerOptions;
  readonly #probes = new Map<string, RunningProbe>();
  /** By slot, then by gate. */
  #bySlot: ReadonlyMap<number, readonly (readonly ProbedGate[] | undefined)[]> = new Map();
  readonly #openSlots = new Map<number, { calls: number; readonly probes: ReadonlySet<RunningProbe> }>();
  readonly #snapshots: TokenBucket;
  readonly #credit: CostCredit;
  readonly #frame: HitFrame = {
    read: readNothing,
    value: undefined,
    exit: undefined,
    duration: undefined,
    hits: 0,
  };
  #redactor: Redactor;
  readonly #isSecret = (name: string): boolean => this.#redactor.hidesName(name, 'text');
  #secretNames = '';
  #waiting: Hit[] = [];
  #lines: (string | number | undefined)[] = [];
  /** Snapshots that are not redacted yet; not more than the rate of all allows. */
  #after: Captured[] = [];
  #consoleLines: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }[] = [];
  #flushing = false;
  /** What waits for the end of the rehearsal. */
  #orders: ProbesOrder[] | undefined = [];
  /** From the first place without gates on. */
  #fallback: InspectorGates | undefined;
  #tick: NodeJS.Timeout | undefined;
  #ticks = 0;
  #failed = false;

  constructor(options: ProbeRunnerOptions) {
    this.#options = options;
    const now = options.now();
    this.#snapshots = new TokenBucket(snapshotsPerSecond, now);
    this.#credit = new CostCredit(options.share ?? defaultCpuShare, now);
    this.#redactor = new Redactor({ names: options.secretNames });
    options.runtime.onGate(this.#handle);
    if (options.isRehearsal) this.#orders = undefined;
    else {
      this.#rehearse(
        rehearse(this.#redactor, (others) => new ProbeRunner({ ...this.#options, ...others, isRehearsal: true })),
      );
    }
  }

  /** Never throws: what cannot be done is told, or ends all probes. The first orders are carried out some turns later. */
  take(orders: readonly ProbesOrder[]): void {
    if (this.#orders) {
      this.#orders.push(...orders);
      return;
    }
    try {
      for (const order of orders) this.#obey(order);
      this.#openWhatIsWanted();
      this.#tellTallies();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A step a turn: the service's requests get theirs between. Then what was ordered meanwhile, then practice. */
  #rehearse(steps: Iterator<void>): void {
    this.#inSteps(steps, () => {
      const orders = this.#orders ?? [];
      this.#orders = undefined;
      this.take(orders);
      this.#inSteps(practise(this.#redactor), () => {});
    });
  }

  #inSteps(steps: Iterator<void>, after: () => void): void {
    this.#options.timers.setImmediate(() => {
      try {
        if (steps.next().done !== true) {
          this.#inSteps(steps, after);
          return;
        }
      } catch (error) {
        debug(`the first captures will be slow: ${messageOf(error)}`);
      }
      after();
    });
  }

  /** Hands over what is left: the process ends. */
  end(): void {
    try {
      while (this.#after.length > 0) this.#handOverFirst();
      this.#flush(true);
    } catch (error) {
      debug(`the last hits of probes are lost: ${messageOf(error)}`);
    }
  }

  #obey(order: ProbesOrder): void {
    const now = this.#options.now();
    const wallNow = this.#options.wallNow();
    switch (order.do) {
      case 'place': {
        this.#hide(order.secretNames);
        const { probe: placed } = order;
        for (const { slot, breakpoint } of placed.copies) if (breakpoint) this.#theFallback()?.know(slot, breakpoint);
        const known = this.#probes.get(placed.id);
        if (known) known.replace(placed, now, wallNow);
        else this.#probes.set(placed.id, new RunningProbe(placed, now, wallNow, this.#isSecret, this.#options.share));
        return;
      }
      case 'change':
        this.#probes.get(order.id)?.change(order, now, wallNow);
        return;
      case 'seek': {
        const { id, paths } = order;
        const scripts = this.#theFallback()?.seek(paths) ?? 'It is not allowed here.';
        this.#options.post({ hits: [], lines: [], tallies: [], sought: { probe: id, scripts } });
        return;
      }
      case 'withdraw': {
        const probe = this.#probes.get(order.id);
        if (!probe) return;
        this.#probes.delete(order.id);
        // Calls that are in the twin still know of it.
        probe.state = 'closed';
        return;
      }
      case 'close':
        for (const probe of this.#probes.values()) probe.state = 'closed';
        this.#probes.clear();
        return;
    }
  }

  #hide(secretNames: readonly string[]): void {
    const key = secretNames.join('\0');
    if (key === this.#secretNames) return;
    this.#secretNames = key;
    this.#redactor = new Redactor({ names: [...this.#options.secretNames, ...secretNames] });
  }

  #theFallback(): InspectorGates | undefined {
    if (!this.#fallback) {
      this.#fallback = this.#options.fallback?.();
      this.#fallback?.onGate(this.#handle);
    }
    return this.#fallback;
  }

  #gatesOf(slot: number): Pick<Runtime, 'open' | 'close'> {
    return slot >= firstBreakpointSlot && this.#fallback ? this.#fallback : this.#options.runtime;
  }

  /** What V8 has refused is known only when it was asked to stop there. */
  #lookAtPlaces(probe: RunningProbe): void {
    const problem = probe.placed.copies
      .filter(({ breakpoint }) => breakpoint)
      .map(({ slot }) => this.#fallback?.problemOf(slot))
      .find((each) => each !== undefined);
    if (problem === probe.problem) return;
    probe.problem = problem;
    probe.isChanged = true;
  }

  /** Opens and closes functions and gates, so that those of probes that are awake are open and no others. */
  #openWhatIsWanted(): void {
    const { runtime, now } = this.#options;
    const at = now();
    const wanted = new Map<
      number,
      { gateCount: number; gates: Map<number, ProbedGate[]>; probes: Set<RunningProbe> }
    >();
    for (const probe of this.#probes.values()) {
      if (!probe.isAwake(at) || this.#failed) continue;
      for (const copy of probe.placed.copies) {
        const slot = wanted.get(copy.slot) ?? { gateCount: copy.gateCount, gates: new Map(), probes: new Set() };
        wanted.set(copy.slot, slot);
        slot.probes.add(probe);
      }
      for (const gate of probe.gates) {
        const gates = wanted.get(gate.slot)?.gates;
        const there = gates?.get(gate.gate);
        if (there) there.push(gate);
        else gates?.set(gate.gate, [gate]);
      }
    }
    const bySlot = new Map<number, readonly (readonly ProbedGate[] | undefined)[]>();
    const opened = new Set<number>();
    for (const [slot, { gateCount, gates, probes }] of wanted) {
      const flags = this.#gatesOf(slot).open(slot, gateCount);
      if (!flags) continue;
      opened.add(slot);
      flags.fill(0);
      const byGate: (readonly ProbedGate[] | undefined)[] = [];
      for (const [gate, there] of gates) {
        byGate[gate] = there;
        flags[gate] = 1;
      }
      bySlot.set(slot, byGate);
      const before = this.#openSlots.get(slot);
      this.#openSlots.set(slot, {
        calls: before?.calls ?? (slot >= firstBreakpointSlot ? 0 : runtime.callsOf(slot)),
        probes,
      });
    }
    for (const slot of this.#openSlots.keys()) {
      if (opened.has(slot)) continue;
      this.#gatesOf(slot).close(slot);
      this.#openSlots.delete(slot);
    }
    this.#bySlot = bySlot;
    for (const probe of this.#probes.values()) {
      const copies = probe.placed.copies.filter(({ slot }) => opened.has(slot)).length;
      // While its gates rest for the rate they count as open: it will be there in a moment.
      if (probe.state === 'armed' && probe.copies !== copies && probe.isAwake(at)) {
        probe.copies = copies;
        probe.isChanged = true;
      }
    }
    this.#schedule();
  }

  /** A place is reached. Passed to the runtime; runs with its own guard against what it calls itself. */
  readonly #handle = (call: OpenCall, gate: number, read: NameReader, value: unknown): void => {
    const places = this.#bySlot.get(call.slot)?.[gate];
    if (!places) return;
    const { now } = this.#options;
    let from = now();
    for (let at = 0; at < places.length; at += 1) {
      const place = places[at];
      if (!place) continue;
      const { probe } = place;
      try {
        this.#pass(place, call, read, value, from);
      } catch (error) {
        // The program's stack may be exhausted: that is no failure of this.
        probe.failed(error instanceof RangeError ? 'There was no room on the stack.' : problemOf(error));
      }
      const until = now();
      const cost = until - from;
      from = until;
      this.#spend(probe, cost, until, place.trap);
    }
    // Nothing of the program is kept alive by it.
    this.#frame.value = undefined;
    this.#frame.read = readNothing;
  };

  #pass(place: ProbedGate, call: OpenCall, read: NameReader, value: unknown, at: number): void {
    const { probe, role } = place;
    if (role === 'begin') {
      begin(call, probe, at);
      return;
    }
    if (probe.state !== 'armed' && probe.state !== 'over-rate') return;
    const { kind } = probe.placed;
    probe.isChanged = true;
    probe.reached += 1;
    if (at > probe.expiresAt) {
      probe.state = 'expired';
      this.#soon();
      return;
    }
    const frame = this.#frame;
    frame.read = read;
    frame.value = value;
    frame.exit = role === 'return' || role === 'throw' ? role : undefined;
    frame.duration = role === 'hit' ? undefined : sinceBegin(call, probe, at, kind === 'timer');
    frame.hits = probe.hits;
    if (kind === 'timer' && frame.duration === undefined) return;
    const { condition } = place;
    if (condition) {
      const evaluated = evaluateSafely(condition, frame);
      if (!evaluated.ok) {
        probe.failed(evaluated.problem);
        return;
      }
      if (!evaluated.value) return;
    }
    if (kind === 'counter' || kind === 'timer') {
      this.#count(place, frame);
      return;
    }
    const isSnapshot = kind === 'snapshot';
    if (!probe.mayTell(at) || (isSnapshot && !this.#snapshots.has(at))) {
      probe.skipped += 1;
      probe.state = 'over-rate';
      return;
    }
    probe.tell();
    if (isSnapshot) this.#snapshots.take();
    this.#capture(place, frame, at);
    // While it stands each hit is dear, and its function slow: it goes until there may be another one.
    if (place.trap > 0 && !probe.isOver && !probe.mayTell(at)) this.#rest(probe, at);
    if (probe.isOver) this.#soon();
  }

  #count({ by, probe }: ProbedGate, frame: HitFrame): void {
    probe.hits += 1;
    let key: string | null = null;
    if (by) {
      const evaluated = evaluateSafely(by.evaluate, frame);
      if (!evaluated.ok) {
        probe.failed(evaluated.problem);
        return;
      }
      key = groupKey(evaluated.value);
    }
    if (probe.placed.kind === 'timer') probe.groups.time(key, frame.duration ?? 0);
    else probe.groups.count(key);
  }

  #capture({ probe, names, expressions, slot }: ProbedGate, frame: HitFrame, from: number): void {
    const { placed } = probe;
    const isSnapshot = placed.kind === 'snapshot';
    const limits = isSnapshot ? placed.limits : { ...placed.limits, ...logLimits };
    const { request, wallNow, rules = noRules, now } = this.#options;
    const held = captureFrame(
      frame,
      isSnapshot ? names : undefined,
      expressions,
      limits,
      this.#redactor,
      probe.large,
      placed.isPreview ? { ...rules, shapesOnly: true } : this.#options.rules,
    );
    if (held.failure !== undefined) probe.failed(held.failure);
    // A log's line is made of what may be seen; that of a snapshot is found out when the program's turn is over.
    const shown = isSnapshot ? undefined : shownFrameValues(held, undefined, this.#redactor);
    const span = spanOf();
    const hit: Hit = {
      probe: placed.id,
      slot,
      at: wallNow(),
      shown: undefined,
      message: shown && messageText(placed.texts, shown.expressions),
      frames: [],
      entry: entryOf(request()),
      traceId: span?.traceId,
      spanId: span?.spanId,
      duration: frame.duration,
      redacted: shown?.redacted ?? 0,
      cut: shown?.cut ?? [],
      cost: now() - from,
    };
    if (placed.toServiceLog) this.#toConsole(probe, hit.message ?? '');
    if (isSnapshot) {
      const stack = stackBelow(this.#handle, limits.frames);
      this.#handOverAfter({ probe, hit, held, names, stack, judged: undefined, shown: undefined, turns: 0, cost: 0 });
      return;
    }
    addLine(this.#lines, hit);
    if (countOf(this.#lines) >= mostLines) this.#handOver([]);
    else this.#soon();
  }

  /**
   * A snapshot is whole, and what the program does next cannot change it: that what is secret by its form is hidden, that
   * its stack is read and that it is cloned for the export thread, more than half of its cost, need not stall the line. One
   * a turn at most, and one with many texts in several: requests get theirs between.
   */
  #handOverAfter(captured: Captured): void {
    this.#after.push(captured);
    if (this.#after.length === 1) this.#handOverNext();
  }

  #handOverNext(): void {
    this.#options.timers.setImmediate(() =>
      this.#safely(() => {
        this.#handOverFirst(this.#after.length > mostWaitingInSlices ? undefined : judgingMilliseconds);
        if (this.#after.length > 0) this.#handOverNext();
      }),
    );
  }

  /** `milliseconds`: for which texts may be judged; undefined: until it is handed over. */
  #handOverFirst(milliseconds?: number): void {
    const { now, ownFolder } = this.#options;
    const [captured] = this.#after;
    if (!captured) return;
    const { probe, hit, stack } = captured;
    const from = now();
    try {
      const shown = this.#shownOf(captured, from, milliseconds);
      if (shown) {
        this.#after.shift();
        const cost = hit.cost + captured.cost + now() - from;
        this.#waiting.push({ ...hit, shown, frames: rawFrames(stack, ownFolder), cost });
        this.#handOver([]);
      }
    } catch (error) {
      // What cannot be judged is not told.
      if (this.#after[0] === captured) this.#after.shift();
      probe.failed(problemOf(error));
    }
    const until = now();
    captured.turns += 1;
    captured.cost += until - from;
    this.#spend(probe, until - from, until);
  }

  /** Undefined: it goes on in the next turn. What fits into one turn is done in one, and of other captures each step has its own. */
  #shownOf(captured: Captured, from: number, milliseconds: number | undefined): ShownFrameValues | undefined {
    const { now } = this.#options;
    const { held, names } = captured;
    const isLong = milliseconds !== undefined && captured.turns > 0;
    captured.judged ??= new JudgedTexts(held.values, this.#redactor);
    const { judged } = captured;
    if (!judged.isDone) {
      const isJudged = judged.judge(() => milliseconds === undefined || now() - from < milliseconds);
      if (!isJudged || isLong) return undefined;
    }
    if (captured.shown) return captured.shown;
    captured.shown = shownFrameValues(held, names, judged);
    return isLong ? undefined : captured.shown;
  }

  #toConsole({ placed }: RunningProbe, message: string): void {
    if (this.#consoleLines.length >= mostConsoleLines) return;
    const { text } = this.#redactor.text(message);
    this.#consoleLines.push({ level: placed.level, text });
  }

  /** `trap`: what V8 took besides. */
  #spend(probe: RunningProbe, cost: number, now: number, trap = 0): void {
    probe.cost += cost + trap;
    if (probe.state === 'over-rate') {
      probe.costOfSkipped += cost + trap;
      if (probe.costOfSkipped > dearSkippedMilliseconds) this.#rest(probe, now);
    }
    // What is longer the thread did not get a core for: a capture ends by its own clock.
    const own = Math.min(cost, probe.placed.limits.milliseconds + mostBesideCapture) + trap;
    const has = probe.credit.spend(own, now);
    if (!this.#credit.spend(own, now) || !has) this.#pause(probe, now);
  }

  /** What calls of an open function cost besides: reckoned by their number, so that all of it counts. */
  #spendOpen(probe: RunningProbe, cost: number, now: number): void {
    probe.cost += cost;
    const has = probe.credit.spend(cost, now);
    if (!this.#credit.spend(cost, now) || !has) this.#pause(probe, now);
  }

  /** Its gates are closed until the rate allows a hit: a place that is reached often costs nothing between. */
  #rest(probe: RunningProbe, now: number): void {
    const rate = probe.waitForRate(now);
    probe.asleepUntil = now + Math.max(shortestSleepMilliseconds, rate, this.#snapshots.waitFor(now));
    probe.isPartial = true;
    probe.costOfSkipped = 0;
    this.#wake(probe.asleepUntil);
  }

  /** Too dear: of all probes together it is the one at hand, which is mostly the dearest. */
  #pause(probe: RunningProbe, now: number): void {
    if (probe.isOver || probe.state === 'paused' || probe.state === 'over-budget') return;
    probe.state = 'over-budget';
    probe.asleepUntil = now + probe.credit.pause(now);
    probe.isPartial = true;
    probe.isChanged = true;
    this.#wake(probe.asleepUntil);
  }

  /** The gates are closed now, also from within one, and those that are wanted are opened at that time. */
  #wake(at: number): void {
    this.#closeNow();
    this.#wakeAt(at);
  }

  /** Node's timers count whole milliseconds and may run almost two too early: then the probe would sleep for good. */
  #wakeAt(at: number): void {
    const { timers, now } = this.#options;
    const wake = (): void => {
      if (now() < at) this.#wakeAt(at);
      else this.#wakeUp();
    };
    timers.setTimeout(() => this.#safely(wake), Math.ceil(at - now())).unref();
  }

  #wakeUp(): void {
    const now = this.#options.now();
    for (const probe of this.#probes.values()) {
      if (probe.state === 'over-budget' && now >= probe.asleepUntil) {
        probe.state = 'armed';
        probe.isChanged = true;
      }
    }
    this.#openWhatIsWanted();
  }

  /** Closes gates of which no probe is awake, from within one: no function is opened or closed. */
  #closeNow(): void {
    const now = this.#options.now();
    for (const [slot, byGate] of this.#bySlot) {
      if (byGate.every((places) => !places?.some(({ probe }) => probe.isAwake(now)))) {
        this.#gatesOf(slot).close(slot);
        this.#openSlots.delete(slot);
      }
    }
  }

  #schedule(): void {
    const { setInterval, clearInterval } = this.#options.timers;
    if (this.#probes.size === 0) {
      if (this.#tick) clearInterval(this.#tick);
      this.#tick = undefined;
    } else {
      this.#tick ??= setInterval(() => this.#safely(() => this.#onTick()), tickMilliseconds).unref();
    }
  }

  #onTick(): void {
    const { runtime, now } = this.#options;
    const at = now();
    for (const [slot, open] of this.#openSlots) {
      const calls = slot >= firstBreakpointSlot ? 0 : runtime.callsOf(slot);
      const cost = ((calls - open.calls) * openCallMilliseconds) / open.probes.size;
      open.calls = calls;
      if (cost > 0) for (const probe of open.probes) this.#spendOpen(probe, cost, at);
    }
    let isOver = false;
    for (const probe of this.#probes.values()) {
      this.#lookAtPlaces(probe);
      if (!probe.isOver && at > probe.expiresAt) {
        probe.state = 'expired';
        probe.isChanged = true;
      }
      isOver ||= probe.isOver;
      // Nobody came by since: the next hit would be told.
      if (probe.state === 'over-rate' && at >= probe.asleepUntil && probe.mayTell(at)) {
        probe.state = 'armed';
        probe.isChanged = true;
      }
    }
    if (isOver) this.#openWhatIsWanted();
    this.#ticks += 1;
    if (this.#ticks % 2 === 0) this.#flush(false);
  }

  /** In a moment, outside of the program's call. */
  #soon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#options.timers
      .setTimeout(() => {
        this.#flushing = false;
        this.#safely(() => {
          this.#openWhatIsWanted();
          this.#flush(true);
        });
      }, waitMilliseconds)
      .unref();
  }

  #flush(always: boolean): void {
    const lines = this.#consoleLines;
    this.#consoleLines = [];
    for (const { level, text } of lines) {
      try {
        // The program's own, which may be what writes its log.
        console[level](text);
      } catch {
        // It is the program's: what it throws at is no concern of probes.
      }
    }
    const tallies = this.#changedTallies();
    if (tallies.length > 0 || this.#waiting.length > 0 || this.#lines.length > 0 || always) this.#handOver(tallies);
  }

  #tellTallies(): void {
    const tallies = this.#changedTallies();
    if (tallies.length > 0) this.#handOver(tallies);
  }

  #changedTallies() {
    const changed = [...this.#probes.values()].filter(({ isChanged }) => isChanged);
    for (const probe of changed) probe.isChanged = false;
    return changed.map((probe) => probe.tally());
  }

  #handOver(tallies: ProbesNews['tallies']): void {
    const hits = this.#waiting;
    const lines = this.#lines;
    if (hits.length === 0 && lines.length === 0 && tallies.length === 0) return;
    this.#waiting = [];
    this.#lines = [];
    this.#options.post({ hits, lines, tallies });
  }

  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** All functions run as they are written, and no probe does anything any more. */
  #fail(error: unknown): void {
    debug(`probes failed and are withdrawn: ${messageOf(error)}`);
    this.#failed = true;
    this.#bySlot = new Map();
    for (const probe of this.#probes.values()) {
      probe.state = 'closed';
      probe.isChanged = true;
    }
    try {
      for (const slot of this.#openSlots.keys()) this.#gatesOf(slot).close(slot);
      this.#openSlots.clear();
      this.#tellTallies();
      this.#probes.clear();
      this.#schedule();
    } catch {
      // Nothing more can be done, and nothing is open.
    }
  }
}

function begin(call: OpenCall, probe: RunningProbe, at: number): void {
  // Only this file puts something there.
  const first = call.state as Begun | undefined;
  for (let each = first; each; each = each.next) {
    if (each.probe === probe) {
      each.at = at;
      return;
    }
  }
  call.state = { probe, at, next: first } satisfies Begun;
}

/** Seconds; `ends`: the time is over, and the next end without a begin is none. */
function sinceBegin(call: OpenCall, probe: RunningProbe, at: number, ends: boolean): number | undefined {
  for (let each = call.state as Begun | undefined; each; each = each.next) {
    if (each.probe !== probe) continue;
    if (Number.isNaN(each.at)) return undefined;
    const seconds = Math.max(0, at - each.at) / 1000;
    if (ends) each.at = Number.NaN;
    return seconds;
  }
  return undefined;
}

/** What a request has left behind, such as an interval, is not for it any more. */
const entryOf = (request: RequestAtHand | undefined): string | undefined =>
  request && !request.ended ? entryName(request, true) : undefined;

/** The program's own code finds it: whatever that throws is no concern of a hit. */
function spanOf(): SpanIds | undefined {
  try {
    return activeSpan();
  } catch {
    return undefined;
  }
}
