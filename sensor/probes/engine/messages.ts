/** What the export thread and the service's thread tell each other of probes: data that is cloned, nothing to be run. */
import type { CapturedValue, CutReason } from '@runlens/protocol/probes/capture';
import type { Expression } from '@runlens/protocol/probes/expression/tree';
import type { CaptureLimits } from '@runlens/protocol/probes/limits';
import type { ProbeKind } from '@runlens/protocol/probes/probe';
import type { Breakpoint, SoughtScript } from '../fallback/breakpoint.ts';
import type { FlatCapture } from '../flat-values.ts';
import type { ReadableName } from '../gates.ts';
import type { LogLines } from './log-lines.ts';

/**
 * What a gate means to a probe. `hit`: what is probed; `begin` and `end`: of a time that is measured; `return` and `throw`:
 * the function is left, which ends such a time and, at exit, is what is probed.
 */
export type GateRole = 'hit' | 'begin' | 'end' | 'return' | 'throw';

/** The place of a probe in one loaded copy of its file. */
export interface PlacedCopy {
  readonly slot: number;
  readonly gateCount: number;
  readonly gates: readonly { readonly gate: number; readonly role: GateRole }[];
  /** What expressions can read there. */
  readonly names: readonly ReadableName[];
  /** It has no gate: there is V8's inspector. */
  readonly breakpoint?: Breakpoint;
}

export interface NamedExpression {
  readonly text: string;
  readonly expression: Expression;
  /** It reads what may be secret: it is shown as hidden, and never evaluated. */
  readonly isSecret: boolean;
}

/** A probe as the service's thread needs it: nothing of it is text that would have to be parsed. */
export interface PlacedProbe {
  readonly id: string;
  readonly kind: ProbeKind;
  readonly copies: readonly PlacedCopy[];
  readonly condition: Expression | undefined;
  readonly expressions: readonly NamedExpression[];
  /** Of a log: one more than expressions, they stand between. */
  readonly texts: readonly string[];
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly toServiceLog: boolean;
  /** Of a counter or timer. */
  readonly by: NamedExpression | undefined;
  readonly limits: CaptureLimits;
  /** How many hits it may still tell; null: no bound. */
  readonly hits: number | null;
  /** How many hits it may tell in a second; null: no bound. */
  readonly rate: number | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly paused: boolean;
  /** Types and sizes only, no value. */
  readonly isPreview: boolean;
}

/** To the service's thread. */
export type ProbesOrder =
  /** A new probe, or one that has more copies now: its numbers go on. */
  | { readonly do: 'place'; readonly probe: PlacedProbe; readonly secretNames: readonly string[] }
  | {
      readonly do: 'change';
      readonly id: string;
      readonly hits: number | null;
      readonly expiresAt: number;
      readonly paused: boolean;
    }
  | { readonly do: 'withdraw'; readonly id: string }
  /** Which scripts V8 has of these paths, for a place without gates; the answer is in `ProbesNews.sought`. */
  | { readonly do: 'seek'; readonly id: string; readonly paths: readonly string[] }
  /** All of them: the functions run as they are written. */
  | { readonly do: 'close' };

/** A frame as V8 tells it. */
export interface RawFrame {
  readonly file: string;
  readonly function: string;
  readonly line: number;
  /** UTF-16 units into the text that runs. */
  readonly position: number;
}

export interface CapturedExpression {
  readonly text: string;
  readonly value?: CapturedValue;
  readonly error?: string;
}

export type NamedValues = readonly (readonly [string, CapturedValue])[];

/** What the frame of a hit held, as it is captured: primitives, in which texts are not redacted yet. Never cloned. */
export interface CapturedFrameValues {
  readonly values: FlatCapture;
  /** Those that have a value get it from `values`. */
  readonly expressions: readonly CapturedExpression[];
  /** Of the first values, of which expression each is. */
  readonly valued: readonly number[];
  readonly exit: 'return' | 'throw' | undefined;
  /** Expressions that were not evaluated, as they are secret. */
  readonly hidden: number;
  /** Why an expression had no value, the last one. */
  readonly failure: string | undefined;
}

/** The same as it may be seen. */
export interface ShownFrameValues {
  readonly values:
    | {
        readonly this?: CapturedValue;
        readonly arguments: NamedValues;
        readonly locals: NamedValues;
        readonly closure: NamedValues;
        readonly returned?: CapturedValue;
        readonly thrown?: CapturedValue;
      }
    | undefined;
  readonly expressions: readonly CapturedExpression[];
  readonly redacted: number;
  readonly cut: readonly CutReason[];
}

/** What one hit of a snapshot or log has brought. */
export interface Hit {
  readonly probe: string;
  /** Which of its copies. */
  readonly slot: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of a snapshot; nothing else of what it captured leaves the service's thread. */
  readonly shown: ShownFrameValues | undefined;
  /** Of a log. */
  readonly message: string | undefined;
  readonly frames: readonly RawFrame[];
  readonly entry: string | undefined;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  /** Of a log's message. */
  readonly redacted: number;
  readonly cut: readonly CutReason[];
  /** Milliseconds. */
  readonly cost: number;
}

export interface GroupNumbers {
  readonly by: string | null;
  readonly count: number;
  /** Seconds. */
  readonly duration:
    | {
        readonly sum: number;
        readonly max: number;
        readonly zeroCount: number;
        readonly indexes: readonly number[];
        readonly counts: readonly number[];
      }
    | undefined;
}

/** Why a probe tells nothing at the moment, or nothing more; `armed`: it does. */
export type RunningState = 'armed' | 'over-rate' | 'over-budget' | 'paused' | 'hits-told' | 'expired' | 'closed';

/** How a probe stands in the service's thread. */
export interface Tally {
  readonly probe: string;
  readonly state: RunningState;
  /** Copies whose gates are open. */
  readonly copies: number;
  /** The gates were closed between hits, so that not all of them were seen. */
  readonly isPartial: boolean;
  readonly reached: number;
  readonly hits: number;
  readonly skipped: number;
  readonly failures: number;
  readonly failure: string | undefined;
  /** Why a place without gates cannot be opened: a sentence. */
  readonly problem: string | undefined;
  /** Milliseconds. */
  readonly cost: number;
  readonly numbers: readonly GroupNumbers[] | undefined;
}

/** From the service's thread. */
export interface ProbesNews {
  /** Of snapshots. */
  readonly hits: readonly Hit[];
  readonly lines: LogLines;
  readonly tallies: readonly Tally[];
  readonly sought?: Sought;
}

/** What was found for a probe; a text: why nothing was looked for. */
export interface Sought {
  readonly probe: string;
  readonly scripts: readonly SoughtScript[] | string;
}
