import { formatAge, formatCount, formatRate, formatSeconds, formatShare, windowSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceInFile, absenceOfScope, quoted } from '../absence.ts';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { type DataLine, type Draft, headLine } from '../answer/model-answer.ts';
import { scopeWords } from '../answer/scope-words.ts';
import { baselineWords, totalsOf, totalsSchema, windowBefore, worseWords } from '../baseline.ts';
import { deployedSentence, limitedSentence, sensorsLimited } from '../limits-of-knowledge.ts';
import { fileInput, functionInput, given, scopeInput } from '../query-input.ts';
import { type ProfileDetails, profileDetailsSchema } from '../summaries.ts';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import {
  callerLine,
  conditionLines,
  entryLine,
  exceptionLine,
  exemplarLine,
  outgoingLine,
  profileLines,
  queryLine,
  versionLine,
} from '../text/profile-lines.ts';
import { plainStyle } from '../text/style.ts';
import { windowWords } from '../text/window.ts';
import { defineTool } from '../tool.ts';

export const functionProfile = defineTool({
  name: 'runlens_function_profile',
  title: 'A function in production',
  description:
    'Tells everything that is known of one function in production: calls and errors (exact), percentiles of its ' +
    'duration, versions, the routes and jobs that reach it, its callers, its database queries, its calls to other ' +
    'services, and its exceptions: the messages without values, where they were thrown, how many left it and how many ' +
    'were caught, since when and in which versions. Use it before you change, optimise or explain a function. 0 calls means ' +
    'measured and not called in the window; when the function is unknown, the answer says why.',
  tokens: 350,
  inputSchema: z.object({
    file: fileInput.describe('Path of the file as written, relative to the root of the repository, with `/`.'),
    function: functionInput,
    ...scopeInput,
  }),
  outputSchema: z.object({
    window: windowSchema,
    profiles: z.array(profileDetailsSchema),
    /** Of all profiles together, as long before the window. */
    before: totalsSchema,
    /** Sensors of the selection measure less than they could. */
    limited: z.boolean(),
  }),

  async handle(input, { facts, signal }) {
    const { profiles, window } = await facts.profiles(given(input), signal);
    if (profiles.length > 0) {
      const [before, services] = await Promise.all([
        facts.profiles({ ...given(input), ...windowBefore(window) }, signal),
        facts.services(signal),
      ]);
      const limited = sensorsLimited(services, input);
      return { kind: 'answer', output: { window, profiles, before: totalsOf(before.profiles), limited } };
    }
    const missing = await absenceOfScope(facts, input, signal);
    if (missing !== undefined) return { kind: 'nothing', message: missing };
    const { function: wanted, ...withoutFunction } = input;
    const ofFile = await facts.profiles(given(withoutFunction), signal);
    const known = ofFile.profiles.map((profile) => profile.function);
    const message =
      ofFile.files.length === 0 && known.length === 0
        ? `No running service has loaded ${quoted(input.file)}; check that the path is relative to the root of the repository, and that the service runs this code.`
        : absenceInFile(input.file, wanted, ofFile.files, known);
    return { kind: 'nothing', message };
  },

  render({ profiles, window }, { budgetCharacters, now, style }) {
    const words = windowWords(window, now);
    const lines = profiles.flatMap((profile, index) => [
      ...(index > 0 ? [''] : []),
      ...profileLines(profile, words, now, style),
    ]);
    return withinBudget(lines, budgetCharacters, 'ask for one service, environment and version.');
  },

  draft({ profiles, window, before, limited }, { now }): Draft {
    const ordered = profiles.toSorted((one, other) => other.calls - one.calls);
    const totals = totalsOf(profiles);
    const [first] = ordered;
    const worse = worseWords(totals, before);
    return {
      verdict: [
        ...(first ? [verdictOf(first, now)] : []),
        ...(ordered.length > 1 ? [`of ${ordered.length} places where it runs, where it is called most`] : []),
        ...(worse === undefined ? [] : [worse]),
      ].join('; '),
      baseline: baselineWords(totals, before),
      scope: scopeWords(
        ordered.map((each) => ({ ...each, versions: each.versions.map(({ version }) => version) })),
        window,
        now,
      ),
      sample: `${formatCount(totals.calls)} calls, ${formatCount(totals.errors)} errors: exact; ${durationSample(ordered)}; last call ${first?.lastSeen ? formatAge(now - Date.parse(first.lastSeen)) : 'unknown'}`,
      unknown: [
        deployedSentence(ordered.flatMap(({ versions }) => versions.map(({ revision }) => revision))),
        ...(limited ? [limitedSentence] : []),
      ],
      data: ordered.flatMap((profile, index) =>
        dataOf(profile, now, { weight: 1 / (index + 1), several: ordered.length > 1 }),
      ),
      contextVersion: contextVersion(
        ordered.map(
          ({ service, environment, file, function: name, versions, errorRate, duration, exceptions, ...each }) => [
            [service, environment, file, name, versions.map(({ version }) => version)],
            [coarse(each.callsPerMinute), coarse(errorRate), coarse(duration?.p50), coarse(duration?.p99)],
            exceptions.map(({ type, message }) => [type, message]),
          ],
        ),
      ),
      remedy: 'raise maxTokens',
    };
  },
});

