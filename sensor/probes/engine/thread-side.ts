import type { Acknowledgement } from '@runlens/protocol/control';
import type { ArmedProbe, ProbeReport } from '@runlens/protocol/probes/messages';
import type { CapturableName } from '@runlens/protocol/probes/state';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import type { ProbesCommand } from '../../control/read-probes.ts';
import { debug, messageOf } from '../../log.ts';
import { FallbackPlaces } from '../fallback/fallback-places.ts';
import type { Located } from '../gates.ts';
import { CapturesQueue, type SendCaptures } from './captures-queue.ts';
import { closedPlaces } from './closed-places.ts';
import { absentState, instanceState } from './instance-state.ts';
import { hitsOf } from './log-lines.ts';
import type { Hit, ProbesNews, ProbesOrder, Sought, Tally } from './messages.ts';
import { type Prepared, prepare, prepareAt, type Refusal, type Surroundings } from './prepare.ts';
import { sentCapture } from './sent-capture.ts';
import type { SlotPlaces, StackPlaces } from './stack-places.ts';

export { engineCode } from './engine-code.ts';

export interface ProbesThreadOptions {
  /** Makes the engine ready for the service's thread; before the first probe. */
  readonly engine: () => void;
  /** To the service's thread. */
  readonly order: (orders: readonly ProbesOrder[]) => void;
  /** Something is to be reported: `reports` is asked for soon. */
  readonly report: (acknowledgement?: Acknowledgement) => void;
  readonly send: SendCaptures;
  readonly locate: (file: string, line: number) => Located;
  /** Whether worker threads of the service have loaded it. */
  readonly isOfThreads: (file: string) => boolean;
  readonly places: SlotPlaces & { blobOf(file: string): string | undefined };
  readonly stacks: StackPlaces;
  /** Paths are relative to it. */
  readonly root: string;
  /** Whether the owner of the service allows V8's inspector where there are no gates. */
  readonly allowsFallback: boolean;
  /** By the owner of the service. */
  readonly closed: readonly string[];
  readonly secretNames: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A collector that is away for so long may have removed what it had placed. */
const lostMilliseconds = 10_000;
/** One that is there again tells what there is, if there is something. */
const toldAgainMilliseconds = 2_000;
/** Files come in crowds. */
const loadedMilliseconds = 50;
const leastBetweenReports = 200;
/** Of one report, in characters of JSON; the rest goes with the next. */
const mostOfReport = 150_000;
const mostInReport = 200;
/** Of the numbers of a timer with many groups, each with many buckets. */
const mostNumbers = 100;
/** Of a preview. */
const mostScopeNames = 200;
/** Probes of which it is known how many captures were lost. */
const mostDropped = 1_000;

interface Held {
  armed: ArmedProbe;
  /** What it is, beside what may change while it is armed. */
  key: string;
  prepared: Prepared | Refusal;
  tally: Tally | undefined;
  isToTell: boolean;
}

/**
 * The probes of this process, in the export thread: finds their places, tells the service's thread what to open, and the
 * collector how they stand and what they brought. What is not in the collector's newest list is withdrawn, and all of it
 * when the collector is lost.
 */
export class ProbesThread {
  readonly #options: ProbesThreadOptions;
  readonly #held = new Map<string, Held>();
  readonly #queue: CapturesQueue;
  /** Captures that were lost, by probe: also of those that are withdrawn, as they may be told again. */
  readonly #dropped = new Map<string, number>();
  readonly #fallback: FallbackPlaces | undefined;
  readonly #isClosed: (file: string, functionName: string) => boolean;
  #secretNames: readonly string[] = [];
  #redactor: Redactor;
  #isOff = false;
  #hasEngine = false;
  #lost: NodeJS.Timeout | undefined;
  #toldAgain: NodeJS.Timeout | undefined;
  #loaded: NodeJS.Timeout | undefined;
  #reporting: NodeJS.Timeout | undefined;
  #reportedAt = 0;

