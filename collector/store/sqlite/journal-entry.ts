/**
 * What one group commit adds, as bytes: written before it is acknowledged, read again after a crash.
 * A version byte; then varints: number of tables, for each its time (in units of 10 s) and rows; then the details and the
 * slowest calls as JSON.
 */

import type { Exemplar } from '../profile-store.ts';
import { RowTable } from '../row-table.ts';
import type { MinuteExemplars } from '../slowest.ts';
import { longestVarint, VarintReader, writeVarint } from '../varint.ts';

/** Of the first, the JSON is the list of details alone. */
const formatVersion = 2;

/** Tables by their span of ten seconds. */
export type FineTables = Map<number, RowTable>;

export interface PendingDetail {
  readonly hour: number;
  readonly functionId: number;
  readonly kind: number;
  readonly label: string;
  count: number;
  firstSeen: number;
  lastSeen: number;
  seconds: number;
  maxSeconds: number;
  /** Bytes of `histogram-blob.ts`; empty: it has none. */
  histogram: Uint8Array;
}

type DetailRow = [
  hour: number,
  functionId: number,
  kind: number,
  label: string,
  count: number,
  lastSeen: number,
  seconds?: number,
  firstSeen?: number,
  maxSeconds?: number,
  histogram?: string,
];
type ExemplarsRow = [minute: number, functionId: number, exemplars: Exemplar[]];

export function encodeEntry(
  tables: FineTables,
  details: readonly PendingDetail[],
  slowest: readonly MinuteExemplars[],
): Uint8Array {
  let bound = 64;
  for (const table of tables.values()) {
    bound += 2 * longestVarint;
    for (let row = 0; row < table.size; row += 1) bound += 16 + 5 * longestVarint + (table.lengths[row] ?? 0);
  }
  const detailBytes = Buffer.from(
    details.length + slowest.length === 0
      ? ''
      : JSON.stringify({
          details: details.map(detailRow),
          slowest: slowest.map((each): ExemplarsRow => [each.minute, each.functionId, [...each.exemplars]]),
        }),
  );
  bound += detailBytes.length;
  const bytes = new Uint8Array(bound);
  const view = new DataView(bytes.buffer);
  let at = writeVarint(bytes, 0, formatVersion);
  at = writeVarint(bytes, at, tables.size);
  for (const [time, table] of tables) {
    at = writeVarint(bytes, at, time);
    at = writeVarint(bytes, at, table.size);
    for (let row = 0; row < table.size; row += 1) {
      at = writeVarint(bytes, at, table.functions[row] ?? 0);
      at = writeVarint(bytes, at, table.calls[row] ?? 0);
      at = writeVarint(bytes, at, table.errors[row] ?? 0);
      at = writeVarint(bytes, at, table.samples[row] ?? 0);
      const start = table.starts[row] ?? 0;
      const length = table.lengths[row] ?? 0;
      at = writeVarint(bytes, at, length);
      if (length > 0) {
        view.setFloat64(at, table.seconds[row] ?? 0, true);
        view.setFloat64(at + 8, table.maxSeconds[row] ?? 0, true);
        at += 16;
        bytes.set(table.bytes.subarray(start, start + length), at);
        at += length;
      }
    }
  }
  bytes.set(detailBytes, at);
  return bytes.subarray(0, at + detailBytes.length);
}

/** What most details do not have is not written. */
function detailRow(d: PendingDetail): DetailRow {
  const row: DetailRow = [d.hour, d.functionId, d.kind, d.label, d.count, d.lastSeen, d.seconds, d.firstSeen];
  if (d.histogram.length > 0) row.push(d.maxSeconds, Buffer.from(d.histogram).toString('base64'));
  return row;
}

export interface DecodedEntry {
  readonly tables: FineTables;
  readonly details: readonly PendingDetail[];
  readonly slowest: readonly MinuteExemplars[];
}

/** Throws when the entry is of another format. */
export function decodeEntry(bytes: Uint8Array): DecodedEntry {
  const reader = new VarintReader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = reader.next();
  if (version < 1 || version > formatVersion) throw new Error(`the store's journal has an entry of format ${version}`);
  const tables: FineTables = new Map();
  const count = reader.next();
  for (let i = 0; i < count; i += 1) {
    const table = new RowTable();
    tables.set(reader.next(), table);
    const rows = reader.next();
    for (let row = 0; row < rows; row += 1) {
      const id = reader.next();
      const calls = reader.next();
      const errors = reader.next();
      const samples = reader.next();
      const length = reader.next();
      let seconds = 0;
      let max = 0;
      let { offset } = reader;
      if (length > 0) {
        seconds = view.getFloat64(offset, true);
        max = view.getFloat64(offset + 8, true);
        offset += 16;
      }
      table.addParts(id, calls, errors, seconds, max, samples, bytes, offset, offset + length);
      reader.offset = offset + length;
    }
  }
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + reader.offset, bytes.byteLength - reader.offset).toString();
  // Written by encodeEntry above, or by it before its second version.
  const json: DetailRow[] | { details: DetailRow[]; slowest: ExemplarsRow[] } = rest === '' ? [] : JSON.parse(rest);
  const { details, slowest } = Array.isArray(json) ? { details: json, slowest: [] } : json;
  return {
    tables,
    details: details.map(pendingDetail),
    slowest: slowest.map(([minute, functionId, exemplars]) => ({ minute, functionId, exemplars })),
  };
}

/** The times and durations are not in entries of before they were told. */
function pendingDetail([hour, functionId, kind, label, count, lastSeen, ...rest]: DetailRow): PendingDetail {
  const [seconds = 0, firstSeen = lastSeen, maxSeconds = 0, histogram = ''] = rest;
  return {
    hour,
    functionId,
    kind,
    label,
    count,
    firstSeen,
    lastSeen,
    seconds,
    maxSeconds,
    histogram: Buffer.from(histogram, 'base64'),
  };
}
