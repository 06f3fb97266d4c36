/**
 * Text from outside is shown in editors, terminals and to models. Control characters, line separators and the marks
 * that turn the direction of writing (which can make a name look like another one) become U+FFFD; lone surrogates too.
 */
const hostile = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

export function cleanText(text: string): string {
  return text.replace(hostile, '\ufffd');
}