  constructor(options: ProbesThreadOptions) {
    this.#options = options;
    this.#queue = new CapturesQueue(options.send, (probe) => this.#lose(probe));
    this.#fallback = options.allowsFallback ? new FallbackPlaces(options) : undefined;
    this.#isClosed = closedPlaces(options.closed);
    this.#redactor = new Redactor({ names: options.secretNames });
  }

  /** The collector tells all that there are to be. */
  take({ id, probes, secretNames }: ProbesCommand): void {
    clearTimeout(this.#toldAgain);
    const isHidingMore = secretNames.join('\0') !== this.#secretNames.join('\0');
    if (isHidingMore) {
      this.#secretNames = secretNames;
      this.#redactor = new Redactor({ names: [...this.#options.secretNames, ...secretNames] });
    }
    const orders: ProbesOrder[] = [];
    const wanted = new Set(probes.map((armed) => armed.id));
    for (const known of [...this.#held.keys()]) {
      if (wanted.has(known)) continue;
      this.#held.delete(known);
      this.#fallback?.forget(known);
      orders.push({ do: 'withdraw', id: known });
    }
    for (const lost of [...this.#dropped.keys()]) if (!wanted.has(lost)) this.#dropped.delete(lost);
    for (const armed of probes) this.#takeOne(armed, isHidingMore, orders);
    this.#order(orders);
    this.#options.report({ id, outcome: 'done' });
    this.#reportSoon();
  }

  /** A file has been loaded. */
  loaded(): void {
    if (this.#held.size === 0) return;
    this.#loaded ??= setTimeout(() => {
      this.#loaded = undefined;
      const orders: ProbesOrder[] = [];
      for (const held of this.#held.values()) this.#prepareAgain(held, orders);
      this.#order(orders);
    }, loadedMilliseconds).unref();
  }

  /** The service's thread has something. */
  news({ hits, lines, tallies, sought }: ProbesNews): void {
    if (sought) this.#sought(sought);
    for (const hit of hits) this.#capture(hit);
    for (const hit of hitsOf(lines)) this.#capture(hit);
    let isState = false;
    for (const tally of tallies) {
      const held = this.#held.get(tally.probe);
      if (!held) continue;
      isState ||= held.tally?.state !== tally.state || held.tally.copies !== tally.copies;
      held.tally = tally;
      held.isToTell = true;
    }
    if (tallies.length === 0) return;
    if (isState && this.#options.now() - this.#reportedAt >= leastBetweenReports) this.#reportNow();
    else this.#reportSoon();
  }

  /** What has changed since it was asked the last time. */
  reports(): readonly ProbeReport[] {
    const reports: ProbeReport[] = [];
    let size = 0;
    const at = new Date(this.#options.now()).toISOString();
    for (const [probe, held] of this.#held) {
      if (!held.isToTell) continue;
      // It is being armed: the service's thread answers in a moment.
      if (held.prepared.kind === 'prepared' && !held.tally && !this.#isOff) continue;
      if (reports.length === mostInReport || size > mostOfReport) {
        this.#reportSoon();
        break;
      }
      held.isToTell = false;
      const report = this.#reportOf(probe, held, at);
      size += JSON.stringify(report).length;
      reports.push(report);
    }
    return reports;
  }

  /** The collector can be spoken to, or cannot any more. */
  connected(isOpen: boolean): void {
    clearTimeout(this.#lost);
    clearTimeout(this.#toldAgain);
    if (isOpen) {
      for (const held of this.#held.values()) held.isToTell = true;
      this.#queue.resume();
      this.#toldAgain = setTimeout(() => this.#withdrawAll('the collector knows of no probes'), toldAgainMilliseconds);
      this.#toldAgain.unref();
      this.#reportSoon();
    } else {
      this.#lost = setTimeout(() => this.#withdrawAll('the collector is lost'), lostMilliseconds);
      this.#lost.unref();
    }
  }

  /** The sensor is switched off, or on again. */
  switched(isOff: boolean): void {
    if (isOff === this.#isOff) return;
    this.#isOff = isOff;
    const orders: ProbesOrder[] = isOff ? [{ do: 'close' }] : [];
    for (const held of this.#held.values()) {
      held.isToTell = true;
      held.tally = undefined;
      if (!isOff && held.prepared.kind === 'prepared') orders.push(this.#placing(held.prepared));
    }
    this.#send(orders);
    this.#reportSoon();
  }

  /** The process ends: what is there is sent, as far as there is time. */
  end(): void {
    for (const timer of [this.#lost, this.#toldAgain, this.#loaded, this.#reporting]) clearTimeout(timer);
    this.#queue.flush();
  }

  #takeOne(armed: ArmedProbe, isHidingMore: boolean, orders: ProbesOrder[]): void {
    const key = JSON.stringify([armed.request, armed.capture, armed.rate]);
    const held = this.#held.get(armed.id);
    if (held?.key === key && !isHidingMore) {
      held.armed = armed;
      if (held.prepared.kind !== 'prepared') return;
      const { hits, paused } = armed;
      const expiresAt = Date.parse(armed.expiresAt);
      held.prepared = { ...held.prepared, probe: { ...held.prepared.probe, hits, paused, expiresAt } };
      orders.push({ do: 'change', id: armed.id, hits, expiresAt, paused });
      return;
    }
    if (held) orders.push({ do: 'withdraw', id: armed.id });
    const prepared = this.#prepare(armed);
    this.#held.set(armed.id, { armed, key, prepared, tally: undefined, isToTell: true });
    if (prepared.kind === 'prepared') orders.push(this.#placing(prepared));
  }

  #prepare(armed: ArmedProbe): Prepared | Refusal {
    const { locate, isOfThreads, places } = this.#options;
    const around: Surroundings = {
      locate,
      isOfThreads,
      nameOf: (slot) => places.identityOf(slot)?.name,
      blobOf: (file) => places.blobOf(file),
      isClosed: this.#isClosed,
      redactor: this.#redactor,
    };
    try {
      const prepared = prepare(armed, around);
      return prepared.kind === 'refused' ? this.#withoutGates(armed, prepared, around) : prepared;
    } catch (error) {
      debug(`probe ${armed.id} could not be placed: ${messageOf(error)}`);
      const detail = 'The sensor failed to place it; RUNLENS_LOG=debug tells why.';
      return { kind: 'refused', state: 'refused', cause: 'sensor-failed', detail };
    }
  }

  #withoutGates(armed: ArmedProbe, refusal: Refusal, around: Surroundings): Prepared | Refusal {
    const fallback = this.#fallback;
    if (!fallback?.serves(armed, refusal, around)) return refusal;
    const paths = fallback.pathsFor(armed, around);
    if (paths) this.#order([{ do: 'seek', id: armed.id, paths }]);
    const found = fallback.find(armed, refusal, around);
    return found.kind === 'refused' ? found : prepareAt(armed, found, around.redactor);
  }

  #sought(sought: Sought): void {
    const held = this.#held.get(sought.probe);
    if (!held) return;
    this.#fallback?.told(sought);
    const orders: ProbesOrder[] = [];
    this.#prepareAgain(held, orders);
    this.#order(orders);
  }

  /** There may be more copies of its place, or the first. */
  #prepareAgain(held: Held, orders: ProbesOrder[]): void {
    const before = held.prepared;
    const prepared = this.#prepare(held.armed);
    const slotsOf = (one: Prepared | Refusal) =>
      one.kind === 'prepared' ? one.probe.copies.map(({ slot }) => slot).join() : one.detail;
    if (slotsOf(before) === slotsOf(prepared)) return;
    held.prepared = prepared;
    held.isToTell = true;
    if (prepared.kind === 'prepared') orders.push(this.#placing(prepared));
    else {
      held.tally = undefined;
      orders.push({ do: 'withdraw', id: held.armed.id });
    }
    this.#reportSoon();
  }

  #placing({ probe }: Prepared): ProbesOrder {
    return { do: 'place', probe, secretNames: this.#secretNames };
  }

  #order(orders: readonly ProbesOrder[]): void {
    if (!this.#isOff) this.#send(orders);
  }

  #send(orders: readonly ProbesOrder[]): void {
    if (orders.length === 0) return;
    if (!this.#hasEngine && orders.some((order) => order.do === 'place' || order.do === 'seek')) this.#makeEngine();
    this.#options.order(orders);
  }

  /** Once: the service's thread loads its file as it is where it cannot be made here. */
  #makeEngine(): void {
    this.#hasEngine = true;
    try {
      this.#options.engine();
    } catch (error) {
      debug(`the engine of probes could not be compiled: ${messageOf(error)}`);
    }
  }

  #withdrawAll(why: string): void {
    if (this.#held.size === 0) return;
    debug(`probes are withdrawn: ${why}`);
    this.#held.clear();
    this.#queue.clear();
    this.#send([{ do: 'close' }]);
  }

  #capture(hit: Hit): void {
    const held = this.#held.get(hit.probe);
    if (held?.prepared.kind !== 'prepared') return;
    const { places, stacks } = this.#options;
    const { probe, line } = held.prepared;
    const identity = places.identityOf(hit.slot);
    const place = {
      file: identity?.file ?? held.armed.request.place.file,
      functionName: identity?.name ?? held.prepared.functionName,
      line,
    };
    const top = { function: place.functionName, file: place.file, line };
    const stack =
      hit.frames.length === 0 ? [] : stacks.framesOf(hit.frames, hit.slot, top, places, probe.limits.frames);
    this.#queue.add(sentCapture(hit, probe, place, stack, this.#redactor));
  }

  #lose(probe: string): void {
    this.#dropped.set(probe, (this.#dropped.get(probe) ?? 0) + 1);
    const [oldest] = this.#dropped.keys();
    if (this.#dropped.size > mostDropped && oldest !== undefined) this.#dropped.delete(oldest);
    const held = this.#held.get(probe);
    if (!held) return;
    held.isToTell = true;
    this.#reportSoon();
  }

  #reportOf(probe: string, held: Held, at: string): ProbeReport {
    const report = this.#reportAt(probe, held, at);
    const dropped = this.#dropped.get(probe) ?? 0;
    return dropped === 0 ? report : { ...report, state: { ...report.state, dropped } };
  }

  #reportAt(probe: string, { prepared, tally }: Held, at: string): ProbeReport {
    if (this.#isOff) {
      return { probe, state: absentState('paused', 'probes-off', 'The sensor is switched off.', at) };
    }
    if (prepared.kind === 'refused') {
      return { probe, state: absentState(prepared.state, prepared.cause, prepared.detail, at) };
    }
    if (!tally) return { probe, state: absentState('waiting', 'not-instrumented', 'It is being armed.', at) };
    const numbers = tally.numbers?.slice(0, mostNumbers).map(({ by, count, duration }) => ({
      by: by === null ? null : this.#redactor.text(by).text.slice(0, 256),
      count,
      ...(duration === undefined
        ? {}
        : { duration: { ...duration, indexes: [...duration.indexes], counts: [...duration.counts] } }),
    }));
    const state = instanceState(tally, prepared, at);
    return {
      probe,
      state: prepared.probe.isPreview ? { ...state, names: this.#namesAt(prepared) } : state,
      ...(numbers === undefined ? {} : { numbers }),
    };
  }

  /** What can be read there: in all copies of a place it is the same text. */
  #namesAt({ probe }: Prepared): CapturableName[] {
    return (probe.copies[0]?.names ?? []).slice(0, mostScopeNames).map(({ name, kind }) => ({
      name: this.#redactor.text(name).text.slice(0, 256),
      kind: kind === 'parameter' || kind === 'closure' || kind === 'this' ? kind : 'local',
      hidden: this.#redactor.hidesName(name, 'text'),
    }));
  }

  #reportSoon(): void {
    if (this.#reporting) return;
    const wait = Math.max(0, leastBetweenReports - (this.#options.now() - this.#reportedAt));
    this.#reporting = setTimeout(() => this.#reportNow(), wait).unref();
  }

  #reportNow(): void {
    clearTimeout(this.#reporting);
    this.#reporting = undefined;
    this.#reportedAt = this.#options.now();
    if ([...this.#held.values()].some(({ isToTell }) => isToTell)) this.#options.report();
  }
}
