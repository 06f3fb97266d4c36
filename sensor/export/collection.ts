import { attributes, metrics } from '@runlens/protocol/telemetry';
import type { SlowCall } from '../conditions/slowest-calls.ts';
import { MessageShapes } from '../errors/message-shapes.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import type { SlotDelta } from '../runtime/tallies.ts';
import { BuiltLines, type BuiltText } from '../source/built-lines.ts';
import { type IdentityOptions, identify, type SlotIdentity } from '../source/identity.ts';
import { SerialWaits } from '../source/serial-waits.ts';
import {
  addOperation,
  type Batch,
  type FunctionIdentity,
  type FunctionNumbers,
  mergeNumbers,
  type OperationNumbers,
  slowest,
} from './batch.ts';
import type { Known } from './exporter.ts';
import {
  type Attribute,
  type Exemplar,
  functionAttributes,
  type LoadedSource,
  type UnmeasuredFunction,
} from './metrics.ts';

/** Identities are looked for in slices of this length, so that the service's requests get their turn. */
const sliceMilliseconds = 10;

const noExemplars: readonly Exemplar[] = [];

interface Owner extends SlotIdentity {
  /** The text that was loaded, where it is built from others. */
  readonly built: BuiltText | undefined;
}

/** From slots to functions: gathers what the runtime counted under the identities that the collector knows. */
export class Collection {
  readonly #options: IdentityOptions;
  /** By slot; null: not told. */
  readonly #identities: (Owner | null)[] = [];
  readonly #unidentified: LoadedFile[] = [];
  /** By file, then by line and name. */
  readonly #byFile = new Map<string, Map<string, FunctionIdentity>>();
  readonly #sourceKeys = new Set<string>();
  readonly #unmeasuredKeys = new Set<string>();
  readonly #functions: FunctionIdentity[] = [];
  readonly #sources: LoadedSource[] = [];
  readonly #unmeasured: UnmeasuredFunction[] = [];
  readonly #lines: BuiltLines;
  readonly #messages = new MessageShapes();
  readonly #waits = new SerialWaits();
  #gatheredFunctions = new Map<FunctionIdentity, FunctionNumbers>();
  #gatheredOperations = new Map<string, OperationNumbers>();
  /** Of functions whose durations are told with a later batch. */
  #exemplars = new Map<FunctionIdentity, readonly Exemplar[]>();
  #start: number;

  /** `start`: milliseconds since 1970 from which on calls were counted. */
  constructor(options: IdentityOptions, start: number) {
    this.#options = options;
    this.#lines = new BuiltLines(options);
    this.#start = start;
  }

