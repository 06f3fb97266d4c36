import { formatAge, mostSqlCharacters, queryTablesText, sqlResponseSchema } from '@runlens/protocol';
import { z } from 'zod';
import { missingInScope } from '../absence.ts';
import { contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { headLine } from '../answer/model-answer.ts';
import { scopeWords } from '../answer/scope-words.ts';
import { limitedSentence, sensorsLimited } from '../limits-of-knowledge.ts';
import { given, scopeInput } from '../query-input.ts';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import { tableLines } from '../text/table.ts';
import { windowWords } from '../text/window.ts';
import { defineTool } from '../tool.ts';

const scopeSchema = z.object({ service: z.string(), environment: z.string() });

export const query = defineTool({
  name: 'runlens_query',
  title: 'SQL over production',
  description: `Runs one SELECT (SQLite) over the profiles of a window, for questions that no other tool answers: joins, groups, shares. Durations and totals are in seconds, instants ISO 8601, NULL is unknown. A row of functions is a function in one service and environment; the tables with its place belong to it. Tables:\n${queryTablesText}`,
  tokens: 1_200,
  inputSchema: z.object({
    sql: z.string().min(1).max(mostSqlCharacters).describe('One SELECT. Strings in single quotes.'),
    service: scopeInput.service.describe('Only this service; fewer functions are answered faster.'),
    environment: scopeInput.environment.describe('Only this environment; without it, each is a row of its own.'),
    version: scopeInput.version.describe('Only this version; without it, all versions of the window together.'),
    since: scopeInput.since,
    limit: z.int().min(1).max(1_000).default(100).describe('How many rows to return.'),
  }),
  outputSchema: sqlResponseSchema.extend({ scopes: z.array(scopeSchema), limited: z.boolean() }),

  async handle(input, { facts, signal }) {
    const services = await facts.services(signal);
    const missing = missingInScope(services, input);
    if (missing !== undefined) return { kind: 'nothing', message: missing };
    const response = await facts.query(given(input) as typeof input, signal);
    const scopes = services.services
      .filter(({ name }) => input.service === undefined || name === input.service)
      .flatMap(({ name: service, environments }) =>
        environments
          .filter(({ name }) => input.environment === undefined || name === input.environment)
          .map(({ name: environment }) => ({ service, environment })),
      );
    return { kind: 'answer', output: { ...response, scopes, limited: sensorsLimited(services, input) } };
  },

  render({ columns, rows, truncated, window }, { budgetCharacters, now, style }) {
    const numeric = columns.map((_, i) => rows.every((row) => typeof row[i] !== 'string'));
    const lines = tableLines(
      columns.map((title, i) => ({ title: neutralise(title), align: numeric[i] ? 'right' : 'left' })),
      rows.map((row) => row.map((value) => ({ text: shown(value) }))),
      style.quiet,
    );
    const rest = truncated ? ', more are left out' : '';
    return withinBudget(
      [
        ...lines,
        style.quiet(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${rest} · ${windowWords(window, now)}`),
      ],
      budgetCharacters,
      'ask for fewer with LIMIT.',
    );
  },

  draft({ columns, rows, truncated, window, asOf, functions, filesLeftOut, scopes, limited }, { now }) {
    return {
      verdict: `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${truncated ? ', and more' : ''}`,
      baseline: 'none: ask another window by `since` to compare',
      scope: scopeWords(
        scopes.map((scope) => ({ ...scope, versions: [] })),
        window,
        now,
      ),
      sample: `${functions} functions; calls and errors exact, times sampled; tables of ${formatAge(now - Date.parse(asOf))}`,
      unknown: [
        ...(filesLeftOut > 0 ? [`The functions of ${filesLeftOut} files are left out: ask for one service.`] : []),
        ...(limited ? [limitedSentence] : []),
      ],
      data: [
        headLine(columns.map(cell).join('|')),
        ...rows.map((row, i) => ({ value: -i, text: row.map((value) => shown(value).replaceAll('|', '¦')).join('|') })),
      ],
      cut: truncated ? 'rows: ask with a higher limit, or for fewer by WHERE or GROUP BY' : undefined,
      contextVersion: contextVersion([columns, rows]),
      remedy: 'ask with a higher maxTokens, or for fewer columns',
    };
  },
});

/** Statements are the longest that is worth its tokens. */
const mostCharacters = 300;

function shown(value: string | number | null): string {
  if (value === null) return '–';
  if (typeof value === 'string') return neutralise(value, mostCharacters);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
