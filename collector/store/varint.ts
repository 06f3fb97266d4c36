/**
 * Unsigned LEB128 and zigzag numbers in a byte array. Counts may pass 32 bits, so the high part goes by division:
 * bit operators would cut it off. Exact up to 2^53 - 1.
 */

/** The most bytes that one number takes. */
export const longestVarint = 8;

/** Writes a non-negative integer at `at`; returns the offset after it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let offset = at;
  while (rest > 0x7fffffff) {
    bytes[offset++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    bytes[offset++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[offset++] = rest;
  return offset;
}

/** Small negative integers to small non-negative ones: 0, -1, 1, -2 … to 0, 1, 2, 3 … */
export const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;
export const unzigzag = (value: number): number => (value >>> 1) ^ -(value & 1);

/** Reads numbers one after the other. Past the end it reads zeros, so that every loop ends by its own `offset`. */
export class VarintReader {
  bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  next(): number {
    let byte = this.bytes[this.offset++] ?? 0;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    do {
      byte = this.bytes[this.offset++] ?? 0;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80 && scale < 2 ** 56);
    return value;
  }
}
