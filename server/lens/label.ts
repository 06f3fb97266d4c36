/** The text of a lens. What is not known is left out, never written as zero. */
import type { Profile } from '@runlens/protocol/api/profile';
import { formatAge, formatRate, formatSeconds, formatShare, versionName } from '@runlens/protocol/format';
import type { FunctionState } from '@runlens/protocol/lsp';
import type { FailingElsewhere } from './failing-elsewhere.ts';
import { type Heat, heatMark } from './heat.ts';

/** Below this many timed calls the lens says how many they were. */
export const fewSamples = 100;
/** Below this many timed calls a 99th percentile is only the slowest call, and is not shown. */
const leastSamplesForP99 = 20;

const separator = ' · ';

export interface LabelInput {
  readonly state: FunctionState;
  readonly heat: Heat | null;
  readonly failingElsewhere: readonly FailingElsewhere[];
  /** Also say what is not known. */
  readonly showAbsent: boolean;
  /** The length of the window, such as `15m`. */
  readonly window: string;
  /** Set while the numbers are of an earlier time and newer ones are on their way: when they were had. */
  readonly asOf?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The lens of a function; empty when nothing is shown. */
export function lensLabel(input: LabelInput): string {
  const { state, heat, now, showAbsent } = input;
  switch (state.kind) {
    case 'measured':
      return withWarning(
        parts(marked(heatMark(heat), numbers(state.profile)), input.asOf !== undefined && formatAge(now - input.asOf)),
        input,
      );
    case 'notCalled': {
      if (!showAbsent) return withWarning('', input);
      const last =
        state.lastSeen === null ? `measured since ${ago(state.since, now)}` : `last call ${ago(state.lastSeen, now)}`;
      return withWarning(parts(`not called in the last ${input.window}`, last, place(state.profile), 'Why?'), input);
    }
    case 'changed':
      return withWarning(
        parts(
          `changed since ${versionName(state.version) || 'the deploy'}`,
          `before: ${numbers(state.profile)}`,
          'Why?',
        ),
        input,
      );
    case 'away': {
      const away = `collector away${state.lastSeen === null ? '' : ` (last seen ${ago(state.lastSeen, now)})`}`;
      if (state.last?.calls === 0 && !showAbsent) return '';
      if (state.last) return parts(state.last.calls > 0 ? numbers(state.last) : 'not called', away, 'Why?');
      return '';
    }
    case 'notMeasured':
      if (!showAbsent) return '';
      return state.reason === 'notDeployed' ||
        state.reason === 'skippedBySensor' ||
        state.reason === 'ambiguous' ||
        state.reason === 'sensorOff'
        ? parts('not measured here', shortReason[state.reason], 'Why?')
        : '';
    case 'loading':
      return '';
  }
}

const shortReason = {
  notDeployed: 'not in the deployed text',
  skippedBySensor: 'the sensor leaves it out',
  ambiguous: 'one of several of this name',
  sensorOff: 'the sensor is switched off',
} as const;

/** A key stroke changes no profile: what was written of 2,000 is not written again. */
const written = new WeakMap<Profile, string>();

/** `40.2k/min · p50 3.1 ms · p99 120 ms · 0.4 % errors · production v42` */
export function numbers(profile: Profile): string {
  let text = written.get(profile);
  if (text === undefined) {
    text = writeNumbers(profile);
    written.set(profile, text);
  }
  return text;
}

function writeNumbers(profile: Profile): string {
  const { duration } = profile;
  const few = duration !== null && duration.samples < fewSamples;
  return parts(
    formatRate(profile.callsPerMinute),
    duration && `p50 ${formatSeconds(duration.p50)}`,
    duration && duration.samples >= leastSamplesForP99 && `p99 ${formatSeconds(duration.p99)}`,
    few && `n=${Math.round(duration.samples)}`,
    profile.errors > 0 && profile.errorRate !== null && `${formatShare(profile.errorRate)} errors`,
    place(profile),
  );
}

/** `production v42`, with `+1` when another version counts in: one that was called. */
export function place(profile: Profile): string {
  const [newest, ...others] = profile.versions;
  const name = newest ? versionName(newest.version) : '';
  const counted = others.filter(({ calls }) => calls > 0).length;
  const more = counted > 0 && name !== '' ? ` +${counted}` : '';
  return `${profile.environment}${name === '' ? '' : ` ${name}`}${more}`;
}

function withWarning(label: string, { failingElsewhere }: LabelInput): string {
  const [worst, ...others] = failingElsewhere;
  if (!worst) return label;
  const more = others.length > 0 ? ` +${others.length}` : '';
  return parts(label, `⚠ ${formatShare(worst.errorRate)} errors in ${worst.environment}${more}`);
}

const marked = (mark: string, text: string): string => (mark === '' ? text : `${mark} ${text}`);
const ago = (instant: string, now: number): string => formatAge(now - Date.parse(instant));

function parts(...all: readonly (string | false | null | undefined)[]): string {
  return all.filter((part) => typeof part === 'string' && part !== '').join(separator);
}
