import { windowSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceInFile, absenceOfScope, quoted } from '../absence.ts';
import { fileInput, given, scopeInput } from '../query-input.ts';
import { profileDetailsSchema } from '../summaries.ts';
import { withinBudget } from '../text/budget.ts';
import { profileLines } from '../text/profile-lines.ts';
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
  inputSchema: z.object({
    file: fileInput.describe('Path of the file as written, relative to the root of the repository, with `/`.'),
    function: z
      .string()
      .min(1)
      .max(1_000)
      .describe('Qualified name: `outer.inner`, `Class.method`, `object.key`, `get Class.property`, `caller.map(#1)`.'),
    ...scopeInput,
  }),
  outputSchema: z.object({ window: windowSchema, profiles: z.array(profileDetailsSchema) }),

  async handle(input, { facts, signal }) {
    const { profiles, window } = await facts.profiles(given(input), signal);
    if (profiles.length > 0) return { kind: 'answer', output: { window, profiles } };
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
});
