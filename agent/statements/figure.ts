/** Figures as people write them, read back: the other way round from `protocol/format.ts`. Pure. */
import { formatRate, formatSeconds, formatShare } from '@runlens/protocol';
import type { StatementMetric } from './statement-text.ts';

export type FigureMetric = Exclude<StatementMetric, 'owner' | 'dependency'>;

export interface Figure {
  /** Calls a minute, seconds, or a share from 0 to 1. */
  readonly value: number;
  /** Half of the last digit that is written: what was rounded away. */
  readonly rounding: number;
}

const units: Readonly<Record<'rate' | 'seconds' | 'share', Readonly<Record<string, number>>>> = {
  rate: { '/s': 60, '/min': 1, '/h': 1 / 60, '/day': 1 / 1_440 },
  seconds: { ns: 1e-9, µs: 1e-6, μs: 1e-6, us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3_600 },
  share: { '%': 0.01 },
};
const sizes: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

/** `40.2k/min`, `~3.1 ms`, `about 0.4 %`, `<0.01 %`; undefined: it is no figure of that metric. */
export function readFigure(metric: FigureMetric, text: string): Figure | undefined {
  const match = /^(?:~|≈|about |ca\. )?\s*(<)?\s*(\d{1,9})([.,]\d{1,6})?\s*([kMG]?)\s*(\D{1,6})$/.exec(text.trim());
  if (!match) return undefined;
  const [, below, whole = '', decimals = '', size = '', unit = ''] = match;
  const kind = metric === 'rate' ? 'rate' : metric === 'errors' ? 'share' : 'seconds';
  const known = units[kind];
  const scale = Object.hasOwn(known, unit) ? known[unit] : undefined;
  if (scale === undefined) return undefined;
  const factor = scale * (sizes[size] ?? 1);
  const value = Number(whole + decimals.replace(',', '.')) * factor;
  if (below !== undefined) return { value: value / 2, rounding: value / 2 };
  // `12000/min` is as exact as it is written; the zeros at its end may be round.
  const zeros = decimals === '' ? (/[1-9](0+)$/.exec(whole)?.[1]?.length ?? 0) : 0;
  const last = decimals === '' ? 10 ** zeros : 10 ** -(decimals.length - 1);
  return { value, rounding: (last * factor) / 2 };
}

export function writeFigure(metric: FigureMetric, value: number): string {
  if (metric === 'rate') return formatRate(value);
  return metric === 'errors' ? formatShare(value) : formatSeconds(value);
}
