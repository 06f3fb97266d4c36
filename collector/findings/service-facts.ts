/** What detectors judge: one version of a service as it ran in a window. Data only, so that a detector is a function of data. */
import type { CompareResponse } from '@runlens/protocol/api/compare';
import type { FindingKind } from '@runlens/protocol/api/findings';
import type { EntriesResponse, ExceptionProfile, Profile } from '@runlens/protocol/api/profile';
import type { UnusedResponse } from '@runlens/protocol/api/unused';
import type { Draft } from './draft.ts';

/** An error that no version has had before. */
export interface NewError {
  readonly file: string;
  readonly function: string;
  readonly line: number;
  readonly exception: ExceptionProfile;
  /** Calls of the function in earlier versions that are remembered. */
  readonly callsBefore: number;
}

/** A change between versions that was found before. */
export interface KnownChange extends Pick<Draft, 'place' | 'memory'> {
  readonly kind: FindingKind;
}

/** One hour that was, of one function. */
export interface WeekHour {
  /** In UTC, 0 being Monday from 00:00 to 01:00. */
  readonly ofWeek: number;
  readonly calls: number;
  /** Seconds. */
  readonly p50: number;
}

/** One minute that was, of one function in the processes that run now. */
export interface MinuteNumbers {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly calls: number;
  /** Seconds. */
  readonly p50: number;
}

export interface ServiceFacts {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  /** How long the version was measured in the window. */
  readonly minutes: number;
  /** Those that were called and matter: by time, errors and calls. */
  readonly functions: readonly Profile[];
  readonly entries: EntriesResponse['entries'];
  readonly newErrors: readonly NewError[];
  /** This version with the one before; absent: there is none, or it is not the newest. */
  readonly comparison: CompareResponse | undefined;
  readonly knownChanges: readonly KnownChange[];
  /** Hours of the last weeks, of the functions that take most time, by file, line end, function. */
  readonly weekHours: ReadonlyMap<string, readonly WeekHour[]>;
  /** Whole minutes of the last hours since the youngest process began, oldest first, of the functions that take most time; keyed as `weekHours`. */
  readonly courses: ReadonlyMap<string, readonly MinuteNumbers[]>;
  /** What the running version has loaded and nobody called; absent where it was not looked at. */
  readonly unused: UnusedResponse['deployments'][number] | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}
