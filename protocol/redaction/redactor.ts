/**
 * Hides what may be secret, by the names of values and by the form of texts. Used where a value is captured, again where
 * the collector takes it, and again where an agent reads it. A user's list adds to the built-in one and never replaces it.
 */
import { isCardNumber, shapeOf } from './checks.ts';
import { isSecretName, normaliseName, type ValueType } from './names.ts';
import { namedValue, proseWords, secretPatterns } from './patterns.ts';
import { mayHoldSecret } from './pre-filter.ts';

/** What stands where something was hidden. */
export const redactedMark = '[redacted]';

export interface RedactedText {
  readonly text: string;
  /** How many places were hidden. */
  readonly redacted: number;
}

export interface RedactorOptions {
  /** Names, beside the built-in ones; compared without case and punctuation. */
  readonly names?: readonly string[];
  /** Texts to hide wherever they stand, as they are written: values that the service's owner knows. At least 4 characters. */
  readonly literals?: readonly string[];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Texts with encoded parts are read decoded, too; so often at most. */
const mostDecodings = 2;
const mostDecoded = 16;
/** Values with names and values in them that are read again from their beginning: each costs at most once the text. */
const mostValuesInside = 32;
/** Names of each type that are remembered; with one more all are forgotten. */
const mostKnown = 2048;

export class Redactor {
  readonly #names: ReadonlySet<string>;
  readonly #literals: readonly string[];
  /** A program has few names and many values: judged once, a name costs a tenth. */
  readonly #known: Readonly<Record<ValueType, Map<string, boolean>>> = {
    text: new Map(),
    number: new Map(),
    flag: new Map(),
    object: new Map(),
  };

  constructor(options: RedactorOptions = {}) {
    this.#names = new Set((options.names ?? []).map(normaliseName).filter((name) => name !== ''));
    this.#literals = (options.literals ?? []).filter((literal) => literal.length >= 4);
  }