  /** Everything that was identified so far; the same object grows. */
  get known(): Known {
    return { functions: this.#functions, sources: this.#sources, unmeasured: this.#unmeasured };
  }

  add(file: LoadedFile): void {
    this.#unidentified.push(file);
  }

  /** Who a function is in the source as written; nothing where that is not told. */
  identityOf(slot: number): FunctionIdentity | undefined {
    this.#identifyNow();
    return this.#identities[slot]?.identity;
  }

  /**
   * The line in the source as written of a place in a function of what was loaded: its offset there, and its line, which is
   * the same where nothing was built.
   */
  lineOf(slot: number, offset: number, line: number): number | undefined {
    const owner = this.#identities[slot];
    if (!owner?.built) return line;
    return this.#lines.lineOf(owner.built, offset, owner.identity.file);
  }

  /** Git's object id of a source as it was when it was loaded; nothing where its text could not be had. */
  blobOf(file: string): string | undefined {
    this.#identifyNow();
    return this.#sources.findLast((source) => source.file === file)?.blob;
  }

  /** Nothing was counted since the last cut: the next interval starts now. */
  startAt(now: number): void {
    this.#start = Math.max(now, this.#start);
  }

  /** Identifies what was loaded since the last time, with pauses. */
  async identify(): Promise<void> {
    let sliceEnd = performance.now() + sliceMilliseconds;
    for (let file = this.#unidentified.shift(); file; file = this.#unidentified.shift()) {
      this.#identifyOne(file);
      if (performance.now() < sliceEnd) continue;
      await new Promise<void>((resolve) => {
        // Unref'd: a service that is done need not wait for this; its last flush does the rest.
        setImmediate(resolve).unref();
      });
      sliceEnd = performance.now() + sliceMilliseconds;
    }
  }

  /** Takes in numbers of functions; those that have not been identified yet are identified now. */
  addSlots(deltas: readonly SlotDelta[]): void {
    this.#identifyNow();
    const functions = this.#gatheredFunctions;
    for (const { slot, calls, errors, durations } of deltas) {
      const owner = this.#identities[slot];
      if (!owner) continue;
      const { identity, tells } = owner;
      const numbers: FunctionNumbers = {
        calls: tells === 'errors' ? 0 : calls,
        errors,
        duration: tells === 'all' ? durations : undefined,
        exemplars: noExemplars,
      };
      const before = functions.get(identity);
      functions.set(identity, before ? mergeNumbers(before, numbers) : numbers);
      if (tells === 'all') this.#addWaits(owner, slot, numbers);
    }
  }

  #addWaits({ identity, built }: Owner, slot: number, { calls, duration }: FunctionNumbers): void {
    if (calls === 0) return;
    const label = this.#waits.of(slot, duration, ({ line, offset }) =>
      built ? (this.#lines.lineOf(built, offset, identity.file) ?? 0) : line,
    );
    if (label === undefined) return;
    const all: Attribute[] = [...functionAttributes(identity), [attributes.waits, label]];
    const own = { metric: metrics.serialWaits, attributes: all, numbers: calls };
    addOperation(this.#gatheredOperations, JSON.stringify([own.metric, all]), own);
  }

  /** Reads the text of one file whose functions wait long. Takes some milliseconds: not for the service's own thread. */
  lookAtWaits(): void {
    this.#waits.lookAtOne();
  }

  addOperations(deltas: readonly OperationDelta[]): void {
    this.#identifyNow();
    for (const delta of deltas) {
      const { metric, numbers } = delta;
      const all = this.#attributesOf(delta);
      if (!all) continue;
      addOperation(this.#gatheredOperations, JSON.stringify([metric, all]), { metric, attributes: all, numbers });
    }
  }

  addSlowCalls(calls: readonly SlowCall[]): void {
    this.#identifyNow();
    for (const call of calls) {
      const owner = this.#identities[call.slot];
      if (owner?.tells !== 'all') continue;
      const before = this.#exemplars.get(owner.identity) ?? [];
      this.#exemplars.set(owner.identity, slowest([...before, this.#exemplarOf(call)]));
    }
  }

  #exemplarOf({ at, milliseconds, entry, entrySlot, span, conditions, queries }: SlowCall): Exemplar {
    const own: Attribute[] = [];
    const name = this.#entryName(entry, entrySlot);
    if (name !== undefined) own.push([attributes.entry, name]);
    if (conditions.length > 0) own.push([attributes.conditions, conditions.join(',')]);
    if (queries) own.push([attributes.queries, queries.count], [attributes.queriesSummary, queries.summary]);
    return { attributes: own, time: at, value: milliseconds / 1000, span };
  }

  #entryName(name: string, slot: number): string | undefined {
    if (slot < 0) return name === '' ? undefined : name;
    const job = this.#identities[slot]?.identity;
    return job && `${name}: ${job.name}`;
  }

