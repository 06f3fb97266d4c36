/** What is kept of a payload: redacted and bounded, as JSON text. */
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { redactedMark } from '@runlens/protocol/redaction/redactor';
import { cleanText } from '../ingest/clean-text.ts';

const most = { characters: 8_192, depth: 10, items: 40, keys: 80, text: 1_000 };
const cutMark = '…';

export function evidenceOf(payload: unknown, redactor: Redactor): string {
  return JSON.stringify(new Reader(redactor).value('', payload, 0));
}

/** The text with what is secret in it hidden; of a value with a secret name, all of it. */
export function hideText(redactor: Redactor, text: string, name = ''): string {
  return name !== '' && redactor.hidesName(name, 'text') ? redactedMark : redactor.text(text).text;
}

class Reader {
  readonly #redactor: Redactor;
  #left = most.characters;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  value(name: string, value: unknown, depth: number): unknown {
    if (this.#left <= 0) return cutMark;
    switch (typeof value) {
      case 'string':
        return this.#text(name, value);
      case 'number':
        this.#left -= 12;
        return this.#redactor.hidesNumber(value) || this.#redactor.hidesName(name, 'number') ? redactedMark : value;
      case 'boolean':
        this.#left -= 5;
        return value;
      case 'object':
        break;
      default:
        return null;
    }
    if (value === null) return null;
    if (depth >= most.depth) return cutMark;
    if (Array.isArray(value)) {
      const items = value.slice(0, most.items).map((each) => this.value(name, each, depth + 1));
      return value.length > most.items ? [...items, cutMark] : items;
    }
    if (name !== '' && this.#redactor.hidesName(name, 'object')) return redactedMark;
    const made: [string, unknown][] = [];
    for (const [key, each] of Object.entries(value)) {
      if (this.#left <= 0 || made.length >= most.keys) {
        made.push([cutMark, cutMark]);
        break;
      }
      const shown = cleanText(this.#redactor.text(key.slice(0, 200)).text);
      this.#left -= shown.length + 4;
      made.push([shown, this.value(key, each, depth + 1)]);
    }
    return Object.fromEntries(made);
  }

  #text(name: string, text: string): string {
    const short = text.length > most.text ? `${text.slice(0, most.text)}${cutMark}` : text;
    const shown = cleanText(hideText(this.#redactor, short, name)).slice(0, Math.max(1, this.#left));
    this.#left -= shown.length + 3;
    return shown;
  }
}
