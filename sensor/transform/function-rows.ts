import type { FunctionKind, PlannedFunction } from './plan.ts';

/** In the order of the numbers that stand for them. */
export const functionKinds = [
  'sync',
  'async',
  'generator',
  'asyncGenerator',
] as const satisfies readonly FunctionKind[];

/** Words of a row, and what they are: the place in `functions`, offsets, the line and the kind's place in `functionKinds`. */
export const rowLength = 5;
export const row = { index: 0, start: 1, end: 2, line: 3, kind: 4 } as const;

/**
 * Functions as numbers, by where they start; of two that start at one place, the inner is later. For those who look for the
 * function around a place: of a service with many files nearly all of them come to have such rows.
 */
export function functionRows(functions: readonly PlannedFunction[]): Int32Array {
  const rows = new Int32Array(functions.length * rowLength);
  functions.forEach(({ start, end, line, kind }, index) => {
    rows.set([index, start, end, line, functionKinds.indexOf(kind)], index * rowLength);
  });
  return sortRows(rows);
}

/** The same rows in their order, in which they nearly always are already. */
export function sortRows(rows: Int32Array): Int32Array {
  const at = (place: number, column: number): number => rows[place * rowLength + column] ?? 0;
  const order = (one: number, other: number): number =>
    at(one, row.start) - at(other, row.start) || at(other, row.end) - at(one, row.end);
  const count = rows.length / rowLength;
  let isSorted = true;
  for (let place = 1; place < count && isSorted; place += 1) isSorted = order(place - 1, place) <= 0;
  if (isSorted) return rows;
  const sorted = new Int32Array(rows.length);
  Array.from({ length: count }, (_, place) => place)
    .sort(order)
    .forEach((place, to) => {
      sorted.set(rows.subarray(place * rowLength, (place + 1) * rowLength), to * rowLength);
    });
  return sorted;
}
