import { formatShare, hotOrders, hotResponseSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import { contextVersion } from '../answer/context-version.ts';
import { cell, functionRows, rowFacts } from '../answer/function-rows.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { baselineWords, totalsOf, totalsSchema, windowBefore } from '../baseline.ts';
import { folderInput, given, scopeInput } from '../query-input.ts';
import { profileSummarySchema, summarise } from '../summaries.ts';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import { numberCells, numberColumns } from '../text/profile-cells.ts';
import { tableLines } from '../text/table.ts';
import { windowWords } from '../text/window.ts';
import { defineTool } from '../tool.ts';

const orderWords = {
  time: 'most total time',
  calls: 'most calls',
  errors: 'most errors',
  p99: 'slowest 99th percentile',
  impact: 'most impact',
} as const;

export const hotFunctions = defineTool({
  name: 'runlens_hot_functions',
  title: 'Hot functions in production',
  description:
    'Ranks the functions of running services by what they cost in production: total time, calls, errors, 99th ' +
    'percentile or impact. Use it to find what is worth optimising or fixing, and to see whether a change touches hot ' +
    'code. Calls and errors are exact; durations are in seconds, of calls until they settle, so a function that waits ' +
    'for others counts their time too.',
  tokens: 1_200,
  inputSchema: z.object({
    ...scopeInput,
    by: z.enum(hotOrders).default('time').describe('What to rank by.'),
    under: folderInput,
    limit: z.int().min(1).max(1_000).default(20).describe('How many functions to return.'),
  }),
  outputSchema: hotResponseSchema.extend({
    functions: z.array(profileSummarySchema),
    /** Of as many functions, as long before the window. */
    before: totalsSchema,
  }),

  async handle(input, { facts, signal }) {
    const response = await facts.hot(given(input), signal);
    if (response.functions.length === 0) {
      const message =
        (await absenceOfScope(facts, input, signal)) ??
        (response.measuredFunctions > 0
          ? `${response.measuredFunctions} functions are measured and none of them was ${input.by === 'errors' ? 'seen failing' : 'called'} in this window; ask for a longer one.`
          : 'Nothing was measured in this selection and window; ask for a longer window or a wider selection.');
      return { kind: 'nothing', message };
    }
    const earlier = await facts.hot({ ...given(input), ...windowBefore(response.window) }, signal);
    const before = totalsOf(earlier.functions);
    return { kind: 'answer', output: { ...response, functions: response.functions.map(summarise), before } };
  },

  render({ by, functions, measuredFunctions, window }, { budgetCharacters, now, style }) {
    const scopes = new Set(
      functions.map(({ service, environment }) => `${neutralise(service)} · ${neutralise(environment)}`),
    );
    const oneScope = scopes.size === 1;
    const rows = functions.map((summary) => [
      { text: neutralise(summary.function), mark: style.heading },
      ...numberCells(summary, style),
      ...(oneScope ? [] : [{ text: `${neutralise(summary.service)} · ${neutralise(summary.environment)}` }]),
      { text: `${neutralise(summary.file)}${summary.line > 0 ? `:${summary.line}` : ''}`, mark: style.quiet },
    ]);
    const title = `${[...(oneScope ? scopes : []), orderWords[by], windowWords(window, now)].join(' · ')} · ${functions.length} of ${measuredFunctions} measured functions`;
    const columns = [
      { title: 'function' },
      ...numberColumns,
      ...(oneScope ? [] : [{ title: 'service' }]),
      { title: 'file' },
    ];
    return withinBudget(
      [title, ...tableLines(columns, rows, style.quiet)],
      budgetCharacters,
      'ask for fewer with `limit`, or for one folder with `under`.',
    );
  },

  draft({ by, functions, measuredFunctions, window, before }, { now }) {
    const left = measuredFunctions - functions.length;
    const share = functions.reduce((sum, { timeShare }) => sum + (timeShare ?? 0), 0);
    const oneScope = new Set(functions.map(({ service, environment }) => `${service}\n${environment}`)).size === 1;
    return {
      verdict: `${functions.length} of ${measuredFunctions} measured functions, first those of ${orderWords[by]}${oneScope && by === 'time' && functions[0]?.timeShare ? `; the first takes ${formatShare(functions[0].timeShare)} of the service's time` : ''}`,
      baseline: `${baselineWords(totalsOf(functions), before)}; of as many functions`,
      scope: scopeWords(functions, window, now),
      sample: `calls and errors exact, times sampled; ${ageWords(
        functions.map(({ lastSeen }) => lastSeen),
        now,
      )}`,
      unknown: ['Time includes what a function calls and waits for.'],
      data: functionRows(functions, { title: 'place', of: ({ file, line }) => `${cell(file)}:${line}` }).map(
        // They are ranked already: what is cut is the end.
        (line, index) => ({ text: line.text, value: -index }),
      ),
      cut: left > 0 && share < 0.99 ? `${left} functions below these: ask with a higher limit` : undefined,
      contextVersion: contextVersion(rowFacts(functions)),
      remedy: 'ask with a higher maxTokens, or for one folder with `under`',
    };
  },
});
