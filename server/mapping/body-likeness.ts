/** How much two functions have in common, by the words of their tokens: enough to tell one that was changed from another one. Pure. */

/** How often each word is in a text; `all`: how many there are. */
export interface Words {
  readonly counts: ReadonlyMap<string, number>;
  readonly all: number;
}

/** Names, numbers and the words of strings; brackets and operators are in every function. */
const word = /[\p{L}\p{N}_$]+/gu;
/** What follows in a longer function (words) is not looked at. */
const mostWords = 20_000;

export function wordsOf(fingerprint: string): Words {
  const counts = new Map<string, number>();
  let all = 0;
  for (const [text] of fingerprint.matchAll(word)) {
    counts.set(text, (counts.get(text) ?? 0) + 1);
    all += 1;
    if (all === mostWords) break;
  }
  return { counts, all };
}

/** From 0 to 1: the Sørensen-Dice coefficient of two bags of words. Without any word both do as little. */
export function likenessOf(one: Words, other: Words): number {
  if (one.all + other.all === 0) return 1;
  const [few, many] = one.counts.size < other.counts.size ? [one, other] : [other, one];
  let common = 0;
  for (const [text, count] of few.counts) common += Math.min(count, many.counts.get(text) ?? 0);
  return (2 * common) / (one.all + other.all);
}