  /** Whether a value of that name must not be seen, whatever it is. */
  hidesName(name: string, type: ValueType): boolean {
    const known = this.#known[type].get(name);
    if (known !== undefined) return known;
    const hides = isSecretName(name, type, this.#names);
    if (this.#known[type].size >= mostKnown) this.#known[type].clear();
    this.#known[type].set(name, hides);
    return hides;
  }

  /** Numbers that are secret by themselves: those of cards. */
  hidesNumber(value: number): boolean {
    return Number.isSafeInteger(value) && value > 1e12 && isCardNumber(`${value}`);
  }

  /** The text with what is secret in it replaced by `redactedMark`. Time is linear in its length. */
  text(text: string): RedactedText {
    if (text.length < 4 || (this.#literals.length === 0 && !mayHoldSecret(text))) return { text, redacted: 0 };
    // The sensor has hidden, then the collector looks again: a mark is no secret.
    const spans = this.#spansOf(text).filter(
      ({ from, to }) => !(text.startsWith(redactedMark, from) && to <= from + redactedMark.length),
    );
    if (spans.length === 0)
      return this.#hidesDecoded(text, 0) ? { text: redactedMark, redacted: 1 } : { text, redacted: 0 };
    return replace(text, spans);
  }

  #spansOf(text: string): Span[] {
    const spans: Span[] = [];
    for (const literal of this.#literals) {
      for (let at = text.indexOf(literal); at !== -1; at = text.indexOf(literal, at + literal.length)) {
        spans.push({ from: at, to: at + literal.length });
      }
    }
    this.#namedValues(text, spans);
    const shape = shapeOf(text);
    for (const { pattern, hints, isSecret, digits = 0, run = 0 } of secretPatterns) {
      if (shape.digits < digits || shape.longestRun < run) continue;
      if (hints && !hints.some((hint) => text.includes(hint))) continue;
      const looked = pattern();
      looked.lastIndex = 0;
      // None of them matches nothing at all: each turn goes on in the text.
      for (let match = looked.exec(text); match !== null; match = looked.exec(text)) {
        const hidden = match.groups?.secret ?? match[0];
        if (isSecret && !isSecret(hidden)) continue;
        const from = match.index + match[0].lastIndexOf(hidden);
        spans.push({ from, to: from + hidden.length });
      }
    }
    return spans;
  }

  #namedValues(text: string, spans: Span[]): void {
    if (!/[=:]|%3[DAda]/.test(text)) return;
    const looked = namedValue();
    let looksInside = mostValuesInside;
    looked.lastIndex = 0;
    for (let match = looked.exec(text); match !== null; match = looked.exec(text)) {
      const { name = '', quoted, plain } = match.groups ?? {};
      const value = quoted ?? plain ?? '';
      if (value === '' || value.startsWith(redactedMark)) continue;
      const from = match.index + match[0].lastIndexOf(value);
      // A name with dots is a path: what it ends with is the value's.
      if (!this.hidesName(name.slice(name.lastIndexOf('.') + 1), typeOfText(value, quoted !== undefined))) {
        // Others may be in it: `url: https://host/?token=…`, `msg="token=…"`.
        if (looksInside > 0 && /[=:]|%3[DAda]/.test(value)) {
          looksInside -= 1;
          looked.lastIndex = from;
        }
        continue;
      }
      if (plain !== undefined && isNoValue(plain)) continue;
      // A header's or an authorization's value goes on after a space: `Cookie: a=1; b=2`.
      const rest =
        quoted === undefined && /^(set-?)?cookie$|authorization$/i.test(name) ? restOfLine(text, from) : value.length;
      spans.push({ from, to: from + rest });
    }
  }

  /** A secret behind percent-encoding, or in base64, hides the whole text: its place in the encoded one is not known. */
  #hidesDecoded(text: string, depth: number): boolean {
    if (depth === mostDecodings) return false;
    for (const decoded of decodings(text)) {
      if (this.#spansOf(decoded).length > 0 || this.#hidesDecoded(decoded, depth + 1)) return true;
    }
    return false;
  }
}

/** A word of prose, or the place of a parameter in a statement: `$1`, `?`, `%s`. */
const isNoValue = (plain: string): boolean =>
  /^(\$\d{1,3}|\?|%s)$/.test(plain) || proseWords().has(plain.toLowerCase().replace(/[.!]$/, ''));

function typeOfText(value: string, quoted: boolean): ValueType {
  if (/^(true|false|null|undefined)$/.test(value)) return 'flag';
  return !quoted && /^-?\d+(\.\d+)?$/.test(value) ? 'number' : 'text';
}

function restOfLine(text: string, from: number): number {
  const end = /[\r\n"'`]/.exec(text.slice(from))?.index;
  return end ?? text.length - from;
}

function decodings(text: string): readonly string[] {
  const found: string[] = [];
  if (/%[0-9A-Fa-f]{2}/.test(text)) {
    found.push(text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));
  }
  if (/\\u00[0-9a-f]{2}|\\x[0-9a-f]{2}/i.test(text)) {
    found.push(
      text.replace(/\\(?:u00|x)([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
  }
  if (/&(?:#\d{2,3}|#x[0-9a-f]{2}|quot|amp);/i.test(text)) {
    found.push(
      text
        .replace(/&#(\d{2,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
        .replace(/&#x([0-9a-f]{2});/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&'),
    );
  }
  for (const [encoded] of text.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)) {
    const decoded = textOfBase64(encoded);
    if (decoded !== undefined) found.push(decoded);
    if (found.length === mostDecoded) break;
  }
  return found;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const longestDecoded = 4096;

/** The text behind base64 (RFC 4648, both alphabets); undefined where what is behind is no text. */
function textOfBase64(encoded: string): string | undefined {
  let bits = 0;
  let held = 0;
  let decoded = '';
  for (const character of encoded.slice(0, longestDecoded)) {
    if (character === '=') break;
    held = (held << 6) | alphabet.indexOf(character === '-' ? '+' : character === '_' ? '/' : character);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 0xff;
    if (byte > 126 || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return undefined;
    decoded += String.fromCharCode(byte);
    held &= (1 << bits) - 1;
  }
  return decoded;
}

function replace(text: string, spans: Span[]): RedactedText {
  spans.sort((a, b) => a.from - b.from || b.to - a.to);
  let made = '';
  let at = 0;
  let redacted = 0;
  for (const { from, to } of spans) {
    if (to <= at) continue;
    if (from >= at) {
      made += text.slice(at, from) + redactedMark;
      redacted += 1;
    }
    at = to;
  }
  return { text: made + text.slice(at), redacted };
}
