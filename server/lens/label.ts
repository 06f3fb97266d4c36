/** The text of a lens. What is not known is left out, never written as zero. */
import type { Profile } from '@runlens/protocol/api/profile';
import { formatAge, formatCount, formatRate, formatSeconds, formatShare, versionName } from '@runlens/protocol/format';
import type { Heat } from '@runlens/protocol/heat';
import {
  fillLensTemplate,
  type LensPart,
  type LensPlaceholder,
  type LensStyle,
  lensSeparator,
  lensStyleTemplates,
  parseLensTemplate,
} from '@runlens/protocol/lens-template';
import type { FunctionState } from '@runlens/protocol/lsp';
import type { FailingElsewhere } from './failing-elsewhere.ts';
import { heatMark } from './heat.ts';

/** Below this many timed calls the lens says how many they were. */
export const fewSamples = 100;
/** Below this many timed calls a 99th percentile is only the slowest call, and is not shown. */
const leastSamplesForP99 = 20;

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
  /** What the numbers read like; absent: in full. */
  readonly text?: LensText;
  /** The same function in the environment that is shown beside it; null: not known there. */
  readonly beside?: Profile | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The lens of a function; empty when nothing is shown. */
export function lensLabel(input: LabelInput): string {
  const { state, heat, now, showAbsent, text } = input;
  switch (state.kind) {
    case 'measured':
      return withWarning(
        parts(
          withBeside(marked(heatMark(heat), numbers(state.profile, text)), input),
          input.asOf !== undefined && formatAge(now - input.asOf),
        ),
        input,
      );
    case 'notCalled': {
      if (!showAbsent) return withWarning('', input);
      const last =
        state.lastSeen === null ? `measured since ${ago(state.since, now)}` : `last call ${ago(state.lastSeen, now)}`;
      return withWarning(
        parts(`not called in the last ${input.window}`, last, withBeside(place(state.profile), input), 'Why?'),
        input,
      );
    }
    case 'changed':
      return withWarning(
        parts(
          `changed since ${versionName(state.version) || 'the deploy'}`,
          `before: ${numbers(state.profile, text)}`,
          'Why?',
        ),
        input,
      );
    case 'away': {
      const away = `collector away${state.lastSeen === null ? '' : ` (last seen ${ago(state.lastSeen, now)})`}`;
      if (state.last?.calls === 0 && !showAbsent) return '';
      if (state.last) return parts(state.last.calls > 0 ? numbers(state.last, text) : 'not called', away, 'Why?');
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

/** How numbers read: a template, and what was written by it. A key stroke changes no profile: 2,000 are not written again. */
export class LensText {
  readonly #parts: readonly LensPart[];
  readonly #written = new WeakMap<Profile, string>();

  /** A template that is wrong counts as not there. */
  constructor(style: LensStyle, template: string | undefined) {
    const own = template === undefined ? undefined : parseLensTemplate(template);
    const usual = parseLensTemplate(lensStyleTemplates[style]);
    this.#parts = own?.kind === 'template' ? own.parts : usual.kind === 'template' ? usual.parts : [];
  }

  of(profile: Profile): string {
    let text = this.#written.get(profile);
    if (text === undefined) {
      text = fillLensTemplate(this.#parts, (placeholder) => values[placeholder](profile) || undefined);
      this.#written.set(profile, text);
    }
    return text;
  }
}

const inFull = new LensText('full', undefined);

/** `40.2k/min · p50 3.1 ms · p99 120 ms · 0.4 % errors · production v42` */
export const numbers = (profile: Profile, text: LensText = inFull): string => text.of(profile);

type Value = (profile: Profile) => string | undefined;
const seconds =
  (of: 'p50' | 'p90' | 'p95' | 'max' | 'mean' | 'total'): Value =>
  ({ duration }) =>
    duration ? formatSeconds(duration[of]) : undefined;

const values: Readonly<Record<LensPlaceholder, Value>> = {
  rate: ({ callsPerMinute }) => formatRate(callsPerMinute),
  calls: ({ calls }) => formatCount(calls),
  p50: seconds('p50'),
  p90: seconds('p90'),
  p95: seconds('p95'),
  p99: ({ duration }) => (duration && duration.samples >= leastSamplesForP99 ? formatSeconds(duration.p99) : undefined),
  max: seconds('max'),
  mean: seconds('mean'),
  total: seconds('total'),
  share: ({ timeShare }) => (timeShare === null ? undefined : formatShare(timeShare)),
  errors: ({ errors, errorRate }) => (errors > 0 && errorRate !== null ? formatShare(errorRate) : undefined),
  failed: ({ errors }) => (errors > 0 ? formatCount(errors) : undefined),
  samples: ({ duration }) =>
    duration && duration.samples < fewSamples ? String(Math.round(duration.samples)) : undefined,
  instances: ({ instances }) => String(instances),
  service: ({ service }) => service,
  environment: ({ environment }) => environment,
  version: ({ versions: [newest] }) => newest && versionName(newest.version),
  place: (profile) => place(profile),
};

/** `production v42`, with `+1` when another version counts in: one that was called. */
export function place(profile: Profile): string {
  const [newest, ...others] = profile.versions;
  const name = newest ? versionName(newest.version) : '';
  const counted = others.filter(({ calls }) => calls > 0).length;
  const more = counted > 0 && name !== '' ? ` +${counted}` : '';
  return `${profile.environment}${name === '' ? '' : ` ${name}`}${more}`;
}

/** `5/min · production v42 ┃ 3/min · p50 4 ms · staging v43`; what is not known there is not said. */
function withBeside(label: string, { beside, text }: LabelInput): string {
  if (!beside) return label;
  return `${label} ┃ ${beside.calls > 0 ? numbers(beside, text) : `not called in ${beside.environment}`}`;
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
  return all.filter((part) => typeof part === 'string' && part !== '').join(lensSeparator);
}
