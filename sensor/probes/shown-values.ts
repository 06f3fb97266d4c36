import type { CapturedValue, CutReason } from '@runlens/protocol/probes/capture';
import { bodies, end, type FlatCapture, type FlatValue, kinds } from './flat-values.ts';
import { slice } from './intrinsics.ts';
import type { FormJudge } from './judged-texts.ts';

export interface ShownValues {
  /** In the order of the variables. */
  readonly values: readonly CapturedValue[];
  readonly redacted: number;
  readonly cut: readonly CutReason[];
}

/** While it is written; `CapturedValue` is the same to whom it is given. */
type Draft = {
  -readonly [Key in keyof CapturedValue]: CapturedValue[Key];
};

const longestName = 256;

/**
 * What was captured, as it may leave the service's thread: what may be secret is hidden by its form, here and not where it was
 * captured, so that no line of the service waits for it. Throws for what `capture-value.ts` has not made.
 */
export function shownValues(capture: FlatCapture, variables: number, redactor: FormJudge): ShownValues {
  // It was captured with other names: none of its values is told under a wrong one.
  if (capture.variables !== variables) throw new RangeError(`${capture.variables} values of ${variables} names`);
  return new Reader(capture, redactor).read(variables);
}

class Reader {
  readonly #flat: readonly FlatValue[];
  readonly #characters: number;
  readonly #redactor: FormJudge;
  readonly #objects: Draft[] = [];
  readonly #cut: Set<CutReason>;
  #redacted: number;
  #at = 0;
  #ids = 0;

  constructor({ flat, characters, redacted, cut }: FlatCapture, redactor: FormJudge) {
    this.#flat = flat;
    this.#characters = characters;
    this.#redacted = redacted;
    this.#cut = new Set(cut);
    this.#redactor = redactor;
  }

