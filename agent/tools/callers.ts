import { formatCount, formatShare, windowSchema } from '@runlens/protocol';
import { z } from 'zod';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { headLine } from '../answer/model-answer.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { fileInput, functionInput, given, scopeInput } from '../query-input.ts';
import { defineTool } from '../tool.ts';
import { functionProfile } from './function-profile.ts';

const callerSchema = z.object({
  service: z.string(),
  environment: z.string(),
  function: z.string(),
  file: z.string().optional(),
  calls: z.number(),
});

export const callers = defineTool({
  name: 'runlens_callers',
  title: 'Who calls a function in production',
  description:
    'Lists the functions that really called a function in production, and the routes and jobs for which it ran, with ' +
    'counts. Use it before changing what a function takes, returns or throws, to learn who is affected and how much. ' +
    'Counts are estimated from some of the calls, so a rare caller may be missing.',
  tokens: 500,
  inputSchema: z.object({
    file: fileInput.describe('Path of the file as written, relative to the root of the repository, with `/`.'),
    function: functionInput,
    ...scopeInput,
  }),
  outputSchema: z.object({
    window: windowSchema,
    calls: z.number(),
    versions: z.array(z.string()),
    lastSeen: z.string().nullable(),
    callers: z.array(callerSchema),
    entries: z.array(callerSchema.omit({ function: true, file: true }).extend({ name: z.string() })),
  }),

  async handle(input, { facts, signal }) {
    const { profiles, window } = await facts.profiles(given(input), signal);
    if (profiles.length === 0) {
      const absent = await functionProfile.call(input, { facts, ...(signal && { signal }) });
      return {
        kind: 'nothing',
        message: absent.kind === 'answer' ? 'It was seen only just now: ask again.' : absent.message,
      };
    }
    return {
      kind: 'answer',
      output: {
        window,
        calls: profiles.reduce((sum, { calls }) => sum + calls, 0),
        versions: [...new Set(profiles.flatMap(({ versions }) => versions.map(({ version }) => version)))],
        lastSeen: profiles
          .map(({ lastSeen }) => lastSeen)
          .reduce((one, other) => ((one ?? '') > (other ?? '') ? one : other), null),
        callers: profiles
          .flatMap(({ service, environment, callers }) => callers.map((each) => ({ service, environment, ...each })))
          .sort((one, other) => other.calls - one.calls),
        entries: profiles
          .flatMap(({ service, environment, entries }) =>
            entries.map(({ name, calls }) => ({ service, environment, name, calls })),
          )
          .sort((one, other) => other.calls - one.calls),
      },
    };
  },

  draft({ window, calls, versions, lastSeen, callers: found, entries }, { now }) {
    const told = found.reduce((sum, each) => sum + each.calls, 0);
    const all = [...found, ...entries];
    return {
      verdict:
        all.length === 0
          ? `No caller is known of its ${formatCount(calls)} calls`
          : `${found.length} ${found.length === 1 ? 'function calls' : 'functions call'} it, for ${entries.length} ${entries.length === 1 ? 'route or job' : 'routes or jobs'}`,
      baseline: 'none: who calls, not whether that changed',
      scope: scopeWords(
        all.map((each) => ({ ...each, versions })),
        window,
        now,
      ),
      sample: `${formatCount(calls)} calls, exact; callers estimated from those whose stack was looked at, ${calls > 0 ? formatShare(Math.min(1, told / calls)) : '0 %'} of the calls explained; ${ageWords([lastSeen], now)}`,
      unknown: ['Rare callers may be missing; callers in other services are in their profiles.'],
      data: [
        headLine('kind|function or route|file|calls'),
        ...found.map((each) => ({
          text: `caller|${cell(each.function)}|${cell(each.file ?? '–')}|${formatCount(each.calls)}`,
          value: each.calls,
        })),
        ...entries.map((each) => ({ text: `for|${cell(each.name)}|–|${formatCount(each.calls)}`, value: each.calls })),
      ],
      contextVersion: contextVersion([
        found.map((each) => [each.function, each.file, coarse(each.calls)]),
        entries.map((each) => [each.name, coarse(each.calls)]),
        versions,
      ]),
      remedy: 'ask with a higher maxTokens, or for one environment',
    };
  },
});
