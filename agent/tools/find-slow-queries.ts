import { formatCount, formatSeconds, statementOrders, statementsResponseSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { headLine } from '../answer/model-answer.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { windowBefore } from '../baseline.ts';
import { folderInput, given, scopeInput } from '../query-input.ts';
import { neutralise } from '../text/hostile.ts';
import { defineTool } from '../tool.ts';

export const findSlowQueries = defineTool({
  name: 'runlens_find_slow_queries',
  title: 'Slow and repeated queries',
  description:
    'Finds the database queries that cost most in production, with the function that asks each, and marks those that one ' +
    'request repeats (N+1). Statements are shapes without values. Use it to find what to index, batch or cache, and to ' +
    'see who asks before changing a table.',
  tokens: 900,
  inputSchema: z.object({
    ...scopeInput,
    under: folderInput,
    by: z
      .enum(statementOrders)
      .default('total')
      .describe('Rank by total time, mean time of one, or repeats in one request.'),
    limit: z.int().min(1).max(200).default(15).describe('How many queries to return.'),
  }),
  outputSchema: statementsResponseSchema.extend({
    /** Seconds of all of them as long before. */
    totalSecondsBefore: z.number(),
  }),

  async handle(input, { facts, signal }) {
    const asked = await facts.statements(given(input), signal);
    if (asked.found === 0) {
      const message =
        (await absenceOfScope(facts, input, signal)) ??
        'No query was seen in this selection and window. The sensor hears of drivers that it knows (docs: configuration); ask for a longer window first.';
      return { kind: 'nothing', message };
    }
    const before = await facts.statements({ ...given(input), ...windowBefore(asked.window), limit: 1 }, signal);
    return { kind: 'answer', output: { ...asked, totalSecondsBefore: before.totalSeconds } };
  },

  draft({ window, by, statements: queries, found, totalSeconds, ...rest }, { now }) {
    const repeated = queries.filter(({ repeats }) => (repeats ?? 0) >= 2).length;
    return {
      verdict: `${found} queries took ${formatSeconds(totalSeconds)} in all; of the ${queries.length} first by ${by}, ${repeated} ${repeated === 1 ? 'is' : 'are'} repeated within one request or call`,
      baseline: `as long before: ${rest.totalSecondsBefore === 0 ? 'no queries' : `${formatSeconds(rest.totalSecondsBefore)} in all`}`,
      scope: scopeWords(queries, window, now),
      sample: `each query is counted and timed; by whole hours that touch the window; ${ageWords(
        queries.map(({ lastSeen }) => lastSeen),
        now,
      )}`,
      unknown: [
        'Plans, indexes and rows are not known; time is as the service waited.',
        ...(rest.measuredFunctions > rest.surveyedFunctions
          ? [`Only what the ${rest.surveyedFunctions} functions with most time of ${rest.measuredFunctions} ask.`]
          : []),
      ],
      data: [
        headLine('calls|mean|total|in one request or call|errors|system: statement|asked by'),
        ...queries.map((each, index) => ({
          text: [
            formatCount(each.calls),
            formatSeconds(each.meanSeconds),
            formatSeconds(each.totalSeconds),
            each.repeats === null
              ? '–'
              : `${formatCount(each.repeats)}×${each.repeatedIn === null ? '' : ` in ${cell(each.repeatedIn)}`}`,
            formatCount(each.errors),
            `${cell(each.system)}: ${neutralise(each.statement, 200).replaceAll('|', '¦')}`,
            each.askers
              .slice(0, 2)
              .map((asker) => `${cell(asker.function)} ${cell(asker.file)}:${asker.line}`)
              .join(', '),
          ].join('|'),
          value: queries.length - index,
        })),
      ],
      cut:
        found > queries.length ? `${found - queries.length} queries below these: ask with a higher limit` : undefined,
      contextVersion: contextVersion(
        queries.map((each) => [each.statement, each.versions, coarse(each.meanSeconds), coarse(each.repeats)]),
      ),
      remedy: 'ask with a higher maxTokens, or for one folder with `under`',
    };
  },
});