  read(variables: number): ShownValues {
    const values: CapturedValue[] = [];
    for (let index = 0; index < variables; index += 1) values.push(this.#value());
    for (let next = 0; next < this.#objects.length; next += 1) {
      const draft = this.#objects[next];
      if (draft) this.#body(draft);
    }
    if (this.#at !== this.#flat.length) throw new RangeError('there is more than is told');
    return { values, redacted: this.#redacted, cut: [...this.#cut] };
  }

  #value(): CapturedValue {
    const kind = this.#number();
    switch (kind) {
      case kinds.unset:
        return { t: 'unset' };
      case kinds.text: {
        const text = this.#text();
        return this.#string(text, text.length);
      }
      case kinds.cutText:
        return this.#string(this.#text(), this.#number());
      case kinds.largeText:
        return { t: 'string', n: this.#number(), x: 'large' };
      case kinds.number: {
        const value = this.#number();
        if (this.#redactor.hidesNumber(value)) return this.#hidden(1);
        return { t: 'number', v: Object.is(value, -0) ? '-0' : `${value}` };
      }
      case kinds.boolean:
        return { t: 'boolean', v: this.#next() === true ? 'true' : 'false' };
      case kinds.undefined:
        return { t: 'undefined' };
      case kinds.null:
        return { t: 'null' };
      case kinds.bigint:
        return { t: 'bigint', v: this.#redact(this.#text()) };
      case kinds.largeBigInt:
        return { t: 'bigint', x: 'large' };
      case kinds.symbol:
        return { t: 'symbol', v: this.#redact(this.#text()) };
      case kinds.proxy:
        return { t: 'proxy' };
      case kinds.ref:
        return this.#ref();
      case kinds.hidden:
        return this.#hidden(0);
      case kinds.shape: {
        const type = this.#text();
        const size = this.#optionalNumber();
        return size === undefined ? { t: type, x: 'redacted' } : { t: type, n: size, x: 'redacted' };
      }
      case kinds.accessor:
        return { t: 'accessor' };
      case kinds.hole:
        return { t: 'undefined', x: 'elements' };
      case kinds.plain:
        return this.#object({ t: 'object' });
      case kinds.object:
        return this.#object(this.#described());
      default:
        throw new RangeError(`no kind of value: ${String(kind)}`);
    }
  }

  #described(): Draft {
    const draft: Draft = { t: this.#text() };
    const className = this.#optionalText();
    if (className !== undefined) draft.c = this.#redact(className);
    const text = this.#optionalText();
    // A date is no secret by its form, and its digits could be taken for one.
    if (text !== undefined) draft.v = draft.t === 'date' ? text : this.#redact(text);
    const size = this.#optionalNumber();
    if (size !== undefined) draft.n = size;
    const why = this.#optionalText();
    // Only capture-value.ts writes it.
    if (why !== undefined) draft.x = why as CutReason;
    return draft;
  }

  #object(draft: Draft): Draft {
    this.#objects.push(draft);
    return draft;
  }

  #ref(): CapturedValue {
    const known = this.#objects[this.#number()];
    if (!known) throw new RangeError('a reference to nothing');
    if (known.id === undefined) {
      known.id = this.#ids;
      this.#ids += 1;
    }
    return { t: 'ref', to: known.id };
  }

  #body(draft: Draft): void {
    const kind = this.#number();
    switch (kind) {
      case bodies.none:
        return;
      case bodies.leftOut:
        draft.x = this.#text() as CutReason;
        return;
      case bodies.fields: {
        const fields: [string, CapturedValue][] = [];
        while (!this.#isEnd()) {
          const name = this.#redact(this.#text());
          fields.push([name, this.#value()]);
        }
        draft.f = fields;
        break;
      }
      case bodies.elements: {
        const elements: CapturedValue[] = [];
        while (!this.#isEnd()) elements.push(this.#value());
        draft.e = elements;
        break;
      }
      case bodies.entries: {
        const entries: [CapturedValue, CapturedValue][] = [];
        while (!this.#isEnd()) {
          const key = this.#value();
          entries.push([key, this.#value()]);
        }
        draft.m = entries;
        break;
      }
      default:
        throw new RangeError(`nothing that an object holds: ${String(kind)}`);
    }
    draft.n = this.#optionalNumber();
    const why = this.#optionalText();
    if (why !== undefined) draft.x = why as CutReason;
  }

  /** `judged`: what is shown and what follows it, by which a secret that begins in what is shown is known whole. */
  #string(judged: string, length: number): CapturedValue {
    const text = this.#redact(judged);
    const shown = text.length > this.#characters ? withoutHalf(slice(text, 0, this.#characters)) : text;
    if (length <= this.#characters || (judged.length === length && text.length <= this.#characters))
      return { t: 'string', v: shown };
    this.#cut.add('characters');
    return { t: 'string', v: shown, n: length, x: 'characters' };
  }

  #redact(text: string): string {
    const told = this.#redactor.text(text);
    this.#redacted += told.redacted;
    return told.text;
  }

  #hidden(count: number): CapturedValue {
    this.#redacted += count;
    return { t: 'redacted', x: 'redacted' };
  }

  #isEnd(): boolean {
    if (this.#flat[this.#at] !== end) return false;
    this.#at += 1;
    return true;
  }

  #next(): FlatValue {
    if (this.#at >= this.#flat.length) throw new RangeError('the values end early');
    const value = this.#flat[this.#at];
    this.#at += 1;
    return value;
  }

  #number(): number {
    const value = this.#next();
    if (typeof value !== 'number') throw new TypeError(`no number: ${typeof value}`);
    return value;
  }

  #text(): string {
    const value = this.#next();
    if (typeof value !== 'string') throw new TypeError(`no text: ${typeof value}`);
    return value;
  }

  #optionalNumber(): number | undefined {
    const value = this.#next();
    return typeof value === 'number' ? value : undefined;
  }

  #optionalText(): string | undefined {
    const value = this.#next();
    return typeof value === 'string' ? slice(value, 0, longestName) : undefined;
  }
}

/** Without half of a character that takes two units. */
function withoutHalf(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? slice(text, 0, text.length - 1) : text;
}
