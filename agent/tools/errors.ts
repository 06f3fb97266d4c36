import { exceptionSchema, formatCount, formatShare, windowSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import type { DataLine } from '../answer/model-answer.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { baselineWords, totalsOf, totalsSchema, windowBefore, worseWords } from '../baseline.ts';
import { fileInput, folderInput, given, scopeInput } from '../query-input.ts';
import { profileSummarySchema, summarise } from '../summaries.ts';
import { exceptionLine } from '../text/profile-lines.ts';
import { plainStyle } from '../text/style.ts';
import { defineTool } from '../tool.ts';

export const errors = defineTool({
  name: 'runlens_errors',
  title: 'Errors in production',
  description:
    'Tells which functions fail in production and with what: types and messages (without values), where each was thrown, ' +
    'how many left the function, who caught them, since when, and which are new in the deployed version. Use it to find ' +
    'what a deploy broke, or to see what a function really throws before you change its error handling.',
  tokens: 1_000,
  inputSchema: z.object({
    ...scopeInput,
    file: fileInput.optional().describe('Only functions of this file, relative to the root of the repository.'),
    under: folderInput,
    limit: z.int().min(1).max(200).default(15).describe('How many functions to return, most errors first.'),
  }),
  outputSchema: z.object({
    window: windowSchema,
    functions: z.array(profileSummarySchema.extend({ exceptions: z.array(exceptionSchema) })),
    before: totalsSchema,
  }),

  async handle({ file, under, limit, ...scope }, { facts, signal }) {
    const ask = async (window: object) => {
      if (file === undefined)
        return facts.hot({ ...given({ ...scope, under }), ...window, by: 'errors', limit }, signal);
      const { profiles, ...rest } = await facts.profiles({ ...given(scope), ...window, file }, signal);
      return { ...rest, functions: profiles };
    };
    const { functions, window } = await ask({});
    const failing = functions
      .filter((each) => each.errors > 0 || each.exceptions.length > 0)
      .toSorted((one, other) => other.errors - one.errors)
      .slice(0, limit);
    if (failing.length === 0) {
      const message =
        (await absenceOfScope(facts, scope, signal)) ??
        (functions.length > 0
          ? `No error was seen: ${functions.length} functions of this selection were looked at, in this window.`
          : 'Nothing was measured in this selection and window; ask for a longer window or a wider selection.');
      return { kind: 'nothing', message };
    }
    const before = totalsOf((await ask(windowBefore(window))).functions);
    const told = failing.map((profile) => ({ ...summarise(profile), exceptions: profile.exceptions }));
    return { kind: 'answer', output: { window, functions: told, before } };
  },

  draft({ window, functions, before }, { now }) {
    const totals = totalsOf(functions);
    const fresh = functions.flatMap(({ exceptions }) => exceptions.filter(({ newIn }) => newIn !== undefined)).length;
    const worse = worseWords(totals, before);
    const kinds = functions.reduce((sum, { exceptions }) => sum + exceptions.length, 0);
    return {
      verdict: `${functions.length} ${functions.length === 1 ? 'function fails' : 'functions fail'}, ${formatCount(totals.errors)} errors of ${kinds} kinds${fresh > 0 ? `; ${fresh} NEW in the deployed version` : ''}${worse === undefined ? '' : `; ${worse}`}`,
      baseline: baselineWords(totals, before),
      scope: scopeWords(functions, window, now),
      sample: `errors are exact; ${ageWords(
        functions.flatMap(({ exceptions }) => exceptions.map(({ lastSeen }) => lastSeen)),
        now,
      )}`,
      unknown: [
        'An error passes through its callers, so one cause can show in several functions. Values are never told.',
      ],
      data: functions.flatMap((each, index): DataLine[] => {
        const worth = functions.length - index;
        return [
          {
            text: `${cell(each.function)} ${cell(each.file)}:${each.line}: ${formatCount(each.errors)} errors${each.errorRate === null ? '' : ` (${formatShare(each.errorRate)})`}`,
            value: worth + 0.5,
          },
          ...each.exceptions.map((exception, place) => ({
            text: `  ${exceptionLine(exception, now, plainStyle)}`,
            value: worth - place * 0.1 + (exception.newIn === undefined ? 0 : functions.length),
          })),
        ];
      }),
      contextVersion: contextVersion(
        functions.map((each) => [
          [each.service, each.environment, each.file, each.function, each.versions, coarse(each.errorRate)],
          each.exceptions.map(({ type, message, newIn }) => [type, message, newIn]),
        ]),
      ),
      remedy: 'ask with a higher maxTokens, or for one file',
    };
  },
});