function verdictOf(
  { calls, callsPerMinute, duration, errorRate, timeShare, lastSeen, measuredSince }: ProfileDetails,
  now: number,
): string {
  if (calls === 0) {
    const last =
      lastSeen === null ? 'never called while measured' : `last call ${formatAge(now - Date.parse(lastSeen))}`;
    return `Not called in this window (${last}, measured since ${formatAge(now - Date.parse(measuredSince))})`;
  }
  const share = timeShare === null ? '' : `${heatOf(timeShare)}, ${formatShare(timeShare)} of its service's time: `;
  return `${share}called ${formatRate(callsPerMinute)}${duration ? `, p50 ${formatSeconds(duration.p50)}, p99 ${formatSeconds(duration.p99)}` : ''}, ${errorRate ? `${formatShare(errorRate)} of calls fail` : 'no errors'}`;
}

function heatOf(share: number): string {
  return share >= 0.1 ? 'Hot' : share >= 0.01 ? 'Warm' : 'Cold';
}

function durationSample(profiles: readonly ProfileDetails[]): string {
  const samples = profiles.reduce((sum, { duration }) => sum + (duration?.samples ?? 0), 0);
  return samples === 0 ? 'none timed' : `times of ${formatCount(samples)}`;
}

/** `weight`: of the place among others where the function runs. */
function dataOf(
  profile: ProfileDetails,
  now: number,
  { weight, several }: { readonly weight: number; readonly several: boolean },
): DataLine[] {
  const { duration, versions } = profile;
  const line = (value: number, text: string): DataLine => ({ value: value * weight, text });
  const list = <Item>(
    title: string,
    value: number,
    items: readonly Item[],
    words: (item: Item) => string,
    worth: (item: Item) => number = () => 0,
  ): DataLine[] => items.map((item, index) => line(value - 10 * index + worth(item), `${title} ${words(item)}`));
  const timed =
    duration &&
    `p90 ${formatSeconds(duration.p90)}, max ${formatSeconds(duration.max)}, ${formatSeconds(duration.total)} in all`;
  return [
    headLine(
      `${neutralise(profile.function)} ${neutralise(profile.file)}:${profile.line} in ${neutralise(profile.service)} ${neutralise(profile.environment)}, ${formatCount(profile.instances)} ${profile.instances === 1 ? 'instance' : 'instances'}`,
    ),
    ...(several ? [line(3_000, `${formatCount(profile.calls)} calls, ${formatCount(profile.errors)} errors`)] : []),
    ...(timed ? [line(2_000, timed)] : []),
    ...conditionLines(profile).map((text) => line(500, text.trim().replace(/\s+/g, ' '))),
    ...(versions.length > 1 ? list('version', 380, versions, versionLine) : []),
    ...list(
      'exception',
      600,
      profile.exceptions,
      (each) => exceptionLine(each, now, plainStyle),
      ({ newIn }) => (newIn === undefined ? 0 : 200),
    ),
    ...list('query', 450, profile.queries, queryLine, ({ repeats }) => ((repeats?.mean ?? 0) >= 2 ? 300 : 0)),
    ...list('entry', 400, profile.entries, entryLine),
    ...list('calls out', 350, profile.outgoing, outgoingLine),
    ...list('caller', 300, profile.callers, callerLine),
    ...list('slow call', 200, profile.exemplars, (each) => exemplarLine(each, now)),
  ];
}
