import { formatAge, parseInstant, unusedResponseSchema } from '@runlens/protocol';
import { z } from 'zod';
import { absenceOfScope } from '../absence.ts';
import { contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { headLine } from '../answer/model-answer.ts';
import { ageWords, scopeWords } from '../answer/scope-words.ts';
import { limitedSentence, sensorsLimited } from '../limits-of-knowledge.ts';
import { folderInput, given, scopeInput } from '../query-input.ts';
import { defineTool } from '../tool.ts';

export const neverCalled = defineTool({
  name: 'runlens_never_called',
  title: 'Functions that production never called',
  description:
    'Lists functions that the running version of a service has loaded and that nobody ever called, with since when that is ' +
    'known. Use it to look for code that can go, or to check that new code is reached. It is no proof of dead code: what ' +
    'runs once a month, on another service or in a failure has not been called either.',
  tokens: 900,
  inputSchema: z.object({
    service: scopeInput.service,
    environment: scopeInput.environment,
    version: scopeInput.version,
    since: scopeInput.since.describe(
      'Only functions measured for at least as long and not called since: `24h`, `7d`. Without it: all.',
    ),
    under: folderInput,
    limit: z.int().min(1).max(2_000).default(60).describe('How many functions to return.'),
  }),
  outputSchema: unusedResponseSchema.extend({ limited: z.boolean() }),

  async handle({ since, limit, ...scope }, { facts, signal }) {
    const response = await facts.unused({ ...given(scope), limit: since === undefined ? limit : 10_000 }, signal);
    if (response.deployments.length === 0) {
      const message =
        (await absenceOfScope(facts, scope, signal)) ?? 'No version of a service is known in this selection.';
      return { kind: 'nothing', message };
    }
    const limited = sensorsLimited(await facts.services(signal), scope);
    return { kind: 'answer', output: { ...olderThan(response, since, limit), limited } };
  },

  draft({ now: told, deployments, limited }, { now }) {
    const present = Date.parse(told);
    const never = deployments.reduce((sum, each) => sum + each.neverCalled, 0);
    const measured = deployments.reduce((sum, each) => sum + each.measuredFunctions, 0);
    const rows = deployments.flatMap(({ service, environment, functions }) =>
      functions.map((each) => ({
        text: `${cell(each.file)}:${each.line}|${cell(each.function)}|${formatAge(present - Date.parse(each.sinceInAnyVersion))}${deployments.length > 1 ? `|${cell(service)} ${cell(environment)}` : ''}`,
        value: present - Date.parse(each.sinceInAnyVersion),
      })),
    );
    return {
      verdict: `${never} of ${measured} measured functions were never called`,
      baseline: 'every version known: the age says since when a function is measured and not called',
      scope: scopeWords(
        deployments.map(({ service, environment, version }) => ({ service, environment, versions: [version] })),
        undefined,
        now,
      ),
      sample: `all calls are counted; ${ageWords(
        deployments.map(({ lastSeen }) => lastSeen),
        present,
      )}`,
      unknown: ['Rare work (monthly, failover) has not run yet either.', ...(limited ? [limitedSentence] : [])],
      data:
        rows.length === 0
          ? []
          : [headLine(`place|function|not called since${deployments.length > 1 ? '|where' : ''}`), ...rows],
      cut:
        never > rows.length
          ? `${never - rows.length} functions: ask with a higher limit, or for one folder with \`under\``
          : undefined,
      contextVersion: contextVersion(
        deployments.map(({ service, environment, version, functions }) => [
          service,
          environment,
          version,
          functions.map((each) => [each.file, each.function]),
        ]),
      ),
      remedy: 'ask with a higher maxTokens, or for one folder with `under`',
    };
  },
});

type Unused = z.output<typeof unusedResponseSchema>;

/** Only functions that have had the time to be called; counts are of those. */
function olderThan(response: Unused, since: string | undefined, limit: number): Unused {
  if (since === undefined) return response;
  const instant = parseInstant(since, Date.parse(response.now)) ?? Number.POSITIVE_INFINITY;
  let left = limit;
  const deployments = response.deployments.map((deployment) => {
    const older = deployment.functions.filter((each) => Date.parse(each.sinceInAnyVersion) <= instant);
    const functions = older.slice(0, left);
    left -= functions.length;
    return { ...deployment, functions, neverCalled: older.length };
  });
  return { ...response, deployments };
}
