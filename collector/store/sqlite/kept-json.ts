/** What a column holds as JSON; undefined where it is none any more: who reads it leaves that row out. */
export function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
