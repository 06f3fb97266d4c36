import { StringDecoder } from 'node:string_decoder';

/** Cuts a stream of bytes (UTF-8) into lines, none longer than so many characters. */
export class Lines {
  readonly #longest: number;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #isTooLong = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The stream cannot be read any further. */
  get isTooLong(): boolean {
    return this.#isTooLong;
  }

  /** The lines that are whole now, without their ends. */
  add(chunk: Buffer): readonly string[] {
    if (this.#isTooLong) return [];
    const parts = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = parts.pop() ?? '';
    if (this.#rest.length > this.#longest) {
      this.#isTooLong = true;
      this.#rest = '';
    }
    return parts.filter((line) => line !== '' && line.length <= this.#longest);
  }
}
