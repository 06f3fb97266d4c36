import { z } from 'zod';
import { coarse, contextVersion } from '../answer/context-version.ts';
import { scopeWords } from '../answer/scope-words.ts';
import { scopeInput } from '../query-input.ts';
import { productionOf } from '../review/production.ts';
import { reviewOf, reviewSchema } from '../review/review.ts';
import { reviewText } from '../review/review-text.ts';
import { neutralise } from '../text/hostile.ts';
import { plainStyle } from '../text/style.ts';
import { defineTool } from '../tool.ts';

const revision = z.string().min(1).max(200);

export const reviewChange = defineTool({
  name: 'runlens_review_change',
  title: 'A change, by its production cost',
  description:
    'Reviews the change in the working copy, or between two revisions, by what production knows: for each changed ' +
    'function how often it runs, how long it takes and whether it fails; which database operations, requests and slow ' +
    'calls the change adds, whether in a loop, and how many a minute that makes; which time-outs, retries, caches, guards ' +
    'and transactions it takes away. Use it before you finish or approve a change. It does not judge style or correctness; ' +
    'a function that is not measured is unknown, which is not zero.',
  tokens: 1_500,
  inputSchema: z.object({
    base: revision.optional().describe('Revision to compare with; without it, where this branch left the main one.'),
    head: revision.optional().describe('Revision to review; without it, the files as they are on disk.'),
    service: scopeInput.service,
    environment: scopeInput.environment.describe('Deployment environment; without it, production where there is one.'),
    since: scopeInput.since,
  }),
  outputSchema: reviewSchema,

  async handle({ base, head, ...scope }, { facts, changes, signal, now = Date.now }) {
    if (!changes) {
      return {
        kind: 'nothing',
        message:
          'There is no working copy here to read a change from; run `runlens review` or `runlens mcp` in the repository.',
      };
    }
    const request = { ...(base === undefined ? {} : { base }), ...(head === undefined ? {} : { head }) };
    const change = await changes.read(request, signal);
    if (change.kind === 'failed') return { kind: 'nothing', message: change.message };
    return { kind: 'answer', output: reviewOf(change, await productionOf(change, facts, scope, signal), now()) };
  },

  render: (review, options) => reviewText(review, options),

  draft(review, { now }) {
    const { verdict, functions, files, environment, window, unread } = review;
    const count = (wanted: string): number => functions.filter((each) => each.verdict === wanted).length;
    const judged = functions.filter(({ production }) => production !== null).length;
    const services = [...new Set(functions.flatMap(({ production }) => production?.services ?? []))];
    const lines = reviewText(review, { budgetCharacters: mostCharacters, now, style: plainStyle }).split('\n');
    return {
      verdict: `The change is ${verdict}: of ${functions.length} changed functions in ${files} files ${count('severe')} severe, ${count('warning')} to be looked at`,
      baseline: 'what runs now, at its rate of now',
      scope: scopeWords(
        services.map((service) => ({ service, environment: environment ?? 'no environment', versions: [] })),
        window ?? undefined,
        now,
      ),
      sample: `${judged} of the changed functions are measured in production`,
      unknown: [
        'Style and correctness are not judged.',
        ...(judged < functions.length
          ? [`Of ${functions.length - judged} functions nothing is known, which is not zero.`]
          : []),
        ...(unread.length > 0 ? [`${unread.length} files were not read.`] : []),
      ],
      data: lines.map((line, index) => ({
        text: `${/^ */.exec(line)?.[0] ?? ''}${neutralise(line, 500)}`,
        // Reasons go before any function does, those of the least severe first.
        value: /^ /.test(line) ? -index - lines.length : -index,
      })),
      contextVersion: contextVersion(
        functions.map((each) => [each.file, each.function, each.verdict, coarse(each.production?.callsPerMinute)]),
      ),
      remedy: 'ask with a higher maxTokens, or review a part of the change',
    };
  },
});

/** The worst first; what a model asked for is cut from that. */
const mostCharacters = 100_000;
