/**
 * The protobuf wire format (protobuf.dev, "Encoding"), read in place: no object for a message that is only walked
 * through. Everything is checked against the end of the enclosing message; what does not fit throws
 * {@link MalformedRequestError}.
 */
import { MalformedRequestError } from './metrics-request.ts';

export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export class WireReader {
  readonly bytes: Buffer;
  readonly #view: DataView;
  offset = 0;
  /** Of the field that {@link next} has found. */
  field = 0;
  wireType = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Goes to the next field before `end`; false at the end. */
  next(end: number): boolean {
    if (this.offset >= end) return false;
    const tag = this.varint(end);
    this.field = Math.floor(tag / 8);
    this.wireType = tag & 7;
    if (this.field === 0 || this.field > 0x1fffffff) this.#fail('a field number that does not exist');
    return true;
  }

  varint(end: number): number {
    let byte = this.#byte(end);
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    for (let i = 1; i < 10; i += 1) {
      byte = this.#byte(end);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return this.#fail('a number longer than ten bytes');
  }

  /** A zigzag number of 32 bits. */
  signed(end: number): number {
    const value = this.varint(end);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  fixed64(end: number): number {
    const at = this.#take(8, end);
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }

  signedFixed64(end: number): number {
    const at = this.#take(8, end);
    return this.#view.getUint32(at, true) + this.#view.getInt32(at + 4, true) * 2 ** 32;
  }

  double(end: number): number {
    return this.#view.getFloat64(this.#take(8, end), true);
  }

  /** Enters a length-delimited field and returns where it ends; the offset is then at its first byte. */
  enter(end: number): number {
    this.expect(wire.bytes);
    const length = this.varint(end);
    if (length > end - this.offset) this.#fail(`a field of ${length} bytes, longer than what holds it`);
    return this.offset + length;
  }

  text(end: number): string {
    const to = this.enter(end);
    const text = this.bytes.toString('utf8', this.offset, to);
    this.offset = to;
    return text;
  }

  /** Bytes as hexadecimal digits. */
  hex(end: number): string {
    const to = this.enter(end);
    const digits = this.bytes.toString('hex', this.offset, to);
    this.offset = to;
    return digits;
  }

  skip(end: number): void {
    switch (this.wireType) {
      case wire.varint:
        this.varint(end);
        break;
      case wire.fixed64:
        this.#take(8, end);
        break;
      case wire.bytes:
        this.offset = this.enter(end);
        break;
      case wire.fixed32:
        this.#take(4, end);
        break;
      default:
        // Groups (3, 4) went out of use before OTLP; 6 and 7 do not exist.
        this.#fail(`wire type ${this.wireType}`);
    }
  }

  expect(wireType: number): void {
    if (this.wireType !== wireType) this.#fail(`wire type ${this.wireType} where ${wireType} belongs`);
  }

  #take(length: number, end: number): number {
    const at = this.offset;
    if (at + length > end) this.#fail('an end in the middle of a number');
    this.offset = at + length;
    return at;
  }

  #byte(end: number): number {
    if (this.offset >= end) this.#fail('an end in the middle of a number');
    return this.bytes[this.offset++] ?? 0;
  }

  #fail(what: string): never {
    throw new MalformedRequestError(`the protobuf message has ${what} (field ${this.field}, byte ${this.offset})`);
  }
}
