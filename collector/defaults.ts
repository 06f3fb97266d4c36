/** Every limit of the collector, with its reason. */
import type { CatalogLimits } from './store/catalog.ts';

const mebibyte = 2 ** 20;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const ingestLimits = {
  /** A full export of 20,000 functions is 0.6 MB compressed, 4.4 MB plain (JSON: 9.3 MB). */
  compressedBytes: 16 * mebibyte,
  plainBytes: 64 * mebibyte,
  /** Bodies held at once, so that many senders cannot use up the memory together. */
  bytesInFlight: 128 * mebibyte,
  nameLength: 512,
  pathLength: 1_024,
  labelLength: 256,
  /** A sanitised statement; the sensor cuts its own at 2,048. */
  statementLength: 1_024,
  /** A point this far ahead of the collector's clock is that of another clock: it counts as of now, with a warning. */
  clockAheadMilliseconds: 5_000,
} as const;

export const catalogLimits: CatalogLimits = {
  scopes: 2_000,
  functionsOfScope: 100_000,
  functions: 1_000_000,
  instancesOfScope: 1_000,
};

export interface Retention {
  readonly minutesMilliseconds: number;
  readonly hoursMilliseconds: number;
}
export const defaultRetention: Retention = { minutesMilliseconds: 48 * hour, hoursMilliseconds: 400 * day };

export const storeTimes = {
  /** How long a group of appends gathers before it is committed: what an acknowledgement waits at least. */
  groupCommitMilliseconds: 10,
  foldMilliseconds: minute,
  /** A fold comes earlier when this many rows wait for it, so that memory and the journal stay small. */
  foldRows: 400_000,
} as const;

export const serverLimits = {
  /** Sockets: a sensor has two, for its channel and its exports. Beyond it new ones are closed at once. */
  connections: 12_000,
} as const;

export const streamLimits = {
  clients: 100,
  /** Of one token that is not the machine's own, so that nobody takes all. */
  clientsOfToken: 25,
  /** A client that does not read is closed once this much waits for it; it comes back and asks again. */
  bytesWaiting: 256 * 1024,
  gatherMilliseconds: 250,
} as const;

/**
 * Connections that the system holds until they are taken, where it allows as many. Node's usual 511 are fewer than an agent opens that
 * asks a thousand things at once; those beyond are reset when the collector is busy for some seconds.
 */
export const waitingConnections = 4_096;

/** Requests a minute of one token or address; an editor with 50 documents open asks some hundreds. */
export const requestsPerMinute = 6_000;

/** From one look for findings to the next, so that a fault that is there is told within two minutes. */
export const findingsMilliseconds = 30_000;
