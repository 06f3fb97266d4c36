/** A change of source code as a review needs it: what its functions do now that they did not do before. */
import type { Mapping, NotMeasuredReason, Profile, ProfilesResponse } from '@runlens/protocol';

/** What an operation waits for outside the process. */
export const reachKinds = ['database', 'network', 'files'] as const;
export type ReachKind = (typeof reachKinds)[number];

/** A function as a service knows it: its place in the text before the change. */
export interface FunctionPlace {
  readonly file: string;
  readonly function: string;
  /** 1-based. */
  readonly line: number;
}

/**
 * How many operations one call performs, by what its text says: 3 database operations, of which 2 not always. Those that
 * stand in a loop are told apart.
 */
export interface Reach {
  readonly kind: ReachKind;
  readonly operations: number;
  /** Of them, those behind a condition or an early exit. */
  readonly conditional: number;
  /** They stand in a loop: there can be any number of each. */
  readonly inLoop: boolean;
}

/** Something that a function does after the change and did not do before. */
export interface AddedOperation {
  /** Names only, never a value: `stock.availableOf`, `db.query (SELECT orders)`. */
  readonly text: string;
  /** In the text after the change, 1-based. */
  readonly line: number;
  /** Once for each element of something, not once a call. */
  readonly inLoop: boolean;
  /** Behind a condition or an early exit: not in each call. */
  readonly conditional: boolean;
  /** It was there before, outside of any loop. */
  readonly movedIntoLoop: boolean;
  /** What it reaches by its text. Empty: nothing that is known; a call may still be slow by its profile. */
  readonly reaches: readonly Reach[];
  /** The function of this repository that is called, as it was before the change. */
  readonly calls?: FunctionPlace;
}

export const safeguardKinds = ['time-out', 'retry', 'cache', 'guard', 'transaction', 'error handling'] as const;
export type SafeguardKind = (typeof safeguardKinds)[number];

/** Something that kept the function safe or cheap, and that the change takes away while what it kept stays. */
export interface LostSafeguard {
  readonly kind: SafeguardKind;
  /** Names only: what it kept. */
  readonly text: string;
  /** In the text before the change, 1-based. */
  readonly line: number;
}

export interface ChangedFunction {
  readonly file: string;
  readonly function: string;
  /** 1-based: after the change, or before it where the function was removed. */
  readonly line: number;
  readonly change: 'changed' | 'added' | 'removed';
  /** Absent: it is new. */
  readonly before?: FunctionPlace;
  /** For a function within another: that one, and whether it calls this one for each element of something. */
  readonly within?: { readonly before: FunctionPlace; readonly inLoop: boolean };
  readonly added: readonly AddedOperation[];
  readonly lost: readonly LostSafeguard[];
  /** What it does is not read: another language, or a very long file. */
  readonly unread?: string;
}

/** What is known of one function of the text before the change. */
export type Deployed =
  /** `exact`, `moved`: its content is what runs; `byName`: the text that runs is not at hand. */
  | { readonly kind: 'profile'; readonly mapping: Mapping; readonly profile: Profile }
  /** What runs has another content than the text before the change. */
  | { readonly kind: 'changed'; readonly version: string; readonly profile: Profile }
  | { readonly kind: 'none'; readonly reason: NotMeasuredReason; readonly message: string };

export interface ReadChange {
  readonly kind: 'change';
  /** As people name them: `main (1a2b3c4)`, `working tree`. */
  readonly base: string;
  readonly head: string;
  readonly functions: readonly ChangedFunction[];
  /** All files of the change. */
  readonly files: number;
  /** Files of it that could not be read, or not wholly, with the reason. */
  readonly unread: readonly { readonly file: string; readonly reason: string }[];
  /** The URL of the repository; absent: not known. */
  readonly repository?: string;
  /** What is known of the functions of a file's text before the change, by {@link placeKey}. */
  deployed(
    file: string,
    response: ProfilesResponse,
    of: { readonly service: string; readonly environment: string },
  ): Promise<ReadonlyMap<string, Deployed>>;
}

export const placeKey = (place: { readonly function: string; readonly line: number }): string =>
  `${place.line}:${place.function}`;

export interface ChangeRequest {
  /** A revision to compare with; absent: where this branch left the main one. */
  readonly base?: string;
  /** A revision; absent: the files as they are on disk. */
  readonly head?: string;
}

/** Reads a change from where the sources are. Handed in: the agent tools know neither git nor syntax. */
export interface ChangeReader {
  /** `failed`: the message says why, and what to do. */
  read(
    request: ChangeRequest,
    signal?: AbortSignal,
  ): Promise<ReadChange | { readonly kind: 'failed'; readonly message: string }>;
}
