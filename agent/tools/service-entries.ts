import { entriesResponseSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { entryRows } from '../answer/function-rows.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { baselineWords, totalsOf, totalsSchema, windowBefore } from '../baseline.ts';
import { given, scopeInput } from '../query-input.ts';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import { numberCells, numberColumns } from '../text/profile-cells.ts';
import { tableLines } from '../text/table.ts';
import { windowWords } from '../text/window.ts';
import { defineTool } from '../tool.ts';

const entrySchema = entriesResponseSchema.shape.entries.element;

export const serviceEntries = defineTool({
  name: 'runlens_entries',
  title: 'Routes in production',
  description:
    'Lists the routes of running services with how often they were asked for, how long whole requests took and how many ' +
    'were answered with a server error (500 and more). Use it to see what users wait for, before looking at the functions ' +
    'behind it. Each request is counted and timed.',
  tokens: 800,
  inputSchema: z.object({
    ...scopeInput,
    limit: z.int().min(1).max(2_000).default(20).describe('How many routes to return, most total time first.'),
  }),
  outputSchema: entriesResponseSchema.extend({
    entries: z.array(
      entrySchema.extend({ duration: entrySchema.shape.duration.unwrap().omit({ histogram: true }).nullable() }),
    ),
    /** Of as many routes, as long before the window. */
    before: totalsSchema,
  }),

  async handle(input, { facts, signal }) {
    const response = await facts.entries(given(input), signal);
    if (response.entries.length === 0) {
      const message =
        (await absenceOfScope(facts, input, signal)) ??
        'No request was answered in this selection and window; ask for a longer window or a wider selection.';
      return { kind: 'nothing', message };
    }
    const entries = response.entries.map(({ duration, ...entry }) => {
      if (!duration) return { ...entry, duration: null };
      const { histogram: _drawn, ...percentiles } = duration;
      return { ...entry, duration: percentiles };
    });
    const earlier = await facts.entries({ ...given(input), ...windowBefore(response.window) }, signal);
    return { kind: 'answer', output: { ...response, entries, before: totalsOf(earlier.entries) } };
  },

  render({ entries, truncated, window }, { budgetCharacters, now, style }) {
    const scopes = new Set(
      entries.map(({ service, environment }) => `${neutralise(service)} · ${neutralise(environment)}`),
    );
    const oneScope = scopes.size === 1;
    const rows = entries.map((entry) => [
      { text: neutralise(entry.name), mark: style.heading },
      ...withoutShare(numberCells({ ...entry, timeShare: null }, style)),
      ...(oneScope ? [] : [{ text: `${neutralise(entry.service)} · ${neutralise(entry.environment)}` }]),
    ]);
    const count = `${entries.length}${truncated ? ' slowest' : ''} ${entries.length === 1 ? 'route' : 'routes'}`;
    const title = [...(oneScope ? scopes : []), windowWords(window, now), count].join(' · ');
    const columns = [{ title: 'route' }, ...withoutShare(numberColumns), ...(oneScope ? [] : [{ title: 'service' }])];
    return withinBudget(
      [title, ...tableLines(columns, rows, style.quiet)],
      budgetCharacters,
      'ask for fewer with `limit`, or for one service.',
    );
  },

  draft({ entries, truncated, window, before }, { now }) {
    const failing = entries.filter(({ errors }) => errors > 0).length;
    return {
      verdict: `${entries.length} ${entries.length === 1 ? 'route' : 'routes'}, most total time first; ${failing} answered with server errors`,
      baseline: `${baselineWords(totalsOf(entries), before)}; of as many routes`,
      scope: scopeWords(
        entries.map((each) => ({ ...each, versions: [] })),
        window,
        now,
      ),
      sample: `each request is counted and timed; ${ageWords(
        entries.map(({ lastSeen }) => lastSeen),
        now,
      )}`,
      data: entryRows(entries),
      cut: truncated ? 'routes with less time: ask with a higher limit' : undefined,
      contextVersion: contextVersion(
        entries.map(({ service, environment, name, callsPerMinute, errorRate, duration }) => [
          [service, environment, name],
          [coarse(callsPerMinute), coarse(errorRate), coarse(duration?.p50), coarse(duration?.p99)],
        ]),
      ),
      remedy: 'ask with a higher maxTokens, or for one service',
    };
  },
});

/** Requests overlap, so that a share of their time would say nothing. */
const shareColumn = numberColumns.findIndex(({ title }) => title === 'share');
const withoutShare = <Item>(items: readonly Item[]): readonly Item[] => items.filter((_, at) => at !== shareColumn);
