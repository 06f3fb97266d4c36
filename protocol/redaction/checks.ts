/** Tell a secret from what only looks like one. */

/** The check digit of payment cards (ISO/IEC 7812-1, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    let digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    if (at % 2 === 1) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return sum % 10 === 0;
}

/** Prefixes and lengths of the networks' cards. */
const cards: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(6011|65|64[4-9]|62|60|81|82)/, [16, 17, 18, 19]],
  [/^(36|38|39|30[0-5])/, [14]],
  [/^35(2[89]|[3-8]\d)/, [16, 17, 18, 19]],
  [/^(5018|5020|5038|5893|6304|6759|676[1-3])/, [13, 14, 15, 16, 17, 18, 19]],
  [/^220[0-4]/, [16, 17, 18, 19]],
];

export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{13,19}$/.test(digits) || /^(\d)\1+$/.test(digits)) return false;
  return (
    cards.some(([prefix, lengths]) => prefix.test(digits) && lengths.includes(digits.length)) && passesLuhn(digits)
  );
}

/** ISO 13616: the check digits, modulo 97. */
export function isIban(text: string): boolean {
  const compact = text.replace(/ /g, '');
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Shannon entropy, bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const classOf = (code: number): number => {
  if (code >= 48 && code <= 57) return 1;
  if (code >= 65 && code <= 90) return 2;
  return code >= 97 && code <= 122 ? 3 : 4;
};

/**
 * Whether it looks drawn at random from letters of both cases and digits, as keys are, and names, words, paths and
 * hexadecimal digests are not: in a random one the kind of character changes at more than two of five places, in
 * `camelCaseNames2` at fewer than one of three.
 */
export function looksRandom(text: string, least = 24): boolean {
  if (text.length < least) return false;
  let changes = 0;
  let digits = 0;
  let upper = 0;
  let lower = 0;
  for (let at = 0; at < text.length; at += 1) {
    const kind = classOf(text.charCodeAt(at));
    if (kind === 1) digits += 1;
    if (kind === 2) upper += 1;
    if (kind === 3) lower += 1;
    if (at > 0 && kind !== classOf(text.charCodeAt(at - 1))) changes += 1;
  }
  if (digits < 2 || upper < 3 || lower < 3) return false;
  return changes / (text.length - 1) > 0.4 && entropy(text) > Math.min(3.9, Math.log2(text.length) - 0.9);
}

export interface TextShape {
  readonly digits: number;
  /** The most letters, digits and `+/_=.-~` in a row. */
  readonly longestRun: number;
}

/** One pass over a text, by which most patterns need not be tried: an ordinary word costs a tenth of all of them. */
export function shapeOf(text: string): TextShape {
  let digits = 0;
  let run = 0;
  let longestRun = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) digits += 1;
    if (isOfKeys(code)) run += 1;
    else {
      if (run > longestRun) longestRun = run;
      run = 0;
    }
  }
  return { digits, longestRun: Math.max(run, longestRun) };
}

/** Letters, digits, `+ - . / = _ ~`, and the colon of `key:secret`. */
const isOfKeys = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 45 && code <= 58) ||
  (code >= 65 && code <= 90) ||
  code === 95 ||
  code === 61 ||
  code === 43 ||
  code === 126;
