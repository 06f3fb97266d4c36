/** Reads the numbers out of a lens, as a person would: by what is written, not by the code that wrote it. */

export interface LensNumbers {
  readonly callsPerMinute: number;
  readonly p50Seconds: number | undefined;
  readonly p99Seconds: number | undefined;
  /** 0 when the lens tells of no errors. */
  readonly errorShare: number;
}

const countUnits: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };
const rateUnits: Readonly<Record<string, number>> = { min: 1, h: 1 / 60, day: 1 / 1_440 };
const timeUnits: Readonly<Record<string, number>> = { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3_600 };

/** The numbers of `▲ 40.2k/min · p50 3.1 ms · p99 120 ms · 0.4 % errors · production v42`; undefined: it has none. */
export function readLens(title: string): LensNumbers | undefined {
  const rate = /(<?)([\d.]+)([kMG]?)\/(min|h|day)\b/.exec(title);
  if (!rate) return undefined;
  const [, , value = '', unit = '', per = ''] = rate;
  const errors = /(?:^| · )(?:<)?([\d.]+) % errors(?! in )/.exec(title);
  return {
    callsPerMinute: Number(value) * (countUnits[unit] ?? Number.NaN) * (rateUnits[per] ?? Number.NaN),
    p50Seconds: readTime(title, 'p50'),
    p99Seconds: readTime(title, 'p99'),
    errorShare: errors ? Number(errors[1]) / 100 : 0,
  };
}

function readTime(title: string, name: string): number | undefined {
  const [, value, unit = ''] = new RegExp(`\\b${name} ([\\d.]+) (ns|µs|ms|s|min|h)\\b`).exec(title) ?? [];
  return value === undefined ? undefined : Number(value) * (timeUnits[unit] ?? Number.NaN);
}

/** Whether a written number is this one, as far as it is not: two digits are within a twentieth. */
export function isAbout(written: number, exact: number, share = 0.051): boolean {
  return Math.abs(written - exact) <= share * Math.abs(exact);
}
