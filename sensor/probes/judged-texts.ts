import type { RedactedText, Redactor } from '@runlens/protocol/redaction/redactor';
import type { FlatCapture } from './flat-values.ts';

/** What judges texts and numbers by their form. */
export type FormJudge = Pick<Redactor, 'text' | 'hidesNumber'>;

/**
 * The texts of a capture, judged by their form a few at a time: 50 KB of addresses and notes take 4 ms, for which a service
 * must not be held up in one go. It then judges in the redactor's place, and takes next to nothing.
 */
export class JudgedTexts implements FormJudge {
  readonly #flat: FlatCapture['flat'];
  readonly #judge: FormJudge;
  readonly #known = new Map<string, RedactedText>();
  #at = 0;

  constructor({ flat }: FlatCapture, judge: FormJudge) {
    this.#flat = flat;
    this.#judge = judge;
  }

  get isDone(): boolean {
    return this.#at >= this.#flat.length;
  }

  /** Judges one text, and others for as long as that says so; whether all are judged. */
  judge(mayGoOn: () => boolean): boolean {
    let judged = 0;
    for (; this.#at < this.#flat.length; this.#at += 1) {
      const value = this.#flat[this.#at];
      if (typeof value !== 'string' || this.#known.has(value)) continue;
      if (judged > 0 && !mayGoOn()) return false;
      judged += 1;
      this.#known.set(value, this.#judge.text(value));
    }
    return true;
  }

  text(text: string): RedactedText {
    return this.#known.get(text) ?? this.#judge.text(text);
  }

  hidesNumber(value: number): boolean {
    return this.#judge.hidesNumber(value);
  }
}
