/** The functions of an editor's text, also while it cannot be read whole. */
import type { FoundFunction, NameInScope } from '../languages/definition.ts';
import type { MappableText } from '../mapping/matching.ts';
import { type Carried, carryFunctions } from './carry-functions.ts';
import type { ParsedText } from './parsed-text.ts';

export class EditorText implements MappableText {
  readonly functions: readonly FoundFunction[];
  readonly namespace: string | undefined;
  readonly #now: ParsedText;
  readonly #before: ParsedText | undefined;
  readonly #carried: readonly Carried[] | undefined;

  /** `before`: the last reading without a syntax error, where there is one and `now` has some. */
  constructor(now: ParsedText, before: ParsedText | undefined) {
    this.#now = now;
    this.#before = before;
    this.#carried = before && carryFunctions(before, now);
    this.functions = this.#carried?.map(({ found }) => found) ?? now.functions;
    this.namespace = (before ?? now).namespace;
  }

  /** The reading of the text as it is, for another owner; undefined while it cannot be read whole. */
  share(): ParsedText | undefined {
    return this.#now.hasError ? undefined : this.#now.share();
  }

  /** Of the text as it is. */
  namesAt(row: number): readonly NameInScope[] {
    return this.#now.namesAt(row);
  }

  textOf(index: number): string {
    return this.#reading(index, (text, at) => text.textOf(at));
  }

  fingerprint(index: number): string {
    return this.#reading(index, (text, at) => text.fingerprint(at));
  }

  #reading(index: number, ask: (text: ParsedText, at: number) => string): string {
    const carried = this.#carried?.[index];
    if (!this.#before || !carried) return ask(this.#now, index);
    return ask(carried.from === 'before' ? this.#before : this.#now, carried.index);
  }
}
