/** Reads the numbers out of a lens, as a person would: by what is written, not by the code that wrote it. */

export interface LensTime {
  readonly seconds: number;
  /** `<50 ns`: it is less than the clock can tell. */
  readonly isLess: boolean;
}

export interface LensNumbers {
  readonly callsPerMinute: number;
  readonly p50: LensTime | undefined;
  readonly p99: LensTime | undefined;
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
    p50: readTime(title, 'p50'),
    p99: readTime(title, 'p99'),
    errorShare: errors ? Number(errors[1]) / 100 : 0,
  };
}

function readTime(title: string, name: string): LensTime | undefined {
  const found = new RegExp(`\\b${name} (<?)([\\d.]+) (ns|µs|ms|s|min|h)\\b`).exec(title);
  if (!found) return undefined;
  const [, less, value, unit = ''] = found;
  return { seconds: Number(value) * (timeUnits[unit] ?? Number.NaN), isLess: less === '<' };
}

/** Whether a written number is this one, as far as it is not: two digits are within a twentieth. */
export function isAbout(written: number, exact: number): boolean {
  return Math.abs(written - exact) <= 0.051 * Math.abs(exact);
}

/** Whether a written time is this one. */
export function isTime(written: LensTime, exactSeconds: number): boolean {
  return written.isLess ? exactSeconds <= written.seconds : isAbout(written.seconds, exactSeconds);
}
