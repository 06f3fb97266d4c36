import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `15m`, `1h`, `1d` in seconds; for `argParser`. */
export function seconds(text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  if (!match || unit === undefined || Number(match[1]) === 0) {
    throw new InvalidArgumentError('Give a time such as 90s, 15m, 1h or 1d');
  }
  return Number(match[1]) * unit;
}
