import { formatCount, formatSeconds, windowSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { headLine } from '../answer/model-answer.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { windowBefore } from '../baseline.ts';
import { folderInput, given, scopeInput } from '../query-input.ts';
import { type Survey, survey } from '../survey.ts';
import { neutralise } from '../text/hostile.ts';
import { defineTool } from '../tool.ts';

const askerSchema = z.object({ function: z.string(), file: z.string(), line: z.number(), calls: z.number() });
const slowQuerySchema = z.object({
  service: z.string(),
  environment: z.string(),
  versions: z.array(z.string()),
  system: z.string(),
  statement: z.string(),
  calls: z.number(),
  errors: z.number(),
  totalSeconds: z.number(),
  meanSeconds: z.number(),
  /** Times in one request or call, on average; null: not known. More than a few is an N+1. */
  repeats: z.number().nullable(),
  /** Of `repeats`: the function in one call of which it is repeated; null: not known. */
  repeatedIn: z.string().nullable(),
  askers: z.array(askerSchema),
  lastSeen: z.string().nullable(),
});
type SlowQuery = z.output<typeof slowQuerySchema>;

const orders = ['total', 'mean', 'repeats'] as const;

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
    by: z.enum(orders).default('total').describe('Rank by total time, mean time of one, or repeats in one request.'),
    limit: z.int().min(1).max(200).default(15).describe('How many queries to return.'),
  }),
  outputSchema: z.object({
    window: windowSchema,
    by: z.enum(orders),
    queries: z.array(slowQuerySchema),
    /** All that were found. */
    found: z.number(),
    /** Seconds of all of them, in the window and as long before. */
    totalSeconds: z.number(),
    totalSecondsBefore: z.number(),
  }),

  async handle({ by, limit, ...scope }, { facts, signal }) {
    const told = await survey(facts, 'time', given(scope), signal);
    const queries = queriesOf(told);
    if (queries.length === 0) {
      const message =
        (await absenceOfScope(facts, scope, signal)) ??
        'No query was seen in this selection and window. The sensor hears of drivers that it knows (docs: configuration); ask for a longer window first.';
      return { kind: 'nothing', message };
    }
    const before = queriesOf(await survey(facts, 'time', { ...given(scope), ...windowBefore(told.window) }, signal));
    const worth = ({ totalSeconds, meanSeconds, repeats }: SlowQuery): number =>
      by === 'total' ? totalSeconds : by === 'mean' ? meanSeconds : (repeats ?? 0);
    return {
      kind: 'answer',
      output: {
        window: told.window,
        by,
        queries: queries.toSorted((one, other) => worth(other) - worth(one)).slice(0, limit),
        found: queries.length,
        totalSeconds: secondsOf(queries),
        totalSecondsBefore: secondsOf(before),
      },
    };
  },

  draft({ window, by, queries, found, totalSeconds, totalSecondsBefore }, { now }) {
    const repeated = queries.filter(({ repeats }) => (repeats ?? 0) >= 2).length;
    return {
      verdict: `${found} queries took ${formatSeconds(totalSeconds)} in all; of the ${queries.length} first by ${by}, ${repeated} ${repeated === 1 ? 'is' : 'are'} repeated within one request or call`,
      baseline: `as long before: ${totalSecondsBefore === 0 ? 'no queries' : `${formatSeconds(totalSecondsBefore)} in all`}`,
      scope: scopeWords(queries, window, now),
      sample: `each query is counted and timed; by whole hours that touch the window; ${ageWords(
        queries.map(({ lastSeen }) => lastSeen),
        now,
      )}`,
      unknown: ['Plans, indexes and rows are not known; time is as the service waited.'],
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

const secondsOf = (queries: readonly SlowQuery[]): number =>
  queries.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0);

/** One for each service, environment, system and statement, whoever asks it. */
function queriesOf({ functions }: Survey): readonly SlowQuery[] {
  const asked = functions.flatMap((profile) => profile.queries.map((query) => ({ profile, query })));
  const groups = Map.groupBy(asked, ({ profile, query }) =>
    JSON.stringify([profile.service, profile.environment, query.system, query.statement]),
  );
  return [...groups.values()].flatMap((group): SlowQuery[] => {
    const [first] = group;
    if (!first) return [];
    const calls = group.reduce((sum, { query }) => sum + query.calls, 0);
    const totalSeconds = group.reduce((sum, { query }) => sum + query.totalSeconds, 0);
    const repeated = group
      .flatMap(({ query }) => query.repeats ?? [])
      .toSorted((one, other) => other.mean - one.mean)[0];
    return [
      {
        service: first.profile.service,
        environment: first.profile.environment,
        versions: first.profile.versions.map(({ version }) => version),
        system: first.query.system,
        statement: first.query.statement,
        calls,
        errors: group.reduce((sum, { query }) => sum + (query.errors ?? 0), 0),
        totalSeconds,
        meanSeconds: calls === 0 ? 0 : totalSeconds / calls,
        repeats: repeated?.mean ?? null,
        repeatedIn: repeated?.within?.function ?? null,
        askers: group
          .toSorted((one, other) => other.query.calls - one.query.calls)
          .map(({ profile, query }) => ({
            function: profile.function,
            file: profile.file,
            line: profile.line,
            calls: query.calls,
          })),
        lastSeen: first.profile.lastSeen,
      },
    ];
  });
}
