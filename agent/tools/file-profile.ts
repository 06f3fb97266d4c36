import { fileVersionSchema, formatShare, windowSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope, listed, quoted } from '../absence.ts';
import { contextVersion } from '../answer/context-version.ts';
import { cell, functionRows, rowFacts } from '../answer/function-rows.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { baselineWords, totalsOf, totalsSchema, windowBefore, worseWords } from '../baseline.ts';
import { deployedSentence, limitedSentence, sensorsLimited } from '../limits-of-knowledge.ts';
import { fileInput, given, scopeInput } from '../query-input.ts';
import { profileSummarySchema, summarise } from '../summaries.ts';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import { numberCells, numberColumns } from '../text/profile-cells.ts';
import { tableLines } from '../text/table.ts';
import { windowWords } from '../text/window.ts';
import { defineTool } from '../tool.ts';

export const fileProfile = defineTool({
  name: 'runlens_file_profile',
  title: 'A file in production',
  description:
    'Tells for every function of a source file how often it was called in production, how long it took and how often it ' +
    'failed, and which functions are not measured and why. Use it before changing or reviewing a file. A function with 0 ' +
    'calls was measured and not called in the window; a function that is not listed is unknown, which is not zero: it ' +
    'may be new, renamed or not deployed.',
  tokens: 1_200,
  inputSchema: z.object({
    file: fileInput.describe('Path of the file as written, relative to the root of the repository, with `/`.'),
    ...scopeInput,
    limit: z.int().min(1).max(5_000).default(500).describe('How many functions to return.'),
  }),
  outputSchema: z.object({
    window: windowSchema,
    functions: z.array(profileSummarySchema),
    loadedIn: z.array(fileVersionSchema),
    truncated: z.boolean(),
    /** Of all functions together, as long before the window. */
    before: totalsSchema,
    limited: z.boolean(),
  }),

  async handle(input, { facts, signal }) {
    const response = await facts.profiles(given(input), signal);
    const { files: loadedIn, profiles, truncated, window } = response;
    if (profiles.length === 0 && loadedIn.every(({ unmeasured }) => unmeasured.length === 0)) {
      return { kind: 'nothing', message: await nothingOfFile(input.file) };
    }
    const [earlier, services] = await Promise.all([
      facts.profiles({ ...given(input), ...windowBefore(window) }, signal),
      facts.services(signal),
    ]);
    const before = totalsOf(earlier.profiles);
    const limited = sensorsLimited(services, input);
    return {
      kind: 'answer',
      output: { window, functions: profiles.map(summarise), loadedIn, truncated, before, limited },
    };

    async function nothingOfFile(file: string): Promise<string> {
      const missing = await absenceOfScope(facts, input, signal);
      if (missing !== undefined) return missing;
      if (loadedIn.length === 0) {
        return `No running service has loaded ${quoted(file)}; check that the path is relative to the root of the repository, and that the service runs this code.`;
      }
      return `${quoted(file)} is loaded in ${listed(loadedIn.map(({ service }) => service))} and has no function that can be measured.`;
    }
  },

  render({ functions, loadedIn, truncated, window }, { budgetCharacters, now, style }) {
    const ordered = functions.toSorted(
      (a, b) => compare(a.service, b.service) || compare(a.environment, b.environment) || a.line - b.line,
    );
    const rows = ordered.map((summary) => [
      { text: String(summary.line) },
      { text: neutralise(summary.function), mark: style.heading },
      ...numberCells(summary, style),
      { text: `${neutralise(summary.service)} · ${neutralise(summary.environment)}`, mark: style.quiet },
    ]);
    const unmeasured = loadedIn.flatMap((file) =>
      file.unmeasured.map(
        ({ function: name, line, reason }) =>
          `not measured: ${name === '' ? 'the whole file' : `${neutralise(name)} (line ${line})`}: ${neutralise(reason)}`,
      ),
    );
    const [first] = ordered;
    const title = [...(first ? [neutralise(first.file)] : []), windowWords(window, now)].join(' · ');
    const columns = [
      { title: 'line', align: 'right' as const },
      { title: 'function' },
      ...numberColumns,
      { title: 'service' },
    ];
    return withinBudget(
      [
        title,
        ...(rows.length > 0 ? tableLines(columns, rows, style.quiet) : []),
        ...new Set(unmeasured),
        ...(truncated ? ['There are more functions: ask with a higher `limit`.'] : []),
      ],
      budgetCharacters,
      'ask for one function, or for fewer with `limit`.',
    );
  },

  draft({ functions, loadedIn, truncated, window, before, limited }, { now }) {
    const ordered = functions.toSorted((a, b) => a.line - b.line);
    const called = functions.filter(({ calls }) => calls > 0);
    const failing = called.filter(({ errors }) => errors > 0);
    const share = Math.max(0, ...functions.map(({ timeShare }) => timeShare ?? 0));
    const totals = totalsOf(functions);
    const worse = worseWords(totals, before);
    const unmeasured = new Map(
      loadedIn
        .flatMap((file) => file.unmeasured)
        .map((each) => [
          each.function,
          `not measured: ${each.function === '' ? 'the whole file' : `${cell(each.function)} (line ${each.line})`}: ${neutralise(each.reason)}`,
        ]),
    );
    return {
      verdict: `${called.length} of ${functions.length} functions were called, ${failing.length} fail${called.length > 0 ? `; the one that takes most takes ${formatShare(share)} of its service's time` : ''}${worse === undefined ? '' : `; ${worse}`}`,
      baseline: baselineWords(totals, before),
      scope: scopeWords(functions.length > 0 ? functions : loadedIn.map(versionOf), window, now),
      sample: `calls and errors exact; ${ageWords(
        functions.map(({ lastSeen }) => lastSeen),
        now,
      )}`,
      unknown: [
        `Functions that are not listed are unknown, not uncalled.`,
        deployedSentence(loadedIn.map(({ revision }) => revision)),
        ...(limited ? [limitedSentence] : []),
      ],
      data: [
        ...functionRows(ordered, { title: 'line', of: ({ line }) => String(line) }),
        ...[...unmeasured.values()].map((text) => ({ text, value: 0.5 })),
      ],
      cut: truncated ? 'functions beyond `limit`' : undefined,
      contextVersion: contextVersion([rowFacts(functions), [...unmeasured.keys()]]),
      remedy: 'ask with a higher maxTokens, or for one function',
    };
  },
});

const versionOf = ({ service, environment, version }: { service: string; environment: string; version: string }) => ({
  service,
  environment,
  versions: [version],
});

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
