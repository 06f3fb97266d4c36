import { defaultCpuShare } from '@runlens/protocol/probes/limits';
import { LargePlaces } from '../capture-value.ts';
import { compile } from '../evaluate.ts';
import type { ReadableName } from '../gates.ts';
import { CostCredit } from './cost-credit.ts';
import { type HitFrame, scopeOf } from './frame.ts';
import { Groups } from './groups.ts';
import type { CompiledExpression } from './hit-capture.ts';
import type { GateRole, NamedExpression, PlacedCopy, PlacedProbe, RunningState, Tally } from './messages.ts';
import { TokenBucket } from './token-bucket.ts';

type Evaluate = (frame: HitFrame) => unknown;

/** One gate of one copy, with what is to be done there. */
export interface ProbedGate {
  readonly probe: RunningProbe;
  readonly role: GateRole;
  readonly gate: number;
  readonly slot: number;
  readonly names: readonly ReadableName[];
  readonly condition: Evaluate | undefined;
  readonly expressions: readonly CompiledExpression[];
  readonly by: CompiledExpression | undefined;
  /** Milliseconds that V8 takes for each hit, where there is no gate. */
  readonly trap: number;
}

/** A probe in the service's thread: what it has seen, what it may still do. */
export class RunningProbe {
  placed: PlacedProbe;
  gates: readonly ProbedGate[];
  readonly large = new LargePlaces();
  readonly groups = new Groups();
  readonly credit: CostCredit;
  readonly #rate: TokenBucket | undefined;
  reached = 0;
  hits = 0;
  skipped = 0;
  failures = 0;
  failure: string | undefined;
  /** Why a place without gates cannot be opened. */
  problem: string | undefined;
  /** Milliseconds. */
  cost = 0;
  /** Copies whose gates are open. */
  copies = 0;
  state: RunningState = 'armed';
  /** Of `over-budget`, and of gates that are closed until the rate allows the next hit; monotonic milliseconds. */
  asleepUntil = 0;
  isPartial = false;
  /** How many hits it tells, from its first on. */
  #mostHits: number;
  /** Monotonic milliseconds. */
  expiresAt: number;
  /** Since the tally was told last. */
  isChanged = true;
  /** Milliseconds that hits have cost that were not told, since the last that was. */
  costOfSkipped = 0;

  readonly #isSecret: (name: string) => boolean;

  constructor(
    placed: PlacedProbe,
    now: number,
    wallNow: number,
    isSecret: (name: string) => boolean,
    share = defaultCpuShare,
  ) {
    this.placed = placed;
    this.#isSecret = isSecret;
    this.gates = gatesOf(this, placed, isSecret);
    this.credit = new CostCredit(share, now);
    this.#rate = placed.rate === null ? undefined : new TokenBucket(placed.rate, now);
    this.#mostHits = placed.hits ?? Number.POSITIVE_INFINITY;
    this.expiresAt = now + placed.expiresAt - wallNow;
    if (placed.paused) this.state = 'paused';
  }

  get id(): string {
    return this.placed.id;
  }

  /** Whether its gates are to be open. */
  isAwake(now: number): boolean {
    return (this.state === 'armed' || this.state === 'over-rate') && now >= this.asleepUntil;
  }

  get isOver(): boolean {
    return this.state === 'hits-told' || this.state === 'expired' || this.state === 'closed';
  }

  /** The same probe with other copies, or other bounds; what it has seen stays. */
  replace(placed: PlacedProbe, now: number, wallNow: number): void {
    this.placed = placed;
    this.gates = gatesOf(this, placed, this.#isSecret);
    this.change(placed, now, wallNow);
  }

  change(to: Pick<PlacedProbe, 'hits' | 'expiresAt' | 'paused'>, now: number, wallNow: number): void {
    // What others have told since; never more than was allowed at first.
    if (to.hits !== null) this.#mostHits = Math.min(this.#mostHits, this.hits + to.hits);
    this.expiresAt = now + to.expiresAt - wallNow;
    this.isChanged = true;
    if (this.isOver && !(this.state === 'expired' && this.expiresAt > now)) return;
    if (to.paused) this.state = 'paused';
    else if (this.state === 'paused' || this.state === 'expired') this.state = 'armed';
  }

  /** Whether the rate allows one more hit now. */
  mayTell(now: number): boolean {
    return this.#rate === undefined || this.#rate.has(now);
  }

  waitForRate(now: number): number {
    return this.#rate?.waitFor(now) ?? 0;
  }

  tell(): void {
    this.#rate?.take();
    this.hits += 1;
    this.costOfSkipped = 0;
    if (this.state === 'over-rate') this.state = 'armed';
    if (this.hits >= this.#mostHits) this.state = 'hits-told';
  }

  failed(problem: string): void {
    this.failures += 1;
    this.failure = problem;
  }

  tally(): Tally {
    const { kind } = this.placed;
    const hasNumbers = kind === 'counter' || kind === 'timer';
    return {
      probe: this.id,
      state: this.state,
      copies: this.copies,
      isPartial: this.isPartial,
      reached: this.reached,
      hits: this.hits,
      skipped: this.skipped,
      failures: this.failures,
      failure: this.failure,
      problem: this.problem,
      cost: this.cost,
      numbers: hasNumbers ? this.groups.numbers(kind === 'timer') : undefined,
    };
  }
}

function gatesOf(probe: RunningProbe, placed: PlacedProbe, isSecret: (name: string) => boolean): readonly ProbedGate[] {
  return placed.copies.flatMap((copy) =>
    copy.gates.map(({ gate, role }) => gateOf(probe, placed, copy, gate, role, isSecret)),
  );
}

function gateOf(
  probe: RunningProbe,
  placed: PlacedProbe,
  copy: PlacedCopy,
  gate: number,
  role: GateRole,
  isSecret: (name: string) => boolean,
): ProbedGate {
  const scope = scopeOf(copy.names, role === 'return' || role === 'throw' || role === 'end');
  const evaluator = (named: NamedExpression): CompiledExpression => {
    const compiled = compile(named.expression, scope, isSecret);
    // The export thread has compiled it by the same rules and names.
    if (!compiled.ok) throw new Error(`${compiled.missing} is not in scope`);
    return { text: named.text, isSecret: named.isSecret, evaluate: compiled.evaluate };
  };
  const { condition, expressions, by } = placed;
  return {
    probe,
    role,
    gate,
    slot: copy.slot,
    names: copy.names,
    // What begins a time is not judged: its end is.
    condition:
      condition && role !== 'begin'
        ? evaluator({ text: '', expression: condition, isSecret: false }).evaluate
        : undefined,
    expressions: role === 'begin' ? [] : expressions.map(evaluator),
    by: by && role !== 'begin' ? evaluator(by) : undefined,
    trap: copy.breakpoint?.trap ?? 0,
  };
}