  /** Gives each function of the batch whose durations are told its exemplars. */
  #giveExemplars(functions: Map<FunctionIdentity, FunctionNumbers>): void {
    for (const [identity, exemplars] of this.#exemplars) {
      const numbers = functions.get(identity);
      if (!numbers?.duration) continue;
      functions.set(identity, { ...numbers, exemplars });
      this.#exemplars.delete(identity);
    }
  }

  /** All that was taken in since the last time: the numbers of the interval that ends now. */
  cut(now: number): Batch {
    this.#identifyNow();
    // A clock that was set back must not make an interval that ends before it starts.
    const end = Math.max(now, this.#start);
    this.#giveExemplars(this.#gatheredFunctions);
    const batch = {
      start: this.#start,
      end,
      functions: this.#gatheredFunctions,
      operations: this.#gatheredOperations,
    };
    this.#start = end;
    this.#gatheredFunctions = new Map();
    this.#gatheredOperations = new Map();
    return batch;
  }

  #identifyNow(): void {
    for (const file of this.#unidentified.splice(0)) this.#identifyOne(file);
  }

  #attributesOf(delta: OperationDelta): Attribute[] | undefined {
    switch (delta.metric) {
      case metrics.callers:
      case metrics.conditions:
        return this.#callAttributes(delta);
      case metrics.exceptions:
        return this.#exceptionAttributes(delta);
      default:
        return this.#operationAttributes(delta);
    }
  }

  #operationAttributes({ slot, within, attributes: own }: OperationDelta): Attribute[] {
    const asking = this.#identities[slot]?.identity;
    const around = this.#identities[within]?.identity;
    const all: Attribute[] = asking ? [...functionAttributes(asking), ...own] : [...own];
    if (around) all.push([attributes.withinFunctionName, around.name], [attributes.withinFilePath, around.file]);
    return all;
  }

  /** Nothing where the calls of the slot are told by another, or neither the caller nor the entry has a name. */
  #callAttributes({ slot, within, attributes: own, entrySlot = -1 }: OperationDelta): Attribute[] | undefined {
    const called = this.#identities[slot];
    if (!called || called.tells === 'errors') return undefined;
    const caller = this.#identities[within]?.identity;
    const all: Attribute[] = [...functionAttributes(called.identity)];
    if (caller) all.push([attributes.callerFunctionName, caller.name], [attributes.callerFilePath, caller.file]);
    for (const [key, value] of own) {
      const name = this.#entryName(String(value), entrySlot);
      if (name !== undefined) all.push([key, name]);
    }
    return all.length > functionAttributes(called.identity).length ? all : undefined;
  }

  /** Nothing where nobody knows who it left. What the message says leaves the process as a shape only. */
  #exceptionAttributes({ slot, within, attributes: own, thrown }: OperationDelta): Attribute[] | undefined {
    const left = this.#identities[slot]?.identity;
    if (!left) return undefined;
    const all: Attribute[] = [...functionAttributes(left), ...own];
    const shape = thrown?.message === undefined ? '' : this.#messages.shapeOf(slot, thrown.message);
    if (shape !== '') all.push([attributes.exceptionShape, shape]);
    const threw = this.#identities[within];
    if (threw) {
      const { name, file } = threw.identity;
      all.push([attributes.thrownFunctionName, name], [attributes.thrownFilePath, file]);
      const line = thrown ? this.#lineOf(threw, thrown) : undefined;
      if (line !== undefined) all.push([attributes.thrownLineNumber, line]);
    }
    return all;
  }

  #lineOf({ identity, built }: Owner, { line, offset }: NonNullable<OperationDelta['thrown']>): number | undefined {
    const written = built ? this.#lines.lineOf(built, offset, identity.file) : line;
    return written !== undefined && written > 0 ? written : undefined;
  }

  #identifyOne(file: LoadedFile): void {
    const { functions, isBuilt, sources, unmeasured } = identify(file, this.#options);
    const built = isBuilt ? { path: file.path, length: file.text.length } : undefined;
    functions.forEach((owner, index) => {
      const slot = file.firstSlot + index;
      this.#identities[slot] = owner ? { ...owner, identity: this.#same(owner.identity), built } : null;
    });
    this.#waits.add(file);
    for (const source of sources) {
      if (addKey(this.#sourceKeys, `${source.file}\0${source.blob}`)) this.#sources.push(source);
    }
    for (const one of unmeasured) {
      const key = `${one.file}\0${keyInFile(one)}`;
      // Another build of it may be measured: then that is what counts.
      const isMeasured = this.#byFile.get(one.file)?.has(keyInFile(one)) === true;
      if (!isMeasured && addKey(this.#unmeasuredKeys, key)) this.#unmeasured.push(one);
    }
  }

  /** One object for each identity, so that what was loaded twice is counted as one. */
  #same(identity: FunctionIdentity): FunctionIdentity {
    let inFile = this.#byFile.get(identity.file);
    if (!inFile) {
      inFile = new Map();
      this.#byFile.set(identity.file, inFile);
    }
    const key = keyInFile(identity);
    const before = inFile.get(key);
    if (before) return before;
    inFile.set(key, identity);
    this.#functions.push(identity);
    return identity;
  }
}

const keyInFile = ({ name, line }: FunctionIdentity): string => `${line}\0${name}`;

function addKey(keys: Set<string>, key: string): boolean {
  const isNew = !keys.has(key);
  keys.add(key);
  return isNew;
}
