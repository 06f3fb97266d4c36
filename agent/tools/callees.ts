import { formatCount, windowSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope, quoted } from '../absence.ts';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { headLine } from '../answer/model-answer.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { fileInput, functionInput, given, scopeInput } from '../query-input.ts';
import { profileDetailsSchema } from '../summaries.ts';
import { outgoingLine, queryLine } from '../text/profile-lines.ts';
import { defineTool } from '../tool.ts';

/** So many of those that are called most are looked at, whether this one calls them. */
const surveyedFunctions = 500;

const calleeSchema = z.object({
  service: z.string(),
  environment: z.string(),
  versions: z.array(z.string()),
  function: z.string(),
  file: z.string(),
  line: z.number(),
  /** Of those calls that came from the function that was asked about. */
  calls: z.number(),
  p99: z.number().nullable(),
  lastSeen: z.string().nullable(),
});

export const callees = defineTool({
  name: 'runlens_callees',
  title: 'What a function calls in production',
  description:
    'Lists the measured functions that a function really called in production, its database queries and its calls of other ' +
    'services, most frequent first. Use it to see where the time of a slow function can go, or what a change of it reaches. ' +
    'Counts are estimated from some of the calls, so a rare callee may be missing.',
  tokens: 600,
  inputSchema: z.object({
    file: fileInput.describe('Path of the file as written, relative to the root of the repository, with `/`.'),
    function: functionInput,
    ...scopeInput,
  }),
  outputSchema: z.object({
    window: windowSchema,
    callees: z.array(calleeSchema),
    queries: profileDetailsSchema.shape.queries,
    outgoing: profileDetailsSchema.shape.outgoing,
    /** Functions that were looked at for this caller, and all that are measured. */
    surveyed: z.number(),
    measured: z.number(),
  }),

  async handle({ file, function: wanted, ...scope }, { facts, signal }) {
    const [{ functions, measuredFunctions, window }, own] = await Promise.all([
      facts.hot(
        {
          ...given(scope),
          ...{ by: 'calls', limit: surveyedFunctions, histograms: 'empty', caller: `${file}\n${wanted}` },
        },
        signal,
      ),
      facts.profiles({ ...given(scope), file, function: wanted }, signal),
    ]);
    const found = functions.flatMap((each) => {
      const calls = each.callers
        .filter((caller) => caller.function === wanted && (caller.file ?? each.file) === file)
        .reduce((sum, caller) => sum + caller.calls, 0);
      if (calls === 0) return [];
      const { service, environment, versions, lastSeen, line, duration } = each;
      return [
        {
          service,
          environment,
          versions: versions.map(({ version }) => version),
          function: each.function,
          file: each.file,
          line,
          calls,
          p99: duration?.p99 ?? null,
          lastSeen,
        },
      ];
    });
    const queries = own.profiles.flatMap((profile) => profile.queries);
    const outgoing = own.profiles.flatMap((profile) => profile.outgoing);
    if (found.length + queries.length + outgoing.length === 0) {
      const message =
        (await absenceOfScope(facts, scope, signal)) ??
        (own.profiles.length === 0
          ? `${quoted(wanted)} in ${quoted(file)} is not known as a measured function; runlens_file_profile lists those of a file.`
          : `Nothing is known that ${quoted(wanted)} calls: of measured functions, queries and other services none was seen under it.`);
      return { kind: 'nothing', message };
    }
    const callees = found.sort((one, other) => other.calls - one.calls);
    return {
      kind: 'answer',
      output: {
        window,
        callees,
        queries,
        outgoing,
        surveyed: Math.min(surveyedFunctions, measuredFunctions),
        measured: measuredFunctions,
      },
    };
  },

  draft({ window, callees: found, queries, outgoing, surveyed, measured }, { now }) {
    return {
      verdict: `It called ${found.length} measured ${found.length === 1 ? 'function' : 'functions'}, ${queries.length} queries and ${outgoing.length} other services`,
      baseline: 'none: what it calls, not whether that changed',
      scope: scopeWords(found, window, now),
      sample: `estimated from the calls whose stack was looked at; ${ageWords(
        found.map(({ lastSeen }) => lastSeen),
        now,
      )}`,
      unknown: [
        'Rare callees may be missing.',
        ...(measured > surveyed ? [`Only the ${surveyed} most called of ${measured} functions were looked at.`] : []),
      ],
      data: [
        ...(found.length > 0 ? [headLine('callee|place|calls from it|its p99 in s')] : []),
        ...found.map((each) => ({
          text: `${cell(each.function)}|${cell(each.file)}:${each.line}|${formatCount(each.calls)}|${each.p99 === null ? '–' : each.p99.toPrecision(2)}`,
          value: each.calls * (1 + (each.p99 ?? 0)),
        })),
        ...queries.map((each) => ({ text: `query ${queryLine(each)}`, value: each.calls * (1 + each.totalSeconds) })),
        ...outgoing.map((each) => ({
          text: `service ${outgoingLine(each)}`,
          value: each.calls * (1 + each.totalSeconds),
        })),
      ],
      contextVersion: contextVersion([
        found.map((each) => [each.function, each.file, each.versions, coarse(each.calls)]),
        queries.map(({ statement, callsPerCall }) => [statement, coarse(callsPerCall)]),
        outgoing.map(({ target }) => target),
      ]),
      remedy: 'ask with a higher maxTokens, or for one environment',
    };
  },
});
