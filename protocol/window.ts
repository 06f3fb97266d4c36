/** Windows of time: `15m`, `1h`, `24h`, `7d` back from now, or two instants. */

/** The windows that pickers offer, shortest first. */
export const offeredWindows = ['5m', '15m', '1h', '6h', '24h', '7d', '30d'] as const;
export const defaultWindow = '15m';

const unitMilliseconds = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The length of `15m`, `2h`, `90s`, `7d` in milliseconds; undefined when the text is not such a length. */
export function parseLength(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  if (!match) return undefined;
  const unit = match[2];
  if (unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd') return undefined;
  return Number(match[1]) * unitMilliseconds[unit];
}

/** An instant in milliseconds since 1970: ISO 8601, milliseconds as digits, or a length back from `now`. */
export function parseInstant(text: string, now: number): number | undefined {
  const length = parseLength(text);
  if (length !== undefined) return now - length;
  if (text === 'now') return now;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}
