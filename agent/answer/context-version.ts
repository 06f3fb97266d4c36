/** By which an agent knows that an earlier answer still holds. */

/**
 * A short id of what an answer says: equal to that of an earlier answer to the same question when nothing that matters has
 * changed since. `facts` is to hold names, versions and rounded numbers ({@link coarse}), and no clock.
 */
export function contextVersion(facts: unknown): string {
  // FNV-1a of 32 bits: short, as it costs tokens, and nobody has to keep it secret.
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify(facts) ?? '') {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return `cv-${(hash >>> 0).toString(16).padStart(8, '0')}`;
}

/** To one digit and a half (1, 1.5, 2, 3, … 9): by which rates and durations have to differ to matter. */
export function coarse(value: number | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  if (value === 0) return 0;
  const size = 10 ** Math.floor(Math.log10(value));
  const digit = value / size;
  return Number(((digit < 1.25 ? 1 : digit < 1.75 ? 1.5 : Math.round(digit)) * size).toPrecision(2));
}
