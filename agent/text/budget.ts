/**
 * As many of the lines as fit, in their order; when some do not, the last line says how many and how to see fewer.
 * A budget too small for that line itself still returns it, cut.
 */
export function withinBudget(lines: readonly string[], budgetCharacters: number, remedy: string): string {
  const whole = lines.join('\n');
  if (whole.length <= budgetCharacters) return whole;
  const note = (left: number): string => `… ${left} more lines left out: ${remedy}`;
  const kept: string[] = [];
  let length = note(lines.length).length;
  for (const line of lines) {
    if (length + line.length + 1 > budgetCharacters) break;
    kept.push(line);
    length += line.length + 1;
  }
  return [...kept, note(lines.length - kept.length)].join('\n').slice(0, Math.max(0, budgetCharacters));
}
